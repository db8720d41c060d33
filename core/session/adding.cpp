// Session::Impl: adding a torrent, from any of its sources to a torrent that is durable.
#include <memory>
#include <utility>
#include <variant>

#include "core/base/limits.h"
#include "core/metainfo/metainfo.h"
#include "core/metainfo/mime_type.h"
#include "core/session/session_impl.h"
#include "core/session/wishes.h"

namespace seed::session {

/// One order under way: read, parsed, inserted, saved.
struct Session::Impl::Addition {
  AddOrder order;
  OrderAnswer<AddReply> answer;
  Buffer torrent;  ///< the octets, once read
  std::shared_ptr<const metainfo::Metainfo> metainfo;

  void refuse(OrderErrorCode code, std::string text) {
    answer(std::unexpected(OrderError{code, std::move(text)}));
  }
};

void Session::Impl::add(AddOrder order, OrderAnswer<AddReply> answer) {
  auto addition = std::make_shared<Addition>();
  addition->order = std::move(order);
  addition->answer = std::move(answer);
  const auto& dir = addition->order.download_dir;
  if (dir && (dir->empty() || dir->front() != '/'))
    return addition->refuse(OrderErrorCode::path_not_absolute,
                            "download directory path is not absolute");
  read_source(std::move(addition));
}

void Session::Impl::read_source(std::shared_ptr<Addition> addition) {
  if (auto* bytes = std::get_if<Buffer>(&addition->order.source)) {
    Buffer torrent = std::move(*bytes);
    return parse(std::move(addition), std::move(torrent));
  }
  const std::string source = std::get<std::string>(addition->order.source);
  if (source.starts_with("http://") || source.starts_with("https://"))
    return fetch(std::move(addition), source);
  if (source.starts_with("magnet:") || Sha1::parse_hex(source))
    return addition->refuse(OrderErrorCode::unrecognized_info,
                            "magnet links are not supported yet: add the .torrent");
  auto path = SafePath::root(source);
  if (!path)
    return addition->refuse(OrderErrorCode::unrecognized_info,
                            "neither a URL, a magnet link nor an absolute path: " + source);
  const SafePath parent = SafePath::root(source.substr(0, source.rfind('/') + 1)).value_or(*path);
  io::submit(
      world_.workers, io::Lane::none, io::Urgency::transfer,
      [parent,
       name = source.substr(source.rfind('/') + 1)](const io::JobTools& tools) -> Result<Buffer> {
        SEED_TRY(const auto file, parent.child(name));
        return tools.files.load(file, limits::torrent_file_bytes_max);
      },
      [this, addition = std::move(addition)](Result<Buffer> bytes) mutable {
        if (!bytes) return addition->refuse(OrderErrorCode::unrecognized_info, bytes.error().text);
        parse(std::move(addition), *std::move(bytes));
      });
}

void Session::Impl::fetch(std::shared_ptr<Addition> addition, const std::string& url) {
  io::HttpRequest request;
  request.url = url;
  request.user_agent = config_.user_agent;
  request.body_bytes_max = limits::torrent_file_bytes_max;
  if (!addition->order.cookies.empty())
    request.headers.emplace_back("Cookie", addition->order.cookies);
  world_.http.get(std::move(request), [this, addition](Result<io::HttpReply> reply) mutable {
    if (!reply)
      return addition->refuse(OrderErrorCode::http_error,
                              "Couldn't fetch torrent: " + reply.error().text + " (0)");
    if (reply->status != 200)
      return addition->refuse(
          OrderErrorCode::http_error,
          "Couldn't fetch torrent: the server refused (" + std::to_string(reply->status) + ")");
    parse(std::move(addition), std::move(reply->body));
  });
}

void Session::Impl::parse(std::shared_ptr<Addition> addition, Buffer bytes) {
  struct Parsed {
    Buffer bytes;
    Result<metainfo::Metainfo> metainfo;
  };
  io::submit(
      world_.workers, io::Lane::none, io::Urgency::transfer,
      [bytes = std::move(bytes)](const io::JobTools&) mutable {
        auto parsed = metainfo::parse_torrent(bytes);
        return Parsed{std::move(bytes), std::move(parsed)};
      },
      [this, addition = std::move(addition)](Parsed parsed) mutable {
        if (!parsed.metainfo)
          return addition->refuse(OrderErrorCode::corrupt_torrent, parsed.metainfo.error().text);
        addition->torrent = std::move(parsed.bytes);
        addition->metainfo =
            std::make_shared<const metainfo::Metainfo>(*std::move(parsed.metainfo));
        insert(std::move(addition));
      });
}

torrent::TorrentRecord Session::Impl::record_for(Addition& addition) {
  const auto& metainfo = *addition.metainfo;
  torrent::TorrentRecord record;
  record.hashes = metainfo.hashes;
  record.name = metainfo.name;
  record.download_dir = addition.order.download_dir.value_or(settings_.download_dir);
  record.running = !addition.order.paused.value_or(!settings_.start_added_torrents);
  record.queue_position = static_cast<std::int64_t>(torrents_.size());
  record.options.peer_limit = settings_.peer_limit_per_torrent;
  record.options.sequential_download = settings_.sequential_download;
  if (addition.order.adjust) addition.order.adjust(record.options);
  if (record.options.sequential_download_from_piece >= metainfo.layout.piece_count())
    record.options.sequential_download_from_piece = 0;
  record.wishes = wishes_for_new(metainfo.layout.file_count(), addition.order.files);
  record.content = {.total_size = metainfo.layout.total_size(),
                    .piece_count = metainfo.layout.piece_count(),
                    .piece_size = metainfo.layout.piece_length(),
                    .file_count = metainfo.layout.file_count(),
                    .is_private = metainfo.is_private,
                    .created = metainfo.created,
                    .comment = metainfo.comment,
                    .creator = metainfo.created_by,
                    .source = metainfo.source,
                    .mime_type = std::string(metainfo::primary_mime_type(metainfo.layout)),
                    .webseeds = metainfo.web_seeds};
  const torrent::Completion completion(metainfo.layout, record.wishes,
                                       Bitfield(metainfo.layout.piece_count()));
  record.progress = completion.facts();
  record.tiers = metainfo.announce_tiers;
  record.added = world_.clock.wall();
  record.edited = record.added;
  if (record.running) record.started = record.added;
  return record;
}

void Session::Impl::insert(std::shared_ptr<Addition> addition) {
  const auto& hashes = addition->metainfo->hashes;
  if (const auto* known = torrents_.find(hashes.short_hash())) {
    return addition->answer(AddReply{true, known->number(), known->hashes(), known->record().name});
  }
  const io::StoreKey key = next_key_++;
  torrent::Torrent& torrent = make_torrent(key, record_for(*addition));
  const TorrentId id = torrent.id();
  fresh_.emplace(id, torrent::LoadedContent{addition->metainfo, std::nullopt});
  ++totals_.files_added;
  queue_changed_ = true;
  push_event(TorrentAdded{torrent.number(), torrent.hashes()});

  std::vector<io::StoreChange> changes(2);
  auto saved = torrent.save_as(false);
  changes[0] = record_change(*torrents_.entry(id), saved);
  changes[1].kind = io::StoreChange::Kind::put_metainfo;
  changes[1].key = key;
  changes[1].value = std::move(addition->torrent);
  // What is there already is recognised, also when the torrent is added paused.
  torrent.with_content([](const Result<void>&) {});
  world_.alarm.again();
  saving_.commit(std::move(changes), [this, id, addition](const Result<void>& outcome) {
    auto* added = torrents_.find(id);
    if (added == nullptr) return addition->refuse(OrderErrorCode::system_error, "it was removed");
    if (!outcome) {
      added->leave();
      torrents_.hide(id);
      leaving_.push_back(id);
      return addition->refuse(OrderErrorCode::system_error, outcome.error().text);
    }
    log_.info("added", {{"torrent", added->record().name}, {"hash", added->hashes().short_hash()}});
    addition->answer(AddReply{false, added->number(), added->hashes(), added->record().name});
  });
}

}  // namespace seed::session

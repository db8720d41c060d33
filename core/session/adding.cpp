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

void Session::Impl::refuse(AdditionId id, OrderErrorCode code, std::string text) {
  if (auto addition = additions_.take(id))
    (*addition)->answer(std::unexpected(OrderError{code, std::move(text)}));
}

void Session::Impl::add(AddOrder order, OrderAnswer<AddReply> answer) {
  auto made = std::make_unique<Addition>();
  made->order = std::move(order);
  made->answer = std::move(answer);
  Addition& addition = *made;
  const AdditionId id = additions_.insert(std::move(made));
  const auto& dir = addition.order.download_dir;
  if (dir && (dir->empty() || dir->front() != '/'))
    return refuse(id, OrderErrorCode::path_not_absolute, "download directory path is not absolute");
  if (auto* bytes = std::get_if<Buffer>(&addition.order.source))
    return parse(id, std::move(*bytes));
  read_source(id, std::get<std::string>(addition.order.source));
}

void Session::Impl::read_source(AdditionId id, const std::string& source) {
  if (source.starts_with("http://") || source.starts_with("https://")) return fetch(id, source);
  if (source.starts_with("magnet:") || Sha1::parse_hex(source))
    return refuse(id, OrderErrorCode::unrecognized_info,
                  "magnet links are not supported yet: add the .torrent");
  const auto slash = source.rfind('/');
  const auto folder = SafePath::root(source.substr(0, slash == std::string::npos ? 0 : slash + 1));
  if (!folder)
    return refuse(id, OrderErrorCode::unrecognized_info,
                  "neither a URL, a magnet link nor an absolute path: " + source);
  io::submit(
      world_.workers, io::Lane::none, io::Urgency::transfer,
      [folder = *folder,
       name = source.substr(slash + 1)](const io::JobTools& tools) -> Result<Buffer> {
        SEED_TRY(const auto file, folder.child(name));
        return tools.files.load(file, limits::torrent_file_bytes_max);
      },
      [this, id](Result<Buffer> bytes) {
        if (!bytes) return refuse(id, OrderErrorCode::unrecognized_info, bytes.error().text);
        parse(id, *std::move(bytes));
      });
}

void Session::Impl::fetch(AdditionId id, const std::string& url) {
  io::HttpRequest request;
  request.url = url;
  request.user_agent = config_.user_agent;
  request.body_bytes_max = limits::torrent_file_bytes_max;
  const auto& cookies = (*additions_.find(id))->order.cookies;
  if (!cookies.empty()) request.headers.emplace_back("Cookie", cookies);
  world_.http.get(std::move(request), [this, id](Result<io::HttpReply> reply) {
    if (!reply)
      return refuse(id, OrderErrorCode::http_error,
                    "Couldn't fetch torrent: " + reply.error().text + " (0)");
    if (reply->status != 200)
      return refuse(
          id, OrderErrorCode::http_error,
          "Couldn't fetch torrent: the server refused (" + std::to_string(reply->status) + ")");
    parse(id, std::move(reply->body));
  });
}

void Session::Impl::parse(AdditionId id, Buffer bytes) {
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
      [this, id](Parsed parsed) {
        if (!parsed.metainfo)
          return refuse(id, OrderErrorCode::corrupt_torrent, parsed.metainfo.error().text);
        auto* addition = additions_.find(id);
        if (addition == nullptr) return;
        (*addition)->torrent = std::move(parsed.bytes);
        (*addition)->metainfo =
            std::make_shared<const metainfo::Metainfo>(*std::move(parsed.metainfo));
        insert(id);
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

void Session::Impl::insert(AdditionId addition_id) {
  Addition& addition = **additions_.find(addition_id);
  const auto& hashes = addition.metainfo->hashes;
  if (const auto* known = torrents_.find(hashes.short_hash())) {
    const AddReply reply{true, known->number(), known->hashes(), known->record().name};
    return (*additions_.take(addition_id))->answer(reply);
  }
  const io::StoreKey key = next_key_++;
  torrent::Torrent& torrent = make_torrent(key, record_for(addition));
  const TorrentId id = torrent.id();
  fresh_.emplace(id, torrent::LoadedContent{addition.metainfo, std::nullopt});
  ++totals_.files_added;
  queue_changed_ = true;
  push_event(TorrentAdded{torrent.number(), torrent.hashes()});

  std::vector<io::StoreChange> changes(2);
  auto saved = torrent.save_as(false);
  changes[0] = record_change(*torrents_.entry(id), saved);
  changes[1].kind = io::StoreChange::Kind::put_metainfo;
  changes[1].key = key;
  changes[1].value = std::move(addition.torrent);
  // What is there already is recognised, also when the torrent is added paused.
  torrent.with_content([](const Result<void>&) {});
  world_.alarm.again();
  saving_.commit(std::move(changes), [this, id, addition_id](const Result<void>& outcome) {
    on_added(addition_id, id, outcome);
  });
}

void Session::Impl::on_added(AdditionId addition_id, TorrentId id, const Result<void>& saved) {
  auto* torrent = torrents_.find(id);
  if (torrent == nullptr)
    return refuse(addition_id, OrderErrorCode::system_error, "it was removed meanwhile");
  if (!saved) {
    torrent->leave();
    torrents_.hide(id);
    leaving_.push_back(id);
    return refuse(addition_id, OrderErrorCode::system_error, saved.error().text);
  }
  log_.info("added",
            {{"torrent", torrent->record().name}, {"hash", torrent->hashes().short_hash()}});
  if (auto addition = additions_.take(addition_id))
    (*addition)->answer(
        AddReply{false, torrent->number(), torrent->hashes(), torrent->record().name});
}

}  // namespace seed::session

#include "core/session/additions.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <variant>

#include "core/base/folder_fault.h"
#include "core/base/limits.h"
#include "core/blocklist/gunzip.h"
#include "core/metainfo/mime_type.h"
#include "core/session/wishes.h"
#include "core/torrent/completion.h"

namespace seed::session {

namespace {

constexpr std::string_view failed = "Couldn't fetch torrent";

/// No .torrent begins as gzip data does.
Result<Buffer> inflated(Buffer bytes) {
  if (!blocklist::is_gzip(bytes)) return bytes;
  Buffer out;
  SEED_TRY_VOID(blocklist::gunzip(bytes, limits::torrent_file_bytes_max, [&](Bytes part) {
    out.insert(out.end(), part.begin(), part.end());
    return true;
  }));
  return out;
}

}  // namespace

torrent::TorrentRecord new_record(AddOrder& order, const metainfo::Metainfo& metainfo,
                                  const config::Settings& settings, std::int64_t queue_rank,
                                  WallTime wall) {
  torrent::TorrentRecord record;
  record.hashes = metainfo.hashes;
  record.name = metainfo.name;
  record.download_dir = order.download_dir.value_or(settings.download_dir);
  record.running = !order.paused.value_or(!settings.start_added_torrents);
  record.queue_rank = queue_rank;
  // Its own limits, in force once they are asked for, begin where the session's stand.
  record.options.peer_limit = settings.peer_limit_per_torrent;
  record.options.download_limit = settings.speed_limit_down;
  record.options.upload_limit = settings.speed_limit_up;
  record.options.seed_ratio_limit = settings.ratio_limit;
  record.options.seed_idle_limit = settings.idle_seeding_limit;
  record.options.sequential_download = settings.sequential_download;
  if (order.adjust) order.adjust(record.options);
  const std::int64_t from = order.sequential_from_piece.value_or(0);
  if (from > 0 && from < metainfo.layout.piece_count())
    record.options.sequential_download_from_piece = static_cast<std::uint32_t>(from);
  auto wishes = wishes_for_new(metainfo.layout.file_count(), order.files);
  record.wishes = std::move(wishes.files);
  record.unwanted_priorities = std::move(wishes.unwanted_priorities);
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
  record.added = wall;
  record.in_doubt = true;
  record.edited = wall;
  if (record.running) record.started = wall;
  return record;
}

Additions::Additions(io::Workers& workers, io::Http& http, Parsed parsed)
    : workers_(workers), http_(http), parsed_(std::move(parsed)) {}

void Additions::refuse(Id id, OrderErrorCode code, std::string text) {
  if (auto addition = open_.take(id)) (*addition)->refuse(code, std::move(text));
}

void Additions::add(AddOrder order, OrderAnswer<AddReply> answer) {
  auto made = std::make_unique<Addition>();
  made->order = std::move(order);
  made->answer = std::move(answer);
  Addition& addition = *made;
  const Id id = open_.insert(std::move(made));
  if (const auto& dir = addition.order.download_dir)
    if (auto fault = folder_fault(*dir))
      return refuse(id, OrderErrorCode::path_not_absolute,
                    "download directory path " + *std::move(fault));
  if (auto* bytes = std::get_if<Buffer>(&addition.order.source))
    return parse(id, std::move(*bytes));
  read(id, std::get<std::string>(addition.order.source));
}

void Additions::read(Id id, const std::string& source) {
  if (has_scheme(source, "http://") || has_scheme(source, "https://")) return fetch(id, source);
  if (has_scheme(source, "magnet:") || Sha1::parse_hex(source))
    return refuse(id, OrderErrorCode::unrecognized_info,
                  "magnet links are not supported yet: add the .torrent");
  if (source.find("://") != source.npos && !source.starts_with('/'))
    return refuse(id, OrderErrorCode::unrecognized_info,
                  "only URLs of http and https are fetched: " + source);
  read_file(id, source);
}

void Additions::read_file(Id id, const std::string& path) {
  // A root, for it is the user's own: the links in it are followed.
  const auto file = SafePath::root(path);
  if (!file)
    return refuse(id, OrderErrorCode::unrecognized_info,
                  path.starts_with('/')
                      ? "the path cannot be used: " + file.error().text
                      : "neither a URL, a magnet link nor an absolute path: " + path);
  io::submit(
      workers_, io::Lane::errands, io::Urgency::transfer,
      [file = *file](const io::JobTools& tools) {
        return tools.files.load(file, limits::torrent_file_bytes_max);
      },
      [this, id](Result<Buffer> bytes) {
        if (!bytes) return refuse(id, OrderErrorCode::unrecognized_info, bytes.error().text);
        parse(id, *std::move(bytes));
      });
}

void Additions::fetch(Id id, const std::string& url) {
  auto request = fetch_request(
      rules_, url,
      {.timeout = limits::torrent_fetch_timeout, .body_bytes_max = limits::torrent_file_bytes_max});
  const auto& cookies = (*open_.find(id))->order.cookies;
  if (!cookies.empty()) request.headers.emplace_back("Cookie", cookies);
  http_.get(std::move(request), [this, id](Result<io::HttpReply> reply) {
    if (!reply)
      return refuse(id, OrderErrorCode::http_error, fetch_error_text(failed, reply.error()));
    if (reply->status != 200)
      return refuse(id, OrderErrorCode::http_error, fetch_error_text(failed, reply->status));
    parse(id, std::move(reply->body));
  });
}

void Additions::parse(Id id, Buffer bytes) {
  struct Outcome {
    Buffer bytes;
    Result<metainfo::Metainfo> metainfo;
  };
  io::submit(
      workers_, io::Lane::none, io::Urgency::transfer,
      [bytes = std::move(bytes)](const io::JobTools&) mutable -> Outcome {
        auto torrent = inflated(std::move(bytes));
        if (!torrent) return {{}, std::unexpected(std::move(torrent).error())};
        auto parsed = metainfo::parse_torrent(*torrent);
        return {*std::move(torrent), std::move(parsed)};
      },
      [this, id](Outcome outcome) {
        if (!outcome.metainfo)
          return refuse(id, OrderErrorCode::corrupt_torrent, outcome.metainfo.error().text);
        auto taken = open_.take(id);
        if (!taken) return;
        Addition& addition = **taken;
        addition.torrent = std::move(outcome.bytes);
        addition.metainfo =
            std::make_shared<const metainfo::Metainfo>(*std::move(outcome.metainfo));
        parsed_(std::move(addition));
      });
}

}  // namespace seed::session

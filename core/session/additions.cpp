#include "core/session/additions.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <variant>

#include "core/base/folder_fault.h"
#include "core/base/limits.h"
#include "core/session/wishes.h"

namespace seed::session {

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
  if (has_scheme(source, "magnet:") || Sha1::parse_hex(source)) return read_magnet(id, source);
  if (source.find("://") != source.npos && !source.starts_with('/'))
    return refuse(id, OrderErrorCode::unrecognized_info,
                  "only URLs of http and https are fetched: " + source);
  read_file(id, source);
}

void Additions::read_magnet(Id id, const std::string& source) {
  auto magnet = metainfo::parse_magnet(source);
  if (!magnet) return refuse(id, OrderErrorCode::unrecognized_info, magnet.error().text);
  auto addition = open_.take(id);
  if (early_wishes((*addition)->order.files).size() + early_wishes(magnet->selected).size() >
      torrent::early_wishes_max)
    return (*addition)->refuse(OrderErrorCode::invalid_params,
                               "too many files are named before the metadata is there");
  (*addition)->magnet = *std::move(magnet);
  parsed_(std::move(**addition));
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
      return refuse(id, OrderErrorCode::http_error,
                    fetch_error_text(torrent_fetch_failed, reply.error()));
    if (reply->status != 200)
      return refuse(id, OrderErrorCode::http_error,
                    fetch_error_text(torrent_fetch_failed, reply->status));
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
        auto torrent = inflated(std::move(bytes), limits::torrent_file_bytes_max);
        if (!torrent) return {{}, std::unexpected(std::move(torrent).error())};
        auto parsed = metainfo::parse_torrent(*torrent);
        return {*std::move(torrent), std::move(parsed)};
      },
      [this, id](Outcome outcome) {
        if (!outcome.metainfo)
          return refuse(id, OrderErrorCode::corrupt_torrent, outcome.metainfo.error().text);
        const bool hashed = outcome.metainfo->has_v1() || outcome.metainfo->layers_complete();
        if (!hashed && outcome.metainfo->is_private)
          return refuse(id, OrderErrorCode::corrupt_torrent,
                        "torrent: its piece layers are missing, and it is private");
        auto taken = open_.take(id);
        if (!taken) return;
        Addition& addition = **taken;
        if (!hashed && early_wishes(addition.order.files).size() > torrent::early_wishes_max)
          return addition.refuse(OrderErrorCode::invalid_params,
                                 "files: too many for a torrent whose piece layers are missing");
        if (!hashed) {
          // BEP 52: peers have its piece layers, as they have those of a magnet.
          addition.magnet = metainfo::magnet_of(*outcome.metainfo);
          return parsed_(std::move(addition));
        }
        addition.torrent = std::move(outcome.bytes);
        addition.metainfo =
            std::make_shared<const metainfo::Metainfo>(*std::move(outcome.metainfo));
        parsed_(std::move(addition));
      });
}

}  // namespace seed::session

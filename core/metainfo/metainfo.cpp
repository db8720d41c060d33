#include "core/metainfo/metainfo.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "core/base/limits.h"
#include "core/base/url.h"
#include "core/bencode/document.h"
#include "core/metainfo/info_parser.h"
#include "core/metainfo/merkle.h"

namespace seed::metainfo {
namespace {

using bencode::Value;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n\v\f";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// Collects tiers with each URL once and within bounds.
class TierCollector {
 public:
  void add(const std::optional<Bytes>& url) {
    if (!url || count_ >= limits::trackers_per_torrent_max) return;
    std::string usable = usable_tracker(*url);
    if (usable.empty() || !seen_.insert(usable).second) return;
    tier_.push_back(std::move(usable));
    ++count_;
  }
  void end_tier() {
    if (!tier_.empty()) tiers_.push_back(std::exchange(tier_, {}));
  }
  AnnounceTiers take() { return std::move(tiers_); }

 private:
  std::unordered_set<std::string> seen_;
  std::vector<std::string> tier_;
  AnnounceTiers tiers_;
  std::size_t count_ = 0;
};

AnnounceTiers announce_tiers_of(const Value& root) {
  TierCollector collector;
  if (const auto list = root.find_list("announce-list")) {
    for (const Value tier : list->list_items()) {
      for (const Value url : tier.list_items()) collector.add(url.as_string());
      collector.add(tier.as_string());  // a flat list, as some write it: a tier each
      collector.end_tier();
    }
  }
  AnnounceTiers tiers = collector.take();
  // BEP 12: "announce" is only for clients that know no "announce-list", or when that has nothing.
  if (tiers.empty()) {
    collector.add(root.find_string("announce"));
    collector.end_tier();
    tiers = collector.take();
  }
  return tiers;
}

std::vector<std::string> web_seeds_of(const Value& root) {
  std::vector<std::string> out;
  const auto add = [&out](const std::optional<Bytes>& url) {
    if (!url || out.size() >= web_seeds_max) return;
    std::string usable = usable_web_seed(*url);
    if (!usable.empty() && std::ranges::find(out, usable) == out.end())
      out.push_back(std::move(usable));
  };
  if (const auto list = root.find("url-list")) {
    add(list->as_string());
    for (const Value url : list->list_items()) add(url.as_string());
  }
  return out;
}

std::vector<HostPort> nodes_of(const Value& root) {
  std::vector<HostPort> out;
  const auto nodes = root.find_list("nodes");
  if (!nodes) return out;
  for (const Value node : nodes->list_items()) {
    if (out.size() >= nodes_max) break;
    std::optional<Bytes> host;
    std::optional<std::int64_t> port;
    for (const Value part : node.list_items()) {
      if (!host) host = part.as_string();
      if (!port) port = part.as_integer();
    }
    if (!host || host->empty() || host->size() > 253) continue;  // 253: longest DNS name
    if (!port || *port < 1 || *port > 65535) continue;
    out.push_back({to_string(*host), static_cast<std::uint16_t>(*port)});
  }
  return out;
}

std::string text_of(const Value& root, std::string_view key) {
  const std::string utf8_key = fmt::format("{}.utf-8", key);
  return to_utf8(as_text(root.string_or(utf8_key, root.string_or(key))));
}

WallTime creation_date_of(const Value& root) {
  constexpr std::int64_t end_of_9999 = 253402300799;
  const std::int64_t seconds = root.integer_or("creation date", 0);
  return seconds > 0 && seconds <= end_of_9999 ? from_unix_seconds(seconds) : no_time;
}

Result<Metainfo> parse_root(const Value& root) {
  if (!root.is_dict()) return fail(FaultCode::malformed, "it is not a dictionary");
  const auto info = root.find("info");
  if (!info) return fail(FaultCode::malformed, "it has no info dictionary");
  if (!info->is_dict()) return fail(FaultCode::malformed, "its info is not a dictionary");
  Metainfo out;
  SEED_TRY_VOID(parse_info_into(out, *info));
  if (const auto layers = root.find("piece layers"); layers && out.has_v2())
    SEED_TRY_VOID(out.v2.take_layers(out.v2_place(), *layers));
  out.announce_tiers = announce_tiers_of(root);
  out.web_seeds = web_seeds_of(root);
  out.nodes = nodes_of(root);
  out.comment = text_of(root, "comment");
  out.created_by = text_of(root, "created by");
  out.created = creation_date_of(root);
  if (out.source.empty()) out.source = to_utf8(as_text(root.string_or("source")));
  return out;
}

Fault with_prefix(Fault fault) {
  fault.text.insert(0, "torrent: ");
  return fault;
}

/// The octets of one file that a piece of a torrent with has_v2() has.
FileSlice content_of(const FileLayout& layout, PieceIndex piece) {
  return *layout.slices(piece).begin();
}

}  // namespace

std::optional<Sha256> Metainfo::piece_root(PieceIndex piece) const {
  const FileIndex file = content_of(layout, piece).file;
  const Bytes layer = piece_layer(file);
  const std::size_t at = piece.value - layout.pieces_of(file).first.value;
  if (layer.empty()) return std::nullopt;
  return Sha256::from(layer.subspan(at * Sha256::size, Sha256::size));
}

std::uint32_t Metainfo::tree_bytes(PieceIndex piece) const {
  return content_of(layout, piece).length;
}

std::uint32_t Metainfo::leaf_width(PieceIndex piece) const {
  const std::uint64_t length = layout.length(content_of(layout, piece).file);
  const unsigned height = std::min(tree_height(length), piece_height(layout.piece_length()));
  return std::uint32_t{1} << height;
}

Result<Metainfo> parse_torrent(Bytes torrent) {
  if (torrent.size() > limits::torrent_file_bytes_max) {
    return fail(FaultCode::too_large,
                fmt::format("torrent: larger than {} MiB", limits::torrent_file_bytes_max >> 20));
  }
  const auto document = bencode::Document::parse_prefix(torrent);
  if (!document) return std::unexpected(with_prefix(document.error()));
  if (!trimmed(as_text(torrent.subspan(document->size()))).empty())
    return fail(FaultCode::malformed, "torrent: there is data behind its end");
  auto out = parse_root(document->root());
  if (!out) return std::unexpected(with_prefix(std::move(out).error()));
  out->torrent_bytes = torrent.size();
  return out;
}

Result<Metainfo> parse_info(Bytes info) {
  if (info.size() > limits::torrent_file_bytes_max)
    return fail(FaultCode::too_large, "torrent: its info dictionary is too large");
  const auto document = bencode::Document::parse(info);
  if (!document) return std::unexpected(with_prefix(document.error()));
  if (!document->root().is_dict())
    return fail(FaultCode::malformed, "torrent: its info is not a dictionary");
  Metainfo out;
  if (auto done = parse_info_into(out, document->root()); !done)
    return std::unexpected(with_prefix(std::move(done).error()));
  return out;
}

std::string usable_tracker(Bytes url) {
  const std::string_view text = trimmed(as_text(url));
  const auto parsed = Url::parse(text);
  if (!parsed) return {};
  if (parsed->scheme != "http" && parsed->scheme != "https" && parsed->scheme != "udp") return {};
  return std::string(text);
}

std::string usable_web_seed(Bytes url) {
  std::string text;
  for (const char c : trimmed(as_text(url))) {
    if (c == ' ') {
      text += "%20";
    } else {
      text += c;
    }
  }
  const auto parsed = Url::parse(text);
  if (!parsed || (parsed->scheme != "http" && parsed->scheme != "https")) return {};
  return text;
}

}  // namespace seed::metainfo

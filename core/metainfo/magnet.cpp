#include "core/metainfo/magnet.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "core/base/ascii.h"
#include "core/base/endpoint.h"
#include "core/base/limits.h"
#include "core/base/url.h"

namespace seed::metainfo {
namespace {

constexpr std::string_view uri_begin = "magnet:?";
constexpr std::string_view v1_begin = "urn:btih:";
constexpr std::string_view v2_begin = "urn:btmh:";
/// Multihash: 0x12 is SHA-256 and 0x20 its length (BEP 52).
constexpr std::string_view sha256_multihash = "1220";
/// Of a name (RFC 1035, 2.3.4, without the root's label).
constexpr std::size_t host_bytes_max = 253;

std::unexpected<Fault> malformed(std::string_view why) {
  return fail(FaultCode::malformed, fmt::format("magnet: {}", why));
}

bool begins_with(std::string_view text, std::string_view lower_case_begin) {
  return same_but_for_case(text.substr(0, lower_case_begin.size()), lower_case_begin);
}

/// "tr.1" is a numbered "tr", and "x.pe.1" an "x.pe", which is no numbered "x".
std::string_view without_number(std::string_view key) {
  const std::size_t dot = key.rfind('.');
  if (dot == std::string_view::npos || dot + 1 == key.size()) return key;
  const bool is_number = key.find_first_not_of("0123456789", dot + 1) == std::string_view::npos;
  return is_number ? key.substr(0, dot) : key;
}

template <typename Hash>
Result<void> set_hash(std::optional<Hash>& hash, const Hash& value) {
  if (hash && *hash != value) return malformed("xt: it names two torrents");
  hash = value;
  return {};
}

std::optional<Sha1> v1_hash_of(std::string_view digits) {
  if (digits.size() == 2 * Sha1::size) return Sha1::parse_hex(digits);
  const auto octets = digits.size() == 32 ? from_base32(digits) : std::nullopt;
  return octets ? Sha1::from(*octets) : std::nullopt;
}

Result<void> add_topic(Magnet& out, std::string_view topic) {
  if (begins_with(topic, v1_begin)) {
    const auto hash = v1_hash_of(topic.substr(v1_begin.size()));
    if (!hash) return malformed("xt: the info-hash is not 40 hexadecimal or 32 base32 digits");
    return set_hash(out.hashes.v1, *hash);
  }
  if (begins_with(topic, v2_begin)) {
    const std::string_view multihash = topic.substr(v2_begin.size());
    if (multihash.size() >= sha256_multihash.size() && !multihash.starts_with(sha256_multihash))
      return fail(FaultCode::unsupported, "magnet: xt: the info-hash is of an unknown kind");
    const auto hash = multihash.starts_with(sha256_multihash)
                          ? Sha256::parse_hex(multihash.substr(sha256_multihash.size()))
                          : std::nullopt;
    if (!hash) return malformed("xt: the v2 info-hash is not 1220 and 64 hexadecimal digits");
    return set_hash(out.hashes.v2, *hash);
  }
  return {};  // a topic of another network, next to ours
}

std::optional<std::uint32_t> file_index_of(std::string_view digits) {
  std::uint32_t index = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
  if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size()) return {};
  if (index >= limits::files_max) return {};
  return index;
}

/// BEP 53: "0,2,4,6-8". Nothing at all is no selection.
Result<void> add_selection(Magnet& out, std::string_view list) {
  for (bool more = !list.empty(); more;) {
    const std::size_t comma = list.find(',');
    more = comma != std::string_view::npos;
    const std::string_view item = list.substr(0, comma);
    if (more) list.remove_prefix(comma + 1);
    const std::size_t dash = item.find('-');
    const auto first = file_index_of(item.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : file_index_of(item.substr(dash + 1));
    if (!first || !last || *first > *last)
      return malformed("so: neither file numbers nor ranges of them, with commas between");
    if (out.selected.size() >= magnet_list_max)
      return fail(FaultCode::too_large, "magnet: so: too many ranges of files");
    out.selected.push_back({{*first}, {*last}});
  }
  return {};
}

void merge_selection(std::vector<FileSpan>& spans) {
  std::ranges::sort(spans);
  std::vector<FileSpan> merged;
  for (const FileSpan& span : spans) {
    if (!merged.empty() && span.first.value <= merged.back().last.value + 1) {
      merged.back().last = std::max(merged.back().last, span.last);
    } else {
      merged.push_back(span);
    }
  }
  spans = std::move(merged);
}

/// "192.0.2" and "0x7f.1" are names to no resolver but old forms of addresses to many (inet_aton).
bool ends_in_number(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  std::string_view label = host.substr(host.rfind('.') + 1);
  std::string_view digits = "0123456789";
  if (label.starts_with("0x")) {
    label.remove_prefix(2);
    digits = "0123456789abcdef";
  } else if (label.empty()) {
    return false;
  }
  return label.find_first_not_of(digits) == std::string_view::npos;
}

std::optional<HostPort> peer_of(std::string_view text) {
  if (const auto endpoint = Endpoint::parse(text)) {
    if (endpoint->port == 0) return std::nullopt;
    return HostPort{endpoint->address.to_string(), endpoint->port};
  }
  // A name: what a URL allows as host and port.
  const auto url = Url::parse(fmt::format("peer://{}", text));
  if (!url || url->port == 0 || url->host.find(':') != std::string::npos) return std::nullopt;
  if (!url->userinfo.empty() || !url->path.empty() || url->has_query) return std::nullopt;
  if (url->host.size() > host_bytes_max || ends_in_number(url->host)) return std::nullopt;
  return HostPort{url->host, url->port};
}

Result<void> add_peer(Magnet& out, std::string_view text) {
  if (text.empty()) return {};
  const auto peer = peer_of(text);
  if (!peer) return malformed("x.pe: neither an address nor a name, with a port");
  if (out.peers.size() < magnet_list_max && std::ranges::find(out.peers, *peer) == out.peers.end())
    out.peers.push_back(*peer);
  return {};
}

void add_unique(std::vector<std::string>& list, std::string url, std::size_t count_max) {
  if (url.empty() || list.size() >= count_max) return;
  if (std::ranges::find(list, url) == list.end()) list.push_back(std::move(url));
}

/// Well-formed, and cut between two characters.
std::string name_of(std::string_view raw) {
  std::string text = to_utf8(raw);
  std::size_t length = 0;
  while (length < text.size()) {
    const std::size_t next = length + utf8_step(std::string_view(text).substr(length)).length;
    if (next > magnet_name_bytes_max) break;
    length = next;
  }
  text.resize(length);
  return text;
}

Result<void> add_parameter(Magnet& out, std::string_view key, std::string_view value) {
  const Bytes raw = as_bytes(value);
  if (key == "xt") return add_topic(out, value);
  if (key == "so") return add_selection(out, value);
  if (key == "x.pe") return add_peer(out, value);
  if (key == "dn") {
    out.name = name_of(value);
  } else if (key == "tr") {
    add_unique(out.trackers, usable_tracker(raw), limits::trackers_per_torrent_max);
  } else if (key == "ws") {
    add_unique(out.web_seeds, usable_web_seed(raw), web_seeds_max);
  } else if (key == "xs") {
    add_unique(out.exact_sources, usable_web_seed(raw), magnet_sources_max);
  } else if (key == "as") {
    add_unique(out.acceptable_sources, usable_web_seed(raw), magnet_sources_max);
  }
  return {};
}

/// Percent-decoded. In a name "+" is a blank, as forms encode it, and a stray "%" is itself, as
/// people write it; elsewhere that is malformed.
Result<std::string> decoded(std::string_view key, std::string_view value) {
  std::string text(value);
  if (key == "dn") std::ranges::replace(text, '+', ' ');
  auto out = percent_decode(text);
  if (out) return std::move(*out);
  if (key == "dn") return text;
  return malformed(fmt::format("{}: a '%' without two hexadecimal digits", key));
}

std::string selection_text(const std::vector<FileSpan>& spans) {
  std::string out;
  for (const FileSpan& span : spans) {
    out += fmt::format("{}{}", out.empty() ? "" : ",", span.first.value);
    if (span.last != span.first) out += fmt::format("-{}", span.last.value);
  }
  return out;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

}  // namespace

Result<Magnet> parse_magnet(std::string_view text) {
  if (text.size() > magnet_bytes_max) return fail(FaultCode::too_large, "magnet: too long");
  text = trimmed(text);
  Magnet out;
  if (!begins_with(text, uri_begin)) {
    out.hashes.v1 = Sha1::parse_hex(text);
    if (!out.hashes.v1) return malformed("it is not a magnet link");
    return out;
  }
  text.remove_prefix(uri_begin.size());
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('&'), text.size());
    const std::string_view parameter = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t equals = parameter.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view key = without_number(parameter.substr(0, equals));
    constexpr std::string_view known[] = {"xt", "dn", "tr", "ws", "x.pe", "so", "xs", "as"};
    if (std::ranges::find(known, key) == std::end(known)) continue;
    SEED_TRY(const auto value, decoded(key, parameter.substr(equals + 1)));
    SEED_TRY_VOID(add_parameter(out, key, value));
  }
  merge_selection(out.selected);
  if (!out.hashes.v1 && !out.hashes.v2)
    return fail(FaultCode::unsupported, "magnet: xt: it names no BitTorrent info-hash");
  return out;
}

std::string encode_magnet(const Magnet& magnet) {
  std::string out = "magnet:?";
  const auto add = [&out](std::string_view key, std::string_view encoded) {
    // One that nobody takes for its length leads nowhere.
    if (out.size() + key.size() + encoded.size() + 2 > magnet_bytes_max) return;
    out += fmt::format("{}{}={}", out.back() == '?' ? "" : "&", key, encoded);
  };
  if (magnet.hashes.v1) add("xt", fmt::format("{}{}", v1_begin, magnet.hashes.v1->hex()));
  if (magnet.hashes.v2)
    add("xt", fmt::format("{}{}{}", v2_begin, sha256_multihash, magnet.hashes.v2->hex()));
  if (!magnet.name.empty()) add("dn", percent_encode(name_of(magnet.name)));
  // Before what may be left out: a part of a selection is another selection.
  if (!magnet.selected.empty()) add("so", selection_text(magnet.selected));
  for (const std::string& url : magnet.trackers) add("tr", percent_encode(url));
  for (const std::string& url : magnet.web_seeds) add("ws", percent_encode(url));
  for (const HostPort& peer : magnet.peers) {
    const bool is_v6 = peer.host.find(':') != std::string::npos;
    add("x.pe", fmt::format("{}{}{}:{}", is_v6 ? "[" : "", peer.host, is_v6 ? "]" : "", peer.port));
  }
  return out;
}

Magnet magnet_of(const Metainfo& metainfo) {
  Magnet out;
  out.hashes = metainfo.hashes;
  out.name = metainfo.name;
  for (const auto& tier : metainfo.announce_tiers)
    out.trackers.insert(out.trackers.end(), tier.begin(), tier.end());
  out.web_seeds = metainfo.web_seeds;
  return out;
}

}  // namespace seed::metainfo

#include "core/trackerd/http_announce.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/base/url.h"

namespace seed::trackerd {
namespace {

using Failure = std::unexpected<std::string>;

Failure failed(std::string_view parameter, std::string_view text) {
  return Failure(fmt::format("{}: {}", parameter, text));
}

/// The parameters of a query, one after the other.
class Parameters {
 public:
  explicit Parameters(std::string_view query) : rest_(query) {}

  /// False at the end. Name and value are as they came.
  bool next() {
    if (rest_.empty()) return false;
    const std::size_t end = std::min(rest_.find('&'), rest_.size());
    const std::string_view one = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    const std::size_t equals = std::min(one.find('='), one.size());
    name = one.substr(0, equals);
    value = one.substr(std::min(equals + 1, one.size()));
    return true;
  }

  std::string_view name;
  std::string_view value;

 private:
  std::string_view rest_;
};

template <typename Fixed>
std::expected<Fixed, std::string> twenty_octets(const Parameters& in) {
  const auto octets = percent_decode(in.value);
  if (!octets) return failed(in.name, "a % without two hexadecimal digits");
  const auto out = Fixed::from(as_bytes(*octets));
  if (!out) return failed(in.name, fmt::format("20 octets, not {}", octets->size()));
  return *out;
}

/// Of up to 20 digits, as 64 bits have; a larger one counts as the largest.
std::optional<std::uint64_t> number(std::string_view text) {
  const bool digits =
      !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  if (!digits || text.size() > 20) return std::nullopt;
  std::uint64_t out = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), out);
  return result.ec == std::errc{} ? out : ~std::uint64_t{0};
}

/// The same of numbers that some clients have below zero: -1 for one they do not know.
std::expected<std::optional<std::uint64_t>, std::string> number_or_none(const Parameters& in) {
  const bool below_zero = in.value.starts_with('-');
  const auto out = number(in.value.substr(below_zero ? 1 : 0));
  if (!out) return failed(in.name, "a number");
  return below_zero ? std::nullopt : out;
}

Event event_of(std::string_view text) {
  if (text == "started") return Event::started;
  if (text == "completed") return Event::completed;
  // BEP 21's "paused", BEP 3's "" and what others think of are all announces like any other.
  return text == "stopped" ? Event::stopped : Event::none;
}

std::expected<std::optional<IpAddress>, std::string> address(const Parameters& in) {
  if (in.value.empty()) return std::nullopt;
  const auto text = percent_decode(in.value);
  const auto out = text ? IpAddress::parse(*text) : std::nullopt;
  // Names are not looked up for anybody.
  if (!out || out->is_unspecified() || out->is_multicast())
    return failed(in.name, "an address of one computer");
  if ((in.name == "ipv4" && !out->is_v4()) || (in.name == "ipv6" && !out->is_v6()))
    return failed(in.name, "an address of that family");
  return out;
}

/// Reads one query; the members say what was there.
class Reader {
 public:
  explicit Reader(const IpAddress& source) { out_.announce.peer.address = source; }

  std::expected<void, std::string> take(const Parameters& in) {
    if (in.name == "info_hash") {
      if (std::exchange(has_hash_, true)) return failed(in.name, "one, not two");
      return put(twenty_octets<Sha1>(in), out_.announce.info_hash);
    }
    if (in.name == "peer_id") {
      has_id_ = true;
      return put(twenty_octets<PeerId>(in), out_.announce.peer_id);
    }
    if (in.name == "port") return take_port(in);
    if (in.name == "left") return take_left(in);
    if (in.name == "numwant") return put(number_or_none(in), out_.peers);
    if (in.name == "event") out_.announce.event = event_of(in.value);
    if (in.name == "compact") out_.compact = in.value != "0";
    if (in.name == "no_peer_id") out_.peer_ids = in.value == "0";
    return {};
  }
  std::expected<void, std::string> take_address(const Parameters& in) {
    if (in.name == "ip") return put(address(in), out_.ip);
    if (in.name == "ipv4") return put(address(in), out_.ipv4);
    if (in.name == "ipv6") return put(address(in), out_.ipv6);
    return {};
  }
  std::expected<HttpAnnounce, std::string> finish() const {
    if (!has_hash_) return failed("info_hash", "missing");
    if (!has_id_) return failed("peer_id", "missing");
    if (out_.announce.peer.port == 0) return failed("port", "missing");
    return out_;
  }

 private:
  template <typename From, typename To>
  static std::expected<void, std::string> put(std::expected<From, std::string> from, To& to) {
    if (!from) return std::unexpected(std::move(from).error());
    to = *from;
    return {};
  }
  std::expected<void, std::string> take_port(const Parameters& in) {
    const auto port = number(in.value);
    if (!port || *port == 0 || *port > 0xffff) return failed(in.name, "a number from 1 to 65535");
    out_.announce.peer.port = static_cast<std::uint16_t>(*port);
    return {};
  }
  std::expected<void, std::string> take_left(const Parameters& in) {
    const auto left = number_or_none(in);
    if (!left) return std::unexpected(left.error());
    out_.announce.seed = *left == 0;
    return {};
  }

  HttpAnnounce out_;
  bool has_hash_ = false;
  bool has_id_ = false;
};

std::expected<void, std::string> check_length(std::string_view query) {
  if (query.size() <= http_query_bytes_max) return {};
  return failed("the query", fmt::format("more than {} octets", http_query_bytes_max));
}

}  // namespace

std::expected<HttpAnnounce, std::string> parse_http_announce(std::string_view query,
                                                             const IpAddress& source) {
  if (auto fits = check_length(query); !fits) return std::unexpected(std::move(fits).error());
  Reader reader(source);
  Parameters in(query);
  while (in.next()) {
    auto taken = reader.take(in);
    // What strangers say of their addresses is not even read.
    if (taken && source.is_private()) taken = reader.take_address(in);
    if (!taken) return std::unexpected(std::move(taken).error());
  }
  return reader.finish();
}

std::expected<std::vector<Sha1>, std::string> parse_http_scrape(std::string_view query) {
  if (auto fits = check_length(query); !fits) return std::unexpected(std::move(fits).error());
  std::vector<Sha1> out;
  Parameters in(query);
  while (out.size() < http_scrape_hashes_max && in.next()) {
    if (in.name != "info_hash") continue;
    const auto info_hash = twenty_octets<Sha1>(in);
    if (!info_hash) return std::unexpected(info_hash.error());
    out.push_back(*info_hash);
  }
  if (out.empty()) return failed("info_hash", "missing; nobody is told of all torrents");
  return out;
}

}  // namespace seed::trackerd

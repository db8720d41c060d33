#include "core/base/endpoint.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>

#include "core/base/check.h"

namespace seed {
namespace {

/// RFC 4291, 2.5.5.2: ::ffff:0:0/96.
constexpr std::array<std::uint8_t, 12> mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

/// splitmix64's finisher: all bits of the result depend on all bits of `value`.
std::uint64_t mix(std::uint64_t value) {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
  return value ^ (value >> 31);
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  if (text.empty() || text.size() > 5) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return port;
}

}  // namespace

IpAddress IpAddress::v4(std::uint32_t host_order) {
  IpAddress out;
  store_u32(MutableBytes(out.octets_).first(4), host_order);
  return out;
}

std::optional<IpAddress> IpAddress::from_octets(Bytes octets) {
  IpAddress out;
  if (octets.size() == 16 && equal(octets.first(mapped_prefix.size()), mapped_prefix))
    octets = octets.subspan(mapped_prefix.size());
  if (octets.size() != 4 && octets.size() != 16) return std::nullopt;
  out.v4_ = octets.size() == 4;
  std::ranges::copy(octets, out.octets_.begin());
  return out;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  const bool bracketed = text.size() >= 2 && text.front() == '[' && text.back() == ']';
  if (bracketed) text = text.substr(1, text.size() - 2);
  if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != text.npos) return std::nullopt;
  const std::string terminated(text);
  std::array<std::uint8_t, 16> octets{};
  if (::inet_pton(AF_INET6, terminated.c_str(), octets.data()) == 1) return from_octets(octets);
  if (!bracketed && ::inet_pton(AF_INET, terminated.c_str(), octets.data()) == 1)
    return from_octets(Bytes(octets).first(4));
  return std::nullopt;
}

IpAddress IpAddress::any_v6() {
  IpAddress out;
  out.v4_ = false;
  return out;
}

std::string IpAddress::to_string() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const char* done = ::inet_ntop(v4_ ? AF_INET : AF_INET6, octets_.data(), text.data(),
                                 static_cast<socklen_t>(text.size()));
  SEED_CHECK(done != nullptr);
  return done;
}

bool IpAddress::is_unspecified() const { return octets_ == std::array<std::uint8_t, 16>{}; }

bool IpAddress::is_loopback() const {
  if (v4_) return octets_[0] == 127;
  return octets_.back() == 1 &&
         std::all_of(octets_.begin(), octets_.end() - 1, [](auto octet) { return octet == 0; });
}

bool IpAddress::is_private() const {
  if (is_loopback()) return true;
  const auto a = octets_[0];
  const auto b = octets_[1];
  if (v4_) {
    // RFC 1918, RFC 3927.
    return a == 10 || (a == 172 && (b & 0xf0) == 16) || (a == 192 && b == 168) ||
           (a == 169 && b == 254);
  }
  // RFC 4193: fc00::/7. RFC 4291: fe80::/10.
  return (a & 0xfe) == 0xfc || (a == 0xfe && (b & 0xc0) == 0x80);
}

bool IpAddress::is_multicast() const {
  return v4_ ? (octets_[0] & 0xf0) == 0xe0 : octets_[0] == 0xff;
}

bool same_holder(const IpAddress& one, const IpAddress& other) {
  if (one == other) return true;
  if (one.is_v4() || other.is_v4() || one.is_private() || other.is_private()) return false;
  return equal(one.octets().first(8), other.octets().first(8));
}

std::optional<Endpoint> Endpoint::parse(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == text.npos) return std::nullopt;
  const auto host = text.substr(0, colon);
  // Without brackets "2001:db8::1" could be an address with or without a port.
  const bool bracketed = host.starts_with('[');
  if (!bracketed && host.find(':') != host.npos) return std::nullopt;
  const auto address = IpAddress::parse(host);
  const auto port = parse_port(text.substr(colon + 1));
  if (!address || !port) return std::nullopt;
  return Endpoint{*address, *port};
}

std::string Endpoint::to_string() const {
  const auto host = address.to_string();
  const auto tail = ":" + std::to_string(port);
  return address.is_v4() ? host + tail : "[" + host + "]" + tail;
}

void append_compact(Buffer& out, const Endpoint& endpoint) {
  const Bytes octets = endpoint.address.octets();
  out.insert(out.end(), octets.begin(), octets.end());
  out.push_back(static_cast<std::uint8_t>(endpoint.port >> 8));
  out.push_back(static_cast<std::uint8_t>(endpoint.port & 0xff));
}

std::optional<Endpoint> from_compact(Bytes octets) {
  if (octets.size() != 6 && octets.size() != 18) return std::nullopt;
  ByteReader reader(octets);
  const auto address = IpAddress::from_octets(reader.take(octets.size() - 2));
  if (!address) return std::nullopt;
  return Endpoint{*address, reader.u16()};
}

std::size_t EndpointHash::operator()(const Endpoint& endpoint) const {
  return static_cast<std::size_t>(mix((*this)(endpoint.address) + endpoint.port));
}

std::size_t EndpointHash::operator()(const IpAddress& address) const {
  std::uint64_t out = address.octets().size();
  ByteReader reader(address.octets());
  while (reader.remaining() > 0) out = mix(out + 0x9e3779b97f4a7c15ULL + reader.u32());
  return static_cast<std::size_t>(out);
}

}  // namespace seed

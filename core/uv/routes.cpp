#include "core/uv/routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <vector>

#include "core/uv/sockets.h"
#include "core/uv/system_text.h"

namespace seed::uv {
namespace {

/// linux/route.h.
constexpr std::uint32_t flag_up = 0x1;
constexpr std::uint32_t flag_reject = 0x200;
/// Any port: connecting a UDP socket sends nothing.
constexpr std::uint16_t discard_port = 9;

struct Candidate {
  Route route;
  unsigned length = 0;  ///< bits of the prefix
  std::uint32_t metric = 0;
};

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> out;
  while (true) {
    const auto begin = line.find_first_not_of(" \t");
    if (begin == line.npos) return out;
    line.remove_prefix(begin);
    const auto end = std::min(line.find_first_of(" \t"), line.size());
    out.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

std::optional<std::uint32_t> number(std::string_view text, int base) {
  std::uint32_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return out;
}

/// The kernel prints what is in memory in network order as if it were a number of its own.
std::optional<IpAddress> address_v4(std::string_view hex) {
  const auto value = number(hex, 16);
  if (!value) return std::nullopt;
  return IpAddress::v4(ntohl(*value));
}

/// Iface Destination Gateway Flags RefCnt Use Metric Mask ...
std::optional<Candidate> parse_v4(const std::vector<std::string_view>& words) {
  if (words.size() < 8) return std::nullopt;
  const auto destination = number(words[1], 16);
  const auto router = address_v4(words[2]);
  const auto flags = number(words[3], 16);
  const auto metric = number(words[6], 10);
  const auto mask = address_v4(words[7]);
  if (!destination || !router || !flags || !metric || !mask) return std::nullopt;
  const bool half = *mask == IpAddress::v4(0x80000000);
  if (*destination != 0 || !(half || mask->is_unspecified())) return std::nullopt;
  if ((*flags & flag_up) == 0 || (*flags & flag_reject) != 0) return std::nullopt;
  return Candidate{{std::string(words[0]), *router}, half ? 1u : 0u, *metric};
}

/// Destination length source length router metric references uses flags interface
std::optional<Candidate> parse_v6(const std::vector<std::string_view>& words) {
  if (words.size() < 10) return std::nullopt;
  const auto destination = from_hex(words[0]);
  const auto length = number(words[1], 16);
  const auto octets = from_hex(words[4]);
  const auto metric = number(words[5], 16);
  const auto flags = number(words[8], 16);
  if (!destination || !length || !octets || !metric || !flags) return std::nullopt;
  // 2000::/3 is all of the world that is given out (RFC 4291, 2.4); some set that, or its half.
  const auto router = IpAddress::from_octets(*octets);
  const std::uint8_t first = destination->empty() ? 0xff : destination->front();
  const bool world = (first == 0 && *length <= 1) || (first == 0x20 && *length == 3);
  if (!world || !router || router->is_v4()) return std::nullopt;
  if ((*flags & flag_up) == 0 || (*flags & flag_reject) != 0) return std::nullopt;
  return Candidate{{std::string(words[9]), *router}, *length, *metric};
}

template <typename Parse>
std::optional<Route> best(std::string_view table, std::string_view interface, Parse parse) {
  std::optional<Candidate> found;
  const auto better = [&](const Candidate& one) {
    if (!found) return true;
    if (one.length != found->length) return one.length > found->length;
    return one.metric < found->metric;
  };
  while (!table.empty()) {
    const auto end = std::min(table.find('\n'), table.size());
    auto one = parse(words_of(table.substr(0, end)));
    table.remove_prefix(std::min(end + 1, table.size()));
    if (one && (interface.empty() || one->route.interface == interface) && better(*one))
      found = std::move(one);
  }
  if (!found) return std::nullopt;
  return std::move(found->route);
}

}  // namespace

std::optional<Route> default_route_v4(std::string_view table, std::string_view interface) {
  return best(table, interface, parse_v4);
}

std::optional<Route> default_route_v6(std::string_view table, std::string_view interface) {
  return best(table, interface, parse_v6);
}

Result<IpAddress> source_towards(const IpAddress& to, const std::string& interface) {
  const std::string doing = fmt::format("cannot reach {}", to.to_string());
  const SocketAddress address({to, discard_port});
  const Descriptor socket(::socket(address.family(), SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket.ok()) return std::unexpected(fault_from_errno(errno, doing));
  if (!interface.empty() && !hold_to_device(socket.get(), interface) &&
      errno != EPERM)  // before Linux 5.7; nothing is sent, so the routes decide
    return std::unexpected(fault_from_errno(errno, doing + " over " + interface));
  if (::connect(socket.get(), address.get(), address.size()) != 0)
    return std::unexpected(fault_from_errno(errno, doing));
  return local_endpoint(socket.get()).address;
}

Result<io::GatewayFacts> find_gateway(const io::GatewayQuery& query) {
  if (query.router) {
    SEED_TRY(const auto source, source_towards(*query.router, query.interface));
    return io::GatewayFacts{*query.router, source, query.interface};
  }
  // By our own folder: the unit for systemd hides /proc/net (ProcSubset=pid).
  const auto route =
      query.v6 ? default_route_v6(content_of("/proc/self/net/ipv6_route"), query.interface)
               : default_route_v4(content_of("/proc/self/net/route"), query.interface);
  if (!route || route->router.is_unspecified())
    return fail(FaultCode::not_found,
                fmt::format("there is no default route by a router{}{}",
                            query.interface.empty() ? "" : " over ", query.interface));
  // The first address of the world that is given out; nothing is sent.
  const IpAddress to = query.v6 ? *IpAddress::parse("2000::") : route->router;
  SEED_TRY(const auto source, source_towards(to, route->interface));
  return io::GatewayFacts{route->router, source, route->interface};
}

}  // namespace seed::uv

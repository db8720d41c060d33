#include "core/base/public_address.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace seed {
namespace {

struct PrefixV4 {
  std::uint32_t first;
  int bits;
};
/// IANA's registry of special-purpose IPv4 addresses, as far as the world does not reach them.
constexpr auto special_v4 = std::to_array<PrefixV4>({
    {0x00000000, 8},   // this network
    {0x0a000000, 8},   // private
    {0x64400000, 10},  // carriers' NAT (RFC 6598)
    {0x7f000000, 8},   // loopback
    {0xa9fe0000, 16},  // link-local
    {0xac100000, 12},  // private
    {0xc0000000, 24},  // protocols
    {0xc0000200, 24},  // documentation
    {0xc0586300, 24},  // relays of 6to4
    {0xc0a80000, 16},  // private
    {0xc6120000, 15},  // benchmarks
    {0xc6336400, 24},  // documentation
    {0xcb007100, 24},  // documentation
    {0xe0000000, 3},   // multicast, reserved, broadcast
});

bool is_public_v4(Bytes octets) {
  const std::uint32_t address = ByteReader(octets).u32();
  return std::ranges::none_of(special_v4, [&](const PrefixV4& prefix) {
    return (address ^ prefix.first) >> (32 - prefix.bits) == 0;
  });
}

/// RFC 6052: 64:ff9b::/96.
constexpr std::array<std::uint8_t, 12> nat64_prefix{0, 0x64, 0xff, 0x9b};

bool is_public_v6(Bytes octets) {
  if (equal(octets.first(nat64_prefix.size()), nat64_prefix)) return is_public_v4(octets.last(4));
  // RFC 4291: 2000::/3 is what is given out.
  if ((octets[0] & 0xe0) != 0x20) return false;
  const unsigned begin = ByteReader(octets).u16();
  const unsigned next = ByteReader(octets.subspan(2)).u16();
  if (begin == 0x2002) return is_public_v4(octets.subspan(2, 4));
  // 2001::/23 is for protocols, Teredo among them; 2001:db8::/32 and 3fff::/20 for documentation.
  if (begin == 0x2001) return next >= 0x200 && next != 0xdb8;
  return begin != 0x3fff || next >= 0x1000;
}

}  // namespace

bool is_public(const IpAddress& address) {
  return address.is_v4() ? is_public_v4(address.octets()) : is_public_v6(address.octets());
}

}  // namespace seed

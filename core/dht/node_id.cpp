#include "core/dht/node_id.h"

#include <algorithm>
#include <array>
#include <bit>

namespace seed::dht {
namespace {

/// BEP 42, "Node ID restriction": what counts of an address, so that who has many addresses of one
/// network does not have as many places in the space.
constexpr std::array<std::uint8_t, 4> v4_mask{0x03, 0x0f, 0x3f, 0xff};
constexpr std::array<std::uint8_t, 8> v6_mask{0x01, 0x03, 0x07, 0x0f, 0x1f, 0x3f, 0x7f, 0xff};
/// Of the last octet of an id, those bits go into the hash.
constexpr std::uint8_t r_mask = 0x07;
/// The first 21 bits of 32 that must agree.
constexpr std::uint32_t prefix_mask = 0xfffff800;
/// Of the third octet, those bits are free.
constexpr std::uint8_t free_bits = 0x07;

template <std::size_t N>
std::uint32_t masked_crc(Bytes address, const std::array<std::uint8_t, N>& mask, std::uint8_t r) {
  std::array<std::uint8_t, N> octets{};
  for (std::size_t i = 0; i < N; ++i) octets[i] = address[i] & mask[i];
  octets[0] = static_cast<std::uint8_t>(octets[0] | ((r & r_mask) << 5));
  return crc32c(octets);
}

std::uint32_t prefix_of(const IpAddress& address, std::uint8_t r) {
  return address.is_v4() ? masked_crc(address.octets(), v4_mask, r)
                         : masked_crc(address.octets(), v6_mask, r);
}

}  // namespace

NodeId random_id(Rng& rng) {
  NodeId out;
  rng.fill(out.octets);
  return out;
}

NodeId random_id_sharing(const NodeId& around, int prefix_bits, Rng& rng) {
  NodeId out = random_id(rng);
  const auto bits = static_cast<std::size_t>(std::clamp(prefix_bits, 0, id_bits));
  const std::size_t whole = bits / 8;
  std::copy_n(around.octets.begin(), whole, out.octets.begin());
  if (bits == id_bits) return out;
  // The octet in which they part: alike above the bit, unlike in it, dice below.
  const auto bit = static_cast<std::uint8_t>(0x80 >> (bits % 8));
  const auto above = static_cast<std::uint8_t>(~((bit << 1) - 1));
  const auto below = static_cast<std::uint8_t>(bit - 1);
  const std::uint8_t same = around.octets[whole];
  out.octets[whole] =
      static_cast<std::uint8_t>((same & above) | (~same & bit) | (out.octets[whole] & below));
  return out;
}

NodeId distance(const NodeId& a, const NodeId& b) {
  NodeId out;
  for (std::size_t i = 0; i < NodeId::size; ++i)
    out.octets[i] = static_cast<std::uint8_t>(a.octets[i] ^ b.octets[i]);
  return out;
}

int common_prefix(const NodeId& a, const NodeId& b) {
  for (std::size_t i = 0; i < NodeId::size; ++i) {
    const auto unlike = static_cast<std::uint8_t>(a.octets[i] ^ b.octets[i]);
    if (unlike != 0) return static_cast<int>(i) * 8 + std::countl_zero(unlike);
  }
  return id_bits;
}

bool closer(const NodeId& target, const NodeId& a, const NodeId& b) {
  for (std::size_t i = 0; i < NodeId::size; ++i) {
    const auto to_a = static_cast<std::uint8_t>(target.octets[i] ^ a.octets[i]);
    const auto to_b = static_cast<std::uint8_t>(target.octets[i] ^ b.octets[i]);
    if (to_a != to_b) return to_a < to_b;
  }
  return false;
}

NodeId make_secure_id(const IpAddress& address, std::uint8_t r, Rng& rng) {
  NodeId out = random_id(rng);
  const std::uint32_t prefix = prefix_of(address, r);
  out.octets[0] = static_cast<std::uint8_t>(prefix >> 24);
  out.octets[1] = static_cast<std::uint8_t>(prefix >> 16);
  out.octets[2] = static_cast<std::uint8_t>(((prefix >> 8) & ~std::uint32_t{free_bits}) |
                                            (out.octets[2] & free_bits));
  out.octets[NodeId::size - 1] = r;
  return out;
}

NodeId make_secure_id(const IpAddress& address, Rng& rng) {
  return make_secure_id(address, static_cast<std::uint8_t>(rng.below(256)), rng);
}

bool is_secure_for(const NodeId& id, const IpAddress& address) {
  if (address.is_private()) return true;
  ByteReader first(id.bytes());
  const std::uint32_t prefix = prefix_of(address, id.octets[NodeId::size - 1]);
  return ((prefix ^ first.u32()) & prefix_mask) == 0;
}

}  // namespace seed::dht

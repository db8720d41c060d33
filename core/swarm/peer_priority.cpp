#include "core/swarm/peer_priority.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "core/base/digest.h"

namespace seed::swarm {

namespace {

/// How many leading octets count whole: BEP 40 adds one for each octet in which the two still agree
/// beyond the `base` that always do, up to two more.
std::size_t whole_octets(Bytes a, Bytes b, std::size_t base) {
  std::size_t whole = base;
  while (whole < base + 2 && equal(a.first(whole), b.first(whole))) ++whole;
  return whole;
}

/// The other octets keep every second bit, so that one network's addresses cannot be chosen to rank
/// at will.
Buffer masked(Bytes address, std::size_t whole) {
  Buffer out = to_buffer(address);
  for (std::size_t i = whole; i < out.size(); ++i) out[i] &= 0x55;
  return out;
}

std::uint32_t crc_of_pair(Buffer a, Buffer b) {
  if (std::lexicographical_compare(b.begin(), b.end(), a.begin(), a.end())) std::swap(a, b);
  a.insert(a.end(), b.begin(), b.end());
  return crc32c(a);
}

Buffer octets_of(std::uint16_t port) {
  return {static_cast<std::uint8_t>(port >> 8), static_cast<std::uint8_t>(port & 0xff)};
}

}  // namespace

std::uint32_t peer_priority(const Endpoint& own, const Endpoint& peer) {
  if (own.address.is_v4() != peer.address.is_v4()) return 0;
  if (own.address == peer.address) return crc_of_pair(octets_of(own.port), octets_of(peer.port));
  const Bytes a = own.address.octets();
  const Bytes b = peer.address.octets();
  const std::size_t whole = whole_octets(a, b, own.address.is_v4() ? 2 : 6);
  return crc_of_pair(masked(a, whole), masked(b, whole));
}

}  // namespace seed::swarm

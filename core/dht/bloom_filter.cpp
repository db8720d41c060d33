#include "core/dht/bloom_filter.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "core/base/digest.h"

namespace seed::dht {
namespace {

/// BEP 33, "Bloom Filters": k and m.
constexpr std::size_t hashes = 2;
constexpr std::size_t bits = BloomFilter::size * 8;

/// The bits of an address: two little-endian numbers of 16 bits, cut to eleven.
std::array<std::size_t, hashes> bits_of(const IpAddress& address) {
  const Sha1 hash = sha1(address.octets());
  std::array<std::size_t, hashes> out{};
  for (std::size_t i = 0; i < hashes; ++i)
    out[i] = (hash.octets[2 * i] | static_cast<std::size_t>(hash.octets[2 * i + 1]) << 8) % bits;
  return out;
}

constexpr std::uint8_t mask_of(std::size_t bit) { return static_cast<std::uint8_t>(1 << bit % 8); }

}  // namespace

std::optional<BloomFilter> BloomFilter::from(Bytes octets) {
  if (octets.size() != size) return std::nullopt;
  BloomFilter out;
  std::ranges::copy(octets, out.octets_.begin());
  return out;
}

void BloomFilter::insert(const IpAddress& address) {
  for (const std::size_t bit : bits_of(address)) octets_[bit / 8] |= mask_of(bit);
}

bool BloomFilter::may_contain(const IpAddress& address) const {
  return std::ranges::all_of(
      bits_of(address), [this](std::size_t bit) { return (octets_[bit / 8] & mask_of(bit)) != 0; });
}

void BloomFilter::join(const BloomFilter& other) {
  for (std::size_t i = 0; i < size; ++i) octets_[i] |= other.octets_[i];
}

double BloomFilter::estimate() const {
  std::size_t zeros = 0;
  for (const std::uint8_t octet : octets_)
    zeros += static_cast<std::size_t>(8 - std::popcount(octet));
  // BEP 33, "Calculating the estimate", where an empty filter counts as one with a bit set. That
  // gives 0.5 for nobody; nobody is 0 here. A full one has no logarithm: as if a bit were free.
  if (zeros == bits) return 0;
  const double m = static_cast<double>(bits);
  const double free = static_cast<double>(std::clamp<std::size_t>(zeros, 1, bits - 1));
  return std::log(free / m) / (static_cast<double>(hashes) * std::log(1 - 1 / m));
}

}  // namespace seed::dht

// BloomFilter: a set of addresses in 256 octets, whose size can be estimated and which can be
// joined with others (BEP 33, "Bloom Filters"): how a swarm is counted over many nodes.
//
// Two bits of 2048 for each address, by the first four octets of its SHA-1. Estimates are good up
// to some 6000 addresses. A value of fixed size.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/base/bytes.h"
#include "core/base/endpoint.h"

namespace seed::dht {

class BloomFilter {
 public:
  static constexpr std::size_t size = 256;  ///< octets

  BloomFilter() = default;
  /// From what a node sent as BFsd or BFpe; nothing for another length.
  static std::optional<BloomFilter> from(Bytes octets);

  void insert(const IpAddress& address);
  /// True for all that were inserted, and by chance for others.
  bool may_contain(const IpAddress& address) const;
  /// The union of both sets.
  void join(const BloomFilter& other);
  /// How many addresses are in, about: 0 to 7806 (when it is full).
  double estimate() const;
  Bytes bytes() const { return octets_; }

  bool operator==(const BloomFilter&) const = default;

 private:
  std::array<std::uint8_t, size> octets_{};
};

}  // namespace seed::dht

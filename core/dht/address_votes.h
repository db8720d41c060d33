// AddressVotes: what address the world sees us at, by what nodes say who answer us (BEP 42,
// "Bootstrapping": "there should be some mechanism to determine whether or not the node has a
// correct understanding of its external IP"; "This could be done by voting").
//
// A source (core/dht/holder.h) has one vote, its last; the last sources_max sources count. An
// address that half of them and quorum at least have named is ours.
#pragma once

#include <cstddef>
#include <optional>
#include <utility>

#include "core/base/endpoint.h"
#include "core/base/fifo.h"

namespace seed::dht {

class AddressVotes {
 public:
  /// More than who has a few addresses of one provider can be of those that a lookup meets.
  static constexpr std::size_t sources_max = 32;
  /// Fewer are not believed.
  static constexpr std::size_t quorum = 6;

  /// `from` says that we are at `ours`. True when that changed winner().
  bool add(const Endpoint& from, const IpAddress& ours);
  /// What we are at, once enough agree.
  const std::optional<IpAddress>& winner() const { return winner_; }

 private:
  struct Vote {
    Endpoint source;
    IpAddress address;
  };

  Fifo<Vote> votes_;  ///< the oldest first
  std::optional<IpAddress> winner_;
};

}  // namespace seed::dht

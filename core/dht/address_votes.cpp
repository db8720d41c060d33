#include "core/dht/address_votes.h"

#include <algorithm>

#include "core/dht/holder.h"

namespace seed::dht {

bool AddressVotes::add(const Endpoint& from, const IpAddress& ours) {
  const Endpoint source = holder_of(from);
  const auto earlier = std::ranges::find(votes_, source, &Vote::source);
  if (earlier != votes_.end()) votes_.erase(earlier);
  votes_.push_back({source, ours});
  if (votes_.size() > sources_max) votes_.pop_front();
  const auto count = static_cast<std::size_t>(std::ranges::count(votes_, ours, &Vote::address));
  if (count < quorum || count * 2 <= votes_.size() || winner_ == ours) return false;
  winner_ = ours;
  return true;
}

}  // namespace seed::dht

#include "core/trackerd/peer_list.h"

#include <algorithm>

#include "core/base/check.h"

namespace seed::trackerd {
namespace {

std::uint16_t packed(PeerList::Stamp stamp) {
  return static_cast<std::uint16_t>((stamp.ticks & PeerList::tick_mask) |
                                    (stamp.completed ? PeerList::completed_flag : 0) |
                                    (stamp.is_private ? PeerList::private_flag : 0));
}

}  // namespace

void PeerList::set_stamp(Position at, Stamp stamp) {
  const std::uint16_t all = packed(stamp);
  const MutableBytes octets = record(at).last<2>();
  octets[0] = static_cast<std::uint8_t>(all >> 8);
  octets[1] = static_cast<std::uint8_t>(all & 0xff);
}

void PeerList::set_peer(Position at, Bytes endpoint, const PeerId& id) {
  SEED_CHECK(endpoint.size() == width_);
  std::ranges::copy(endpoint, record(at).begin());
  std::ranges::copy(id.octets, record(at).subspan(width_).begin());
}

PeerList::Position PeerList::append(const Newcomer& newcomer) {
  const Position at = size();
  // By a quarter, not twofold: there may be a million of them, and most swarms have one or two.
  if (records_.size() == records_.capacity())
    records_.reserve((at + at / std::size_t{4} + 1) * record_bytes());
  records_.resize(records_.size() + record_bytes());
  set_peer(at, newcomer.endpoint, newcomer.id);
  set_stamp(at, newcomer.stamp);
  return at;
}

void PeerList::exchange(Position one, Position other) {
  if (one != other) std::ranges::swap_ranges(record(one), record(other));
}

void PeerList::copy(Position from, Position to) {
  std::ranges::copy(record(from), record(to).begin());
}

void PeerList::drop_last() {
  records_.resize(records_.size() - record_bytes());
  if (records_.size() * 2 <= records_.capacity()) records_.shrink_to_fit();
}

}  // namespace seed::trackerd

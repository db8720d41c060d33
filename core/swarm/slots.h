// UploadSlots: how many peers to serve at once when no setting says so.
//
// A hill climb, one step a round: a slot more while peers wait and the uplink takes more for it; a
// slot less when the last one added nothing, or when a rate limit already fills up and each peer
// gets a trickle. Bounds: slots_min to slots_max.
#pragma once

#include <cstddef>
#include <cstdint>

namespace seed::swarm {

struct SlotFacts {
  std::uint64_t upload_rate = 0;  ///< payload bytes a second over the last round, all links
  std::uint64_t limit = 0;        ///< bytes a second that apply; 0 when there is no limit
  std::size_t unchoked = 0;       ///< links that have a slot
  std::size_t waiting = 0;        ///< interested links without one
};

class UploadSlots {
 public:
  static constexpr std::size_t slots_min = 4;  ///< BEP 3's four, the optimistic one with them
  static constexpr std::size_t slots_max = 64;
  /// Below this for each slot a further one helps nobody.
  static constexpr std::uint64_t trickle = 8 * 1024;
  /// Rounds without a step after one that did not pay.
  static constexpr int rest_rounds = 6;

  /// Once a choke round; returns the slots for the next.
  std::size_t on_round(const SlotFacts& facts);
  std::size_t slots() const { return slots_; }

 private:
  std::size_t slots_ = slots_min;
  std::uint64_t rate_before_ = 0;  ///< upload_rate when a slot was last added
  bool probing_ = false;           ///< the last round added a slot
  int rest_ = 0;
};

}  // namespace seed::swarm

#include "core/portmap/epoch.h"

#include <chrono>

namespace seed::portmap {
namespace {

/// RFC 6886, 3.6: the count should be at least 7/8 of the time that has passed with us, less two
/// seconds.
bool is_sound_for_nat_pmp(std::int64_t before, std::int64_t count, std::int64_t passed) {
  return count >= before + passed - passed / 8 - 2;
}

/// RFC 6887, 8.5: never more than a second back, and neither clock a sixteenth faster than the
/// other, give or take two seconds.
bool is_sound_for_pcp(std::int64_t before, std::int64_t count, std::int64_t passed) {
  const std::int64_t counted = count - before;
  if (counted < -1) return false;
  return passed + 2 >= counted - counted / 16 && counted + 2 >= passed - passed / 16;
}

}  // namespace

bool Epoch::began_anew(std::uint32_t seconds, Rule rule, Instant now) {
  const Count count{static_cast<std::int64_t>(seconds), now};
  const auto last = last_;
  last_ = count;
  if (!last) return false;
  const std::int64_t passed =
      std::chrono::duration_cast<std::chrono::seconds>(now - last->at).count();
  return rule == Rule::nat_pmp ? !is_sound_for_nat_pmp(last->seconds, count.seconds, passed)
                               : !is_sound_for_pcp(last->seconds, count.seconds, passed);
}

}  // namespace seed::portmap

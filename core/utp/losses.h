// Losses: whether what is lost speaks of a full queue, or of a line that loses some of all packets
// (radio), where giving way would help nobody.
//
// Two shares of the last packets: what was lost of all, and of those that found no queue. A full
// queue drops hardly any of the latter; a bad line as many of either.
#pragma once

#include <algorithm>
#include <cstddef>

namespace seed::utp {

class Losses {
 public:
  /// Of the last packets, so many may be lost without our doing: twice what bad radio links lose.
  static constexpr double few_max = 0.025;
  /// Averaged over so many packets at least: a few of them are no rate.
  static constexpr double averaged_min = 256;

  /// Of windows of about `window` packets.
  void on_came(std::size_t packets, double window, bool queue) {
    // Of many at once each counts, as if they came one by one (about).
    const double keeps = 1 / (1 + static_cast<double>(packets) * weight(window));
    of_all_ *= keeps;
    if (!queue) of_unqueued_ *= keeps;
  }
  void on_lost(double window, bool queue) {
    of_all_ += weight(window);
    if (!queue) of_unqueued_ += weight(window);
  }
  bool few() const { return of_all_ <= few_max; }
  /// What is lost now would be lost without a queue as well: about as many are.
  bool of_line() const { return few() && of_all_ <= 2 * of_unqueued_; }

 private:
  static double weight(double window) { return 1 / std::max(averaged_min, window); }

  double of_all_ = 0;
  double of_unqueued_ = 0;
};

}  // namespace seed::utp

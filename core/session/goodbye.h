// Goodbye: how a session ends, step by step. A plain state machine.
//
//   made --on_started()--> running --begin()--> announcing --quiet, or patience is over-->
//   flushing --every store is durable--> saving --on_saved()--> ended
//
// Bounds: limits::stop_announces_max for the announcing; a second order to stop cuts it short.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>

#include "core/base/instant.h"
#include "core/base/limits.h"

namespace seed::session {

class Goodbye {
 public:
  using Stopped = std::move_only_function<void()>;

  void on_started() { started_ = true; }
  /// Loaded, and not told to stop.
  bool running() const { return started_ && !leaving(); }
  /// Loaded, and not all saved yet.
  bool awake() const { return started_; }
  bool leaving() const { return step_ != Step::none; }

  /// The order to stop: false when it was given before; then patience is over.
  bool begin(Stopped stopped, Instant now) {
    if (leaving()) {
      until_ = now;
      return false;
    }
    stopped_ = std::move(stopped);
    step_ = Step::announcing;
    until_ = now + limits::stop_announces_max;
    return true;
  }
  bool announcing() const { return step_ == Step::announcing; }
  /// True when it is time to flush, once: all trackers have been told (`quiet`), or enough waited.
  bool may_flush(bool quiet, Instant now) {
    if (!announcing() || (!quiet && now < until_)) return false;
    step_ = Step::flushing;
    flushes_left_ = 1;
    return true;
  }
  /// One more store is to become durable. The flushing itself counts as one.
  void expect_flush() { ++flushes_left_; }
  /// True with the last one: now the claims may be saved.
  bool on_flushed() { return --flushes_left_ == 0; }
  /// All is saved.
  void on_saved() {
    started_ = false;
    if (stopped_) std::exchange(stopped_, {})();
  }
  /// When may_flush() is to be asked again.
  Instant deadline() const { return announcing() ? until_ : never; }

 private:
  enum class Step : std::uint8_t { none, announcing, flushing };

  Step step_ = Step::none;
  bool started_ = false;
  std::size_t flushes_left_ = 0;
  Instant until_ = never;
  Stopped stopped_;
};

}  // namespace seed::session

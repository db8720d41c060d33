// Goodbye: how a session ends, step by step. A plain state machine.
//
//   made --on_started()--> running --begin()--> announcing --quiet, or patience is over-->
//   flushing --every store is durable, or patience is over--> saving --on_saved(), or patience is
//   over--> ended
//
// Bounds, from the order to stop on: limits::stop_announces_max for the announcing,
// limits::stop_flushes_max for the flushing, for a disk that hangs must not keep the rest from
// being saved, and limits::stop_saves_max for the end, for the disk of the state may hang too. A
// second order to stop cuts all of them short.
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
      announce_until_ = flush_until_ = save_until_ = now;
      return false;
    }
    stopped_ = std::move(stopped);
    step_ = Step::announcing;
    announce_until_ = now + limits::stop_announces_max;
    flush_until_ = now + limits::stop_flushes_max;
    save_until_ = now + limits::stop_saves_max;
    return true;
  }
  bool announcing() const { return step_ == Step::announcing; }
  /// True when it is time to flush, once: all trackers have been told (`quiet`), or enough waited.
  bool may_flush(bool quiet, Instant now) {
    if (!announcing() || (!quiet && now < announce_until_)) return false;
    step_ = Step::flushing;
    flushes_left_ = 1;
    return true;
  }
  /// One more store is to become durable. The flushing itself counts as one.
  void expect_flush() { ++flushes_left_; }
  /// True with the last one: now the claims may be saved.
  bool on_flushed() {
    if (step_ != Step::flushing || --flushes_left_ > 0) return false;
    step_ = Step::saving;
    return true;
  }
  /// True when enough waited, once: what is not durable now is not claimed, and the rest saved.
  bool give_up_flushing(Instant now) {
    if (step_ != Step::flushing || now < flush_until_) return false;
    step_ = Step::saving;
    return true;
  }
  /// True when enough waited for the state to be saved, once; on_saved() is to follow.
  bool give_up_saving(Instant now) const {
    return step_ == Step::saving && started_ && now >= save_until_;
  }
  /// All is saved, or given up.
  void on_saved() {
    started_ = false;
    if (stopped_) std::exchange(stopped_, {})();
  }
  /// When may_flush(), give_up_flushing() or give_up_saving() is to be asked again.
  Instant deadline() const {
    if (announcing()) return announce_until_;
    if (step_ == Step::flushing) return flush_until_;
    return step_ == Step::saving && started_ ? save_until_ : never;
  }

 private:
  enum class Step : std::uint8_t { none, announcing, flushing, saving };

  Step step_ = Step::none;
  bool started_ = false;
  std::size_t flushes_left_ = 0;
  Instant announce_until_ = never;
  Instant flush_until_ = never;
  Instant save_until_ = never;
  Stopped stopped_;
};

}  // namespace seed::session

// Alarm: wake me at T. There is one; the engine shares it through base/deadline_queue.
#pragma once

#include "core/base/instant.h"

namespace seed::io {

/// What the loop tells the engine each turn (design, section 7).
class TurnOwner {
 public:
  virtual ~TurnOwner() = default;
  /// The instant of the alarm has come.
  virtual void on_alarm(Instant now) = 0;
  /// The loop is about to sleep: flush, reap, set the alarm.
  virtual void on_turn_end(Instant now) = 0;
};

class Alarm {
 public:
  virtual ~Alarm() = default;
  /// Whom to tell; nullptr tells nobody.
  virtual void set_owner(TurnOwner* owner) = 0;
  /// One instant at a time; a later call replaces it; `never` clears it.
  virtual void set(Instant when) = 0;
  /// There is more to do: end one more turn soon, without sleeping.
  virtual void again() = 0;
};

}  // namespace seed::io

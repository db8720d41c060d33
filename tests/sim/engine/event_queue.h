// EventQueue: virtual time. What is to happen, in order of (instant, sequence), so two runs agree.
//
// Nothing here reads a clock. An event may add and cancel others; one that was cancelled never
// runs.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <utility>

#include "core/base/instant.h"

namespace seed::sim {

using EventId = std::uint64_t;  ///< 0 names nothing

class EventQueue {
 public:
  using Action = std::move_only_function<void()>;

  explicit EventQueue(Instant start) : now_(start) {}

  Instant now() const { return now_; }
  /// At `when`, or now when that has passed.
  EventId at(Instant when, Action action);
  EventId after(Duration delay, Action action) { return at(now_ + delay, std::move(action)); }
  void cancel(EventId id);
  /// Runs the next event; false when there is none at or before `until`: then it is `until`.
  bool step(Instant until);
  std::uint64_t events_run() const { return events_run_; }
  std::size_t size() const { return events_.size(); }

 private:
  using Key = std::pair<Instant, EventId>;
  std::map<Key, Action> events_;
  std::map<EventId, Instant> when_;
  Instant now_;
  EventId next_ = 1;
  std::uint64_t events_run_ = 0;
};

}  // namespace seed::sim

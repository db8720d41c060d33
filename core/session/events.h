// Events: what happened, for two kinds of readers: one that takes each once and is told when there
// is something again, and any number that ask for what came after a number they know.
// Bounds: the newest limits::events_max.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <iterator>
#include <utility>
#include <vector>

#include "core/base/limits.h"
#include "core/session/event.h"

namespace seed::session {

class Events {
 public:
  /// `sequence` is above that of the event before.
  void push(std::uint64_t sequence, Event event) {
    if (events_.size() >= limits::events_max) {
      forgotten_ = events_.front().sequence;
      events_.pop_front();
    }
    const bool first = events_.empty() || events_.back().sequence <= taken_;
    events_.push_back({sequence, std::move(event)});
    if (first && on_first_) on_first_();
  }
  /// Called with the first event after a take(), from within what made it happen; nullptr: nobody.
  void on_first(std::move_only_function<void()> told) { on_first_ = std::move(told); }
  /// Oldest first; each once.
  std::vector<Event> take() {
    std::vector<Event> out;
    for (auto& [sequence, event] : since(taken_).events) out.push_back(std::move(event));
    if (!events_.empty()) taken_ = events_.back().sequence;
    return out;
  }
  /// Those after that number.
  EventList since(std::uint64_t sequence) const {
    EventList out;
    out.complete = sequence >= forgotten_;
    auto from = events_.end();
    while (from != events_.begin() && std::prev(from)->sequence > sequence) --from;
    out.events.assign(from, events_.end());
    return out;
  }

 private:
  std::deque<Happening> events_;
  std::uint64_t taken_ = 0;      ///< all up to this number
  std::uint64_t forgotten_ = 0;  ///< the newest that is
  std::move_only_function<void()> on_first_;
};

}  // namespace seed::session

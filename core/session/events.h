// Events: what happened and has not been fetched yet; who fetches is told when there is something
// again. Bounds: the newest limits::events_max.
#pragma once

#include <cstddef>
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
  void push(Event event) {
    const bool first = events_.empty();
    if (events_.size() >= limits::events_max) events_.pop_front();
    events_.push_back(std::move(event));
    if (first && on_first_) on_first_();
  }
  /// Called with the first event after a take(), from within what made it happen; nullptr: nobody.
  void on_first(std::move_only_function<void()> told) { on_first_ = std::move(told); }
  /// Oldest first.
  std::vector<Event> take() {
    std::vector<Event> out(std::make_move_iterator(events_.begin()),
                           std::make_move_iterator(events_.end()));
    events_.clear();
    return out;
  }

 private:
  std::deque<Event> events_;
  std::move_only_function<void()> on_first_;
};

}  // namespace seed::session

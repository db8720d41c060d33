// Events: what happened and has not been fetched yet. Bounds: the newest `events_max`.
#pragma once

#include <cstddef>
#include <deque>
#include <iterator>
#include <utility>
#include <vector>

#include "core/session/event.h"

namespace seed::session {

class Events {
 public:
  static constexpr std::size_t events_max = 1024;

  void push(Event event) {
    if (events_.size() >= events_max) events_.pop_front();
    events_.push_back(std::move(event));
  }
  /// Oldest first.
  std::vector<Event> take() {
    std::vector<Event> out(std::make_move_iterator(events_.begin()),
                           std::make_move_iterator(events_.end()));
    events_.clear();
    return out;
  }

 private:
  std::deque<Event> events_;
};

}  // namespace seed::session

#include "tests/sim/engine/event_queue.h"

#include <algorithm>

namespace seed::sim {

EventId EventQueue::at(Instant when, Action action) {
  const EventId id = next_++;
  const Instant due = std::max(when, now_);
  events_.emplace(Key{due, id}, std::move(action));
  when_.emplace(id, due);
  return id;
}

void EventQueue::cancel(EventId id) {
  const auto found = when_.find(id);
  if (found == when_.end()) return;
  events_.erase(Key{found->second, id});
  when_.erase(found);
}

bool EventQueue::step(Instant until) {
  if (events_.empty() || events_.begin()->first.first > until) {
    now_ = std::max(now_, until);
    return false;
  }
  auto node = events_.extract(events_.begin());
  when_.erase(node.key().second);
  now_ = node.key().first;
  ++events_run_;
  node.mapped()();
  return true;
}

}  // namespace seed::sim

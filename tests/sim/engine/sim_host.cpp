#include "tests/sim/engine/sim_host.h"

#include <algorithm>

namespace seed::sim {

namespace {
/// 2026-01-01: when every simulated world begins.
constexpr std::int64_t world_begins_s = 1'767'225'600;
}  // namespace

EventId SimHost::post(Instant when, EventQueue::Action action) {
  return events_.at(when, [this, life = life_, action = std::move(action)]() mutable {
    if (life != life_) return;
    action();
    end_turn_soon(0ns);
  });
}

void SimHost::enter(EventQueue::Action action) {
  action();
  end_turn_soon(0ns);
}

void SimHost::crash() {
  ++life_;
  owner_ = nullptr;
  events_.cancel(std::exchange(turn_, 0));
  events_.cancel(std::exchange(alarm_, 0));
  turn_at_ = never;
  alarm_at_ = never;
}

WallTime SimHost::wall() const {
  return from_unix_seconds(world_begins_s) +
         std::chrono::duration_cast<std::chrono::milliseconds>(now().time_since_epoch());
}

SimHost::LocalTime SimHost::local() const {
  const std::int64_t minutes = unix_seconds(wall()) / 60;
  return {.minute_of_day = static_cast<int>(minutes % 1440),
          .day_of_week = static_cast<int>((minutes / 1440 + 4) % 7)};
}

void SimHost::set(Instant when) {
  if (when == alarm_at_) return;
  events_.cancel(std::exchange(alarm_, 0));
  alarm_at_ = when;
  if (when == never) return;
  const Instant due = std::max(when, now() + turn_min);
  alarm_ = post(due, [this] {
    alarm_ = 0;
    alarm_at_ = never;
    digest_.note("alarm", now(), config_.number);
    if (owner_ != nullptr) owner_->on_alarm(now());
  });
}

void SimHost::again() { end_turn_soon(turn_min); }

void SimHost::end_turn_soon(Duration delay) {
  const Instant when = now() + delay;
  if (turn_at_ <= when) return;
  events_.cancel(turn_);
  turn_at_ = when;
  turn_ = events_.at(when, [this] { end_turn(); });
}

void SimHost::end_turn() {
  turn_ = 0;
  turn_at_ = never;
  ++turns_;
  if (owner_ != nullptr) owner_->on_turn_end(now());
}

}  // namespace seed::sim

#include "core/uv/loop.h"

#include <algorithm>
#include <csignal>
#include <utility>

#include "core/base/check.h"
#include "core/base/limits.h"

namespace seed::uv {

Loop::Loop() {
  // libuv writes without MSG_NOSIGNAL; a peer that has gone must not end the process.
  std::signal(SIGPIPE, SIG_IGN);
  SEED_CHECK(uv_loop_init(&uv_) == 0);
  SEED_CHECK(prepare_.open(*this, [&](uv_prepare_t* h) { return uv_prepare_init(&uv_, h); }) == 0);
  SEED_CHECK(idle_.open(*this, [&](uv_idle_t* h) { return uv_idle_init(&uv_, h); }) == 0);
  SEED_CHECK(timer_.open(*this, [&](uv_timer_t* h) { return uv_timer_init(&uv_, h); }) == 0);
  // An async handle is always active, so that uv_run does not return for want of work.
  SEED_CHECK(keep_alive_.open(*this, [&](uv_async_t* h) {
    return uv_async_init(&uv_, h, [](uv_async_t*) noexcept {});
  }) == 0);
  uv_prepare_start(prepare_.uv(), &Loop::on_prepare);
}

Loop::~Loop() {
  owner_ = nullptr;
  prepare_.close();
  idle_.close();
  timer_.close();
  keep_alive_.close();
  uv_walk(
      &uv_, [](uv_handle_t* handle, void*) noexcept { SEED_CHECK(uv_is_closing(handle) != 0); },
      nullptr);
  // Nothing that the engine hears of is left; what remains are close callbacks and requests that
  // libuv could not cancel.
  uv_run(&uv_, UV_RUN_DEFAULT);
  SEED_CHECK(uv_loop_close(&uv_) == 0);
}

void Loop::run() {
  while (!stopped_) uv_run(&uv_, UV_RUN_DEFAULT);
  stopped_ = false;
}

void Loop::stop() {
  stopped_ = true;
  uv_stop(&uv_);
}

bool Loop::run_until(const std::function<bool()>& done, Duration at_most) {
  const Instant end = now() + at_most;
  Handle<Loop, uv_timer_t> bound;
  SEED_CHECK(bound.open(*this, [&](uv_timer_t* h) { return uv_timer_init(&uv_, h); }) == 0);
  uv_update_time(&uv_);
  const auto milliseconds =
      static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::milliseconds>(at_most).count());
  uv_timer_start(bound.uv(), [](uv_timer_t*) noexcept {}, milliseconds, 1);
  done_ = &done;
  while (!done() && now() < end) uv_run(&uv_, UV_RUN_ONCE);
  done_ = nullptr;
  return done();
}

void Loop::set(Instant when) { alarm_ = when; }

Loop::Entry::Entry(Loop& loop, Work work) noexcept : loop_(loop), work_(work) {
  if (loop_.depth_++ == 0) began_ = now();
}

Loop::Entry::~Entry() {
  if (--loop_.depth_ > 0) return;
  const Duration took = now() - began_;
  loop_.turn_took_ += took;
  loop_.spent_[static_cast<std::size_t>(work_)] += took;
}

void Loop::on_prepare(uv_prepare_t* prepare) noexcept {
  Loop& loop = *Handle<Loop, uv_prepare_t>::box_of(prepare).owner;
  {
    const Entry entry(loop, Work::turn_end);
    loop.end_turn();
  }
  loop.note_turn();
  const bool done = loop.done_ != nullptr && (*loop.done_)();
  // libuv looks at the idle handles after this, to know how long it may sleep.
  if (loop.again_ || !loop.tasks_.empty() || done)
    uv_idle_start(loop.idle_.uv(), [](uv_idle_t* idle) noexcept { uv_idle_stop(idle); });
}

void Loop::end_turn() {
  again_ = false;
  run_tasks();
  if (owner_ != nullptr) owner_->on_turn_end(now());
  arm();
}

void Loop::run_tasks() {
  // Tasks scheduled by tasks wait for the next turn, so that a turn ends.
  running_tasks_.swap(tasks_);
  for (auto* task : running_tasks_)
    if (task != nullptr) task->running_ = true;
  for (std::size_t i = 0; i < running_tasks_.size(); ++i) {
    TurnTask* task = running_tasks_[i];
    if (task == nullptr) continue;
    task->slot_ = TurnTask::idle;
    task->running_ = false;
    running_tasks_[i] = nullptr;
    task->run_(task->context_);
  }
  running_tasks_.clear();
}

void Loop::arm() {
  if (alarm_ == armed_) return;
  armed_ = alarm_;
  if (alarm_ == never) {
    uv_timer_stop(timer_.uv());
    return;
  }
  // libuv counts from the time at which it woke.
  uv_update_time(&uv_);
  const Instant at = now();
  // Compared first: what is far in the past would be far in the future once subtracted.
  const Duration rest = alarm_ > at ? alarm_ - at : Duration(0);
  uv_timer_start(
      timer_.uv(), &Loop::on_timer,
      static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::milliseconds>(rest).count()), 0);
}

void Loop::on_timer(uv_timer_t* timer) noexcept {
  Loop& loop = *Handle<Loop, uv_timer_t>::box_of(timer).owner;
  const Entry entry(loop, Work::alarm);
  loop.armed_ = never;
  const Instant at = now();
  // libuv's milliseconds are rounded down: it may be early by one. The turn's end arms it again.
  if (at < loop.alarm_) return;
  loop.alarm_ = never;
  if (loop.owner_ != nullptr) loop.owner_->on_alarm(at);
}

void Loop::note_turn() {
  ++turn_;
  const Duration took = std::exchange(turn_took_, Duration{});
  times_.add(took);
  if (took > limits::slow_turn && slow_) {
    const auto most = std::max_element(spent_.begin(), spent_.end());
    slow_({took, static_cast<Work>(most - spent_.begin()), *most});
  }
  spent_.fill(Duration{});
}

TurnTask::~TurnTask() {
  if (slot_ == idle) return;
  (running_ ? loop_.running_tasks_ : loop_.tasks_)[slot_] = nullptr;
}

void TurnTask::schedule() {
  if (slot_ != idle) return;
  slot_ = loop_.tasks_.size();
  loop_.tasks_.push_back(this);
}

}  // namespace seed::uv

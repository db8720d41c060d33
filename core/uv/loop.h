// Loop: the one thread's event loop, its turns and its alarm, on libuv.
//
// A turn: libuv calls adapters back (each opens an Entry, which times it); then, before the loop
// sleeps, what TurnTasks were scheduled, TurnOwner::on_turn_end, and the alarm is set.
//
//   constructed -> run() <-> stop() -> destroyed: every handle closes, uv_loop_close() returns 0
#pragma once

#include <uv.h>

#include <array>
#include <functional>
#include <vector>

#include "core/base/duration_counts.h"
#include "core/io/alarm.h"
#include "core/uv/handle.h"
#include "core/uv/turn_times.h"

namespace seed::uv {

class TurnTask;

class Loop final : public io::Alarm {
 public:
  Loop();
  /// Everything made on this loop must be gone. Runs what libuv still has to finish, then checks
  /// that nothing is left: a leaked handle aborts.
  ~Loop() override;
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Turns until stop(), also when there is nothing to wait for.
  void run();
  /// On the loop thread: run() returns at the end of this turn.
  void stop();
  /// Turns until `done()` or until `at_most` has passed; returns what done() says last.
  bool run_until(const std::function<bool()>& done, Duration at_most);

  void set_owner(io::TurnOwner* owner) override { owner_ = owner; }
  void set(Instant when) override;
  void again() override { again_ = true; }

  static Instant now() { return Instant(Duration(uv_hrtime())); }
  const DurationCounts& times() const { return times_; }
  /// Told at the end of every turn longer than limits::slow_turn.
  void on_slow_turn(std::move_only_function<void(const SlowTurn&)> hook) {
    slow_ = std::move(hook);
  }
  uv_loop_t* uv() { return &uv_; }

  /// Opened by every callback from libuv for as long as it runs.
  class Entry {
   public:
    Entry(Loop& loop, Work work) noexcept;
    ~Entry();
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

   private:
    Loop& loop_;
    Work work_;
    Instant began_;
  };
  /// Counts turns; for "not more than so much in one turn".
  std::uint64_t turn() const { return turn_; }

 private:
  friend class TurnTask;
  static void on_prepare(uv_prepare_t* prepare) noexcept;
  static void on_timer(uv_timer_t* timer) noexcept;
  void end_turn();
  void run_tasks();
  void arm();
  void note_turn();

  uv_loop_t uv_{};
  Handle<Loop, uv_prepare_t> prepare_;
  Handle<Loop, uv_idle_t> idle_;
  Handle<Loop, uv_timer_t> timer_;
  Handle<Loop, uv_async_t> keep_alive_;
  io::TurnOwner* owner_ = nullptr;
  const std::function<bool()>* done_ = nullptr;  ///< while run_until runs
  Instant alarm_ = never;
  Instant armed_ = never;
  bool again_ = false;
  bool stopped_ = false;
  std::vector<TurnTask*> tasks_;
  std::vector<TurnTask*> running_tasks_;
  int depth_ = 0;
  std::uint64_t turn_ = 0;
  Duration turn_took_{};
  std::array<Duration, static_cast<std::size_t>(Work::count_)> spent_{};
  DurationCounts times_;
  std::move_only_function<void(const SlowTurn&)> slow_;
};

/// Something to do at the end of the turn, so that it is not done within a call from the engine.
/// Scheduling it twice does it once; destroying it calls it off. It may be destroyed by its own
/// run.
class TurnTask {
 public:
  using Run = void (*)(void* context);
  TurnTask(Loop& loop, void* context, Run run) : loop_(loop), context_(context), run_(run) {}
  ~TurnTask();
  TurnTask(const TurnTask&) = delete;
  TurnTask& operator=(const TurnTask&) = delete;

  void schedule();

 private:
  friend class Loop;
  static constexpr std::size_t idle = static_cast<std::size_t>(-1);
  Loop& loop_;
  void* context_;
  Run run_;
  std::size_t slot_ = idle;  ///< where it stands in the loop's list
  bool running_ = false;     ///< in running_tasks_ rather than tasks_
};

}  // namespace seed::uv

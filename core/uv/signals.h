// Signals: SIGTERM and its kind, delivered as calls on the loop thread.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <vector>

#include "core/uv/handle.h"
#include "core/uv/loop.h"

namespace seed::uv {

class Signals {
 public:
  /// `on_signal(number)` is called on the loop thread; several of one kind may become one call.
  Signals(Loop& loop, std::initializer_list<int> numbers,
          std::move_only_function<void(int)> on_signal);

 private:
  static void on_raised(uv_signal_t* handle, int number) noexcept;
  Loop& loop_;
  std::move_only_function<void(int)> on_signal_;
  std::vector<std::unique_ptr<Handle<Signals, uv_signal_t>>> handles_;
};

/// Calls `tick` on the loop thread again and again: what feeds the watchdog.
class Ticker {
 public:
  Ticker(Loop& loop, Duration every, std::move_only_function<void()> tick);

 private:
  static void on_timer(uv_timer_t* timer) noexcept;
  Loop& loop_;
  std::move_only_function<void()> tick_;
  Handle<Ticker, uv_timer_t> timer_;
};

}  // namespace seed::uv

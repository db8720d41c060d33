#include "core/uv/signals.h"

#include "core/base/check.h"

namespace seed::uv {

Signals::Signals(Loop& loop, std::initializer_list<int> numbers,
                 std::move_only_function<void(int)> on_signal)
    : loop_(loop), on_signal_(std::move(on_signal)) {
  for (const int number : numbers) {
    auto& handle = *handles_.emplace_back(std::make_unique<Handle<Signals, uv_signal_t>>());
    SEED_CHECK(handle.open(*this, [&](uv_signal_t* uv) { return uv_signal_init(loop.uv(), uv); }) ==
               0);
    SEED_CHECK(uv_signal_start(handle.uv(), &on_raised, number) == 0);
  }
}

void Signals::on_raised(uv_signal_t* handle, int number) noexcept {
  auto* owner = Handle<Signals, uv_signal_t>::box_of(handle).owner;
  if (owner == nullptr) return;
  const Loop::Entry entry(owner->loop_, Work::signal);
  owner->on_signal_(number);
}

Ticker::Ticker(Loop& loop, Duration every, std::move_only_function<void()> tick)
    : loop_(loop), tick_(std::move(tick)) {
  const auto milliseconds =
      static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::milliseconds>(every).count());
  SEED_CHECK(timer_.open(*this, [&](uv_timer_t* uv) { return uv_timer_init(loop.uv(), uv); }) == 0);
  SEED_CHECK(uv_timer_start(timer_.uv(), &on_timer, milliseconds, milliseconds) == 0);
}

void Ticker::on_timer(uv_timer_t* timer) noexcept {
  auto* owner = Handle<Ticker, uv_timer_t>::box_of(timer).owner;
  if (owner == nullptr) return;
  const Loop::Entry entry(owner->loop_, Work::signal);
  owner->tick_();
}

}  // namespace seed::uv

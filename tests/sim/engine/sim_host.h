// SimHost: one computer of the simulated world: its turns, its clock, its alarm, its dice.
//
// Turns are those of core/io/alarm.h: all that happens to a host at one instant is one batch, after
// which it hears on_turn_end. What is due later for a host goes through post(), and is dropped when
// the host crashes in between.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "core/base/endpoint.h"
#include "core/base/rng.h"
#include "core/io/alarm.h"
#include "core/io/clock.h"
#include "core/io/entropy.h"
#include "tests/sim/engine/event_queue.h"
#include "tests/sim/engine/run_digest.h"

namespace seed::sim {

class SimHost final : public io::Clock, public io::Alarm, public io::Entropy {
 public:
  /// A real loop does not turn faster; so a host that always wants one more turn does not stop
  /// time.
  static constexpr Duration turn_min = 20us;

  struct Config {
    std::uint64_t number = 0;
    std::string name;
    IpAddress address;
  };
  SimHost(EventQueue& events, RunDigest& digest, Config config, Rng rng)
      : events_(events),
        digest_(digest),
        config_(std::move(config)),
        dice_(rng),
        entropy_(dice_.fork()) {}

  const Config& config() const { return config_; }
  IpAddress address() const { return config_.address; }
  EventQueue& events() { return events_; }
  RunDigest& digest() { return digest_; }
  /// Dice for what the world does to this host; not what the host draws.
  Rng& dice() { return dice_; }
  std::uint64_t turns() const { return turns_; }

  /// Runs `action` on this host at `when`, and ends a turn after it.
  EventId post(Instant when, EventQueue::Action action);
  EventId post_after(Duration delay, EventQueue::Action action) {
    return post(events_.now() + delay, std::move(action));
  }
  /// Runs it now, as an event from outside (an order of the test), with a turn's end after it.
  void enter(EventQueue::Action action);
  /// All that was posted is dropped, the alarm is cleared.
  void crash();

  // io
  Instant now() const override { return events_.now(); }
  WallTime wall() const override;
  LocalTime local() const override;
  void set_owner(io::TurnOwner* owner) override { owner_ = owner; }
  void set(Instant when) override;
  void again() override;
  void fill(MutableBytes out) override { entropy_.fill(out); }

 private:
  void end_turn_soon(Duration delay);
  void end_turn();

  EventQueue& events_;
  RunDigest& digest_;
  Config config_;
  Rng dice_;
  Rng entropy_;
  io::TurnOwner* owner_ = nullptr;
  std::uint64_t life_ = 1;
  std::uint64_t turns_ = 0;
  EventId turn_ = 0;
  Instant turn_at_ = never;
  EventId alarm_ = 0;
  Instant alarm_at_ = never;
};

}  // namespace seed::sim

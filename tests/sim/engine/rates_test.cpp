// Rate limits in virtual time: what passes in ten seconds, and what must not wait for them.
#include "tests/sim/engine/sim_world.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::sim;

namespace {

/// One seed and one leech that know each other by a tracker.
class Pair {
 public:
  Pair(std::uint64_t bytes, const config::Settings& seed, const config::Settings& leech)
      : content_(plan(bytes), world_.dice().fork()) {
    world_.add_tracker("tracker0", Temper::good).set_interval(5s);
    seed_ = &add(seed);
    content_.put(seed_->files(), SimMachine::downloads);
    leech_ = &add(leech);
    boot(*seed_);
    REQUIRE(world_.run(30s, [&] { return done(*seed_); }));
    boot(*leech_);
  }

  bool run(Duration at_most, const std::function<bool()>& until) {
    return world_.run(at_most, until);
  }
  std::uint64_t downloaded() {
    const auto facts = leech_->look();
    return facts ? facts->downloaded_ever : 0;
  }
  bool complete() { return done(*leech_); }
  Duration elapsed() const { return world_.elapsed(); }

 private:
  static ContentPlan plan(std::uint64_t bytes) {
    ContentPlan plan;
    plan.total_size = bytes;
    plan.piece_length = 256 * 1024;
    plan.trackers = {{"http://tracker0:80/announce"}};
    return plan;
  }
  SimMachine& add(const config::Settings& settings) {
    SimMachine::Plan plan;
    plan.line.delay = 10ms;
    plan.settings = settings;
    return world_.add_machine(std::move(plan));
  }
  void boot(SimMachine& machine) {
    machine.boot([this, &machine] { machine.add(content_); });
  }
  static bool done(SimMachine& machine) {
    const auto facts = machine.look();
    return facts && facts->left_until_done == 0 && facts->status == session::Status::seeding;
  }

  SimWorld world_{7};
  KnownContent content_;
  SimMachine* seed_ = nullptr;
  SimMachine* leech_ = nullptr;
};

}  // namespace

TEST_CASE("a limit holds within five percent over ten seconds") {
  const std::uint32_t kB = GENERATE(16u, 64u, 500u, 4000u);
  const bool at_seed = GENERATE(true, false);
  INFO(kB << " kB/s, " << (at_seed ? "up" : "down"));
  config::Settings limited;
  limited.speed_limit_up_enabled = limited.speed_limit_down_enabled = true;
  limited.speed_limit_up = limited.speed_limit_down = kB;
  config::Settings free;
  Pair pair(std::uint64_t{kB} * 1000 * 16, at_seed ? limited : free, at_seed ? free : limited);
  REQUIRE(pair.run(60s, [&] { return pair.downloaded() > kB * 1000u; }));
  const std::uint64_t before = pair.downloaded();
  const Instant from = Instant{} + pair.elapsed();
  pair.run(10s, [] { return false; });
  const double seconds = seconds_of(Instant{} + pair.elapsed() - from);
  const double rate = static_cast<double>(pair.downloaded() - before) / seconds;
  // What came in whole blocks may be one more or one less than what passed.
  const double slack = 16384 / seconds;
  CHECK(rate >= kB * 1000 * 0.95 - slack);
  CHECK(rate <= kB * 1000 * 1.05 + slack);
}

TEST_CASE("a limit on what is sent does not slow what is received") {
  config::Settings leech;
  leech.speed_limit_up_enabled = true;
  leech.speed_limit_up = 1;
  // 8 MiB take 512 requests of 17 octets: nine seconds' worth of the limit, if it held for them.
  Pair pair(8u << 20, config::Settings(), leech);
  const Duration begun = pair.elapsed();
  REQUIRE(pair.run(60s, [&] { return pair.complete(); }));
  CHECK(pair.elapsed() - begun < 8s);
}

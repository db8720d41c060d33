// Rate limits in virtual time: what passes in ten seconds, and what must not wait for them.
#include <memory>
#include <string>
#include <vector>

#include "tests/sim/engine/sim_world.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::sim;

namespace {

/// One seed of one torrent or two, with some leeches each, under one limit.
class Crowd {
 public:
  Crowd(std::uint32_t kB, int torrents, int leeches) {
    SimMachine::Plan plan;
    plan.settings.speed_limit_up_enabled = true;
    plan.settings.speed_limit_up = kB;
    world_.add_tracker("tracker0", Temper::good).set_interval(5s);
    seed_ = &world_.add_machine(std::move(plan));
    for (int i = 0; i < torrents; ++i) {
      contents_.push_back(
          std::make_unique<KnownContent>(ContentPlan{.name = "content" + std::to_string(i),
                                                     .total_size = 16u << 20,
                                                     .trackers = {{"http://tracker0:80/announce"}}},
                                         world_.dice().fork()));
      contents_.back()->put(seed_->files(), SimMachine::downloads);
    }
    seed_->boot([this] {
      for (const auto& content : contents_) seed_->add(*content);
    });
    for (const auto& content : contents_)
      for (int i = 0; i < leeches; ++i) {
        // They do not know each other: nobody can dial them, and all they get is the seed's.
        SimMachine::Plan leech;
        leech.line.nat = Nat::port_restricted;
        auto& machine = world_.add_machine(std::move(leech));
        machine.boot([&machine, &content] { machine.add(*content); });
        leeches_.push_back(&machine);
      }
  }
  void run(Duration time) {
    world_.run(time, [] { return false; });
  }
  void prefer(int torrent, std::int8_t priority) {
    seed_->with_session([&](session::Session& session) {
      session::SetOrder order;
      order.which.kind = session::Selection::Kind::listed;
      order.which.listed = {contents_[static_cast<std::size_t>(torrent)]->hash()};
      order.adjust = [priority](config::TorrentOptions& options) {
        options.bandwidth_priority = priority;
      };
      session.set(std::move(order), [](const session::OrderResult<void>& set) { REQUIRE(set); });
    });
  }
  /// A group of the first torrents, held to that together.
  void put_into_group(int torrents, std::uint32_t kB) {
    seed_->with_session([&](session::Session& session) {
      session::SetOrder order;
      order.which.kind = session::Selection::Kind::listed;
      for (int i = 0; i < torrents; ++i)
        order.which.listed.emplace_back(contents_[static_cast<std::size_t>(i)]->hash());
      order.adjust = [](config::TorrentOptions& options) { options.group = "films"; };
      session.set(std::move(order), [](const session::OrderResult<void>& set) { REQUIRE(set); });
      session::GroupOrder limits{"films", [kB](config::GroupOptions& options) {
                                   options.speed_limit_up = kB;
                                   options.speed_limit_up_enabled = true;
                                 }};
      session.set_group(std::move(limits),
                        [](const session::OrderResult<void>& set) { REQUIRE(set); });
    });
  }
  /// What each leech has, those of one torrent after those of the other.
  std::vector<std::uint64_t> downloaded() {
    std::vector<std::uint64_t> out;
    for (auto* leech : leeches_) {
      const auto facts = leech->look();
      out.push_back(facts ? facts->downloaded_ever : 0);
    }
    return out;
  }

 private:
  SimWorld world_{11};
  std::vector<std::unique_ptr<KnownContent>> contents_;
  SimMachine* seed_ = nullptr;
  std::vector<SimMachine*> leeches_;
};

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
  std::chrono::seconds seconds_seeding() {
    const auto facts = seed_->look();
    return std::chrono::seconds(facts ? facts->seconds_seeding : 0);
  }
  void lift_limits_of_seed() {
    seed_->with_session([&](session::Session& session) {
      config::Settings settings = session.settings();
      settings.speed_limit_up_enabled = settings.speed_limit_down_enabled = false;
      session.reconfigure(settings);
    });
  }
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

/// Some seeds, and one leech with a limit on what it receives.
class Givers {
 public:
  Givers(std::uint32_t kB, int seeds) : content_(plan(), world_.dice().fork()) {
    world_.add_tracker("tracker0", Temper::good).set_interval(5s);
    for (int i = 0; i < seeds; ++i) {
      auto& seed = world_.add_machine({});
      content_.put(seed.files(), SimMachine::downloads);
      seed.boot([this, &seed] { seed.add(content_); });
    }
    world_.run(10s, [] { return false; });
    SimMachine::Plan leech;
    leech.settings.speed_limit_down_enabled = true;
    leech.settings.speed_limit_down = kB;
    leech_ = &world_.add_machine(std::move(leech));
    leech_->boot([this] { leech_->add(content_); });
  }
  void run(Duration time) {
    world_.run(time, [] { return false; });
  }
  std::uint64_t downloaded() {
    const auto facts = leech_->look();
    return facts ? facts->downloaded_ever : 0;
  }

 private:
  static ContentPlan plan() {
    ContentPlan plan;
    plan.total_size = 8u << 20;
    plan.trackers = {{"http://tracker0:80/announce"}};
    return plan;
  }

  SimWorld world_{13};
  KnownContent content_;
  SimMachine* leech_ = nullptr;
};

}  // namespace

TEST_CASE("of what a limit lets in from many peers nothing is thrown away") {
  const std::uint32_t kB = GENERATE(16u, 40u);
  INFO(kB << " kB/s");
  Givers givers(kB, kB == 16 ? 20 : 45);
  givers.run(60s);
  const std::uint64_t before = givers.downloaded();
  givers.run(60s);
  const double rate = static_cast<double>(givers.downloaded() - before) / 60;
  CHECK(rate >= kB * 1000 * 0.9);
  CHECK(rate <= kB * 1000 * 1.05);
}

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

TEST_CASE("a limit of 0 stops payload and nothing else, and goes when it is lifted") {
  config::Settings seed;
  seed.speed_limit_up_enabled = true;
  seed.speed_limit_up = 0;
  Pair pair(1u << 20, seed, config::Settings());
  pair.run(5s, [] { return false; });
  const auto before = pair.seconds_seeding();
  pair.run(20s, [] { return false; });
  CHECK(pair.downloaded() == 0);
  CHECK(pair.seconds_seeding() - before >= 18s);
  pair.lift_limits_of_seed();
  // What was given up as stalled is asked of the same peer again after a while only.
  CHECK(pair.run(120s, [&] { return pair.complete(); }));
}

TEST_CASE("who waits for one limit shares it") {
  const std::uint32_t kB = GENERATE(100u, 1000u);
  const int torrents = GENERATE(1, 2);
  Crowd crowd(kB, torrents, 3);
  crowd.run(30s);
  const auto before = crowd.downloaded();
  crowd.run(20s);
  const auto after = crowd.downloaded();
  const double fair = kB * 1000.0 * 20 / static_cast<double>(after.size());
  for (std::size_t i = 0; i < after.size(); ++i) {
    INFO(kB << " kB/s, leech " << i);
    CHECK(static_cast<double>(after[i] - before[i]) > fair * 0.5);
    CHECK(static_cast<double>(after[i] - before[i]) < fair * 2);
  }
}

TEST_CASE("a torrent of high priority has more of a limit than one of low") {
  Crowd crowd(200, 2, 2);
  crowd.run(10s);
  crowd.prefer(0, -1);
  crowd.prefer(1, 1);
  crowd.run(5s);
  const auto before = crowd.downloaded();
  crowd.run(20s);
  const auto after = crowd.downloaded();
  const std::uint64_t low = after[0] + after[1] - before[0] - before[1];
  const std::uint64_t high = after[2] + after[3] - before[2] - before[3];
  CHECK(high > 2 * low);
  CHECK(low > 0);
}

TEST_CASE("a group's torrents share its limit, and the others have the rest of the session's") {
  Crowd crowd(600, 3, 1);
  crowd.run(5s);
  crowd.put_into_group(2, 100);
  crowd.run(2s);
  const auto before = crowd.downloaded();
  crowd.run(15s);
  const auto after = crowd.downloaded();
  const auto group = after[0] + after[1] - before[0] - before[1];
  const auto other = after[2] - before[2];
  INFO(group << " and " << other);
  CHECK(group > 1'200'000);
  CHECK(group < 1'800'000);
  CHECK(other > 3 * group);
}

// What torrents of one session have of it: links, and a goodbye to their trackers.
#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/base/limits.h"
#include "tests/sim/engine/sim_world.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::sim;

namespace {

/// One session that seeds two torrents. Nobody can dial their leeches.
class TwoSwarms {
 public:
  explicit TwoSwarms(std::uint16_t links_max) {
    world_.add_tracker("tracker0", Temper::good).set_interval(5s);
    SimMachine::Plan plan;
    plan.settings.peer_limit_global = links_max;
    plan.settings.speed_limit_up_enabled = true;
    plan.settings.speed_limit_up = 50;
    seed_ = &world_.add_machine(std::move(plan));
    for (const char* name : {"many", "few"}) {
      contents_.push_back(std::make_unique<KnownContent>(
          ContentPlan{
              .name = name, .total_size = 64u << 20, .trackers = {{"http://tracker0:80/announce"}}},
          world_.dice().fork()));
      contents_.back()->put(seed_->files(), SimMachine::downloads);
    }
    seed_->boot([this] {
      for (const auto& content : contents_) seed_->add(*content);
    });
    run(30s);
  }
  void run(Duration time) {
    world_.run(time, [] { return false; });
  }
  void add_leeches(std::size_t torrent, int count) {
    for (int i = 0; i < count; ++i) {
      SimMachine::Plan leech;
      leech.line.nat = Nat::port_restricted;
      auto& machine = world_.add_machine(std::move(leech));
      machine.boot([this, &machine, torrent] { machine.add(*contents_[torrent]); });
    }
  }
  /// The links of each torrent.
  std::map<std::string, std::uint32_t> links() {
    auto out = std::make_shared<std::map<std::string, std::uint32_t>>();
    seed_->with_session([out](session::Session& session) {
      session.list({.which = {}, .groups = {.texts = true, .swarm = true}, .since = 0},
                   [out](const session::OrderResult<session::ListReply>& reply) {
                     for (const auto& torrent : reply->torrents)
                       out->emplace(torrent.name, torrent.peers_connected);
                   });
    });
    return *out;
  }
  bool few_have_a_link_within(Duration time) {
    return world_.run(time, [this] { return links().at("few") > 0; });
  }

 private:
  SimWorld world_{17};
  std::vector<std::unique_ptr<KnownContent>> contents_;
  SimMachine* seed_ = nullptr;
};

using Links = std::map<std::string, std::uint32_t>;

}  // namespace

TEST_CASE("a torrent whose peers can only dial in has links though another's fill the session") {
  TwoSwarms swarms(6);
  swarms.add_leeches(0, 12);
  swarms.run(30s);
  REQUIRE(swarms.links() == Links{{"many", 6}, {"few", 0}});
  swarms.add_leeches(1, 1);
  swarms.run(20s);
  swarms.add_leeches(1, 1);
  CHECK(swarms.few_have_a_link_within(40s));
  swarms.run(5min);
  CHECK(swarms.links().at("few") == 2);
  CHECK(swarms.links().at("many") >= 3);
}

TEST_CASE("a tracker hears of a torrent that is removed when the session ends in the same turn") {
  SimWorld world(19);
  auto& tracker = world.add_tracker("tracker0", Temper::good);
  tracker.set_interval(30min);
  const KnownContent content(
      ContentPlan{.total_size = 64 * 1024, .trackers = {{"udp://tracker0:6969/announce"}}},
      world.dice().fork());
  SimMachine::Plan plan;
  plan.line.delay = 150ms;
  auto& machine = world.add_machine(std::move(plan));
  content.put(machine.files(), SimMachine::downloads);
  machine.boot([&] { machine.add(content); });
  // What the tracker once said of our address it has forgotten: it is asked for that first.
  world.run(3min, [] { return false; });
  REQUIRE(tracker.counts().started.size() == 1);
  bool removed = false;
  bool stopped = false;
  machine.with_session([&](session::Session& session) {
    session.remove({}, false,
                   [&](const session::OrderResult<void>& done) { removed = bool(done); });
    session.stop([&] { stopped = true; });
  });
  REQUIRE(world.run(limits::stop_saves_max, [&] { return stopped; }));
  CHECK(removed);
  CHECK(tracker.counts().stopped.size() == 1);
}

TEST_CASE("of the torrents those count as active that run, checked or not") {
  SimWorld world(23);
  SimMachine::Plan plan;
  plan.settings.max_active_verifies = 1;
  plan.speed.bytes_per_second = 20'000'000;
  auto& machine = world.add_machine(std::move(plan));
  std::vector<std::unique_ptr<KnownContent>> contents;
  for (const char* name : {"one", "two"}) {
    contents.push_back(std::make_unique<KnownContent>(
        ContentPlan{.name = name, .total_size = 64u << 20, .trackers = {}}, world.dice().fork()));
    contents.back()->put(machine.files(), SimMachine::downloads);
  }
  machine.boot([&] {
    for (const auto& content : contents) machine.add(*content);
  });
  const auto give = [&](const std::function<void(session::Session&)>& order) {
    machine.with_session(order);
  };
  const auto active = [&] {
    std::uint64_t out = 0;
    give([&](session::Session& session) { out = session.stats().active; });
    return out;
  };
  const auto statuses = [&] {
    auto out = std::make_shared<std::vector<session::Status>>();
    give([out](session::Session& session) {
      session.list({.which = {}, .groups = {}, .since = 0},
                   [out](const session::OrderResult<session::ListReply>& reply) {
                     for (const auto& torrent : reply->torrents) out->push_back(torrent.status);
                   });
    });
    std::sort(out->begin(), out->end());
    return *out;
  };
  using session::Status;
  using Statuses = std::vector<Status>;
  REQUIRE(
      world.run(2min, [&] { return statuses() == Statuses{Status::seeding, Status::seeding}; }));
  CHECK(active() == 2);
  const auto none = [](const session::OrderResult<void>&) {};
  const auto one_waits = [&] {
    const auto now = statuses();
    return std::ranges::count(now, Status::checking) == 1 &&
           std::ranges::count(now, Status::check_wait) == 1;
  };
  give([&](session::Session& session) { session.verify({}, none); });
  REQUIRE(world.run(10s, one_waits));
  CHECK(active() == 2);
  REQUIRE(
      world.run(2min, [&] { return statuses() == Statuses{Status::seeding, Status::seeding}; }));
  give([&](session::Session& session) { session.stop_torrents({}, none); });
  world.run(1s, [] { return false; });
  give([&](session::Session& session) { session.verify({}, none); });
  REQUIRE(world.run(10s, one_waits));
  CHECK(active() == 0);
  // And all ends while they are checked.
}

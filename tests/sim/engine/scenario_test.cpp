// The scenarios. Each runs for a few seeds in every check and for SEED_SIM_SEEDS many at night;
// SEED_SIM_SEED replays one, SEED_SIM_LOG=1 shows what the engine says.
#include "tests/sim/engine/scenario.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::sim;

namespace {

ContentPlan drawn_content(Rng& rng, std::uint32_t pieces) {
  ContentPlan plan;
  plan.piece_length = 16384u << rng.below(4);
  plan.total_size = std::uint64_t{pieces} * plan.piece_length - rng.below(plan.piece_length);
  plan.files = rng.below(2) == 0 ? 1 : static_cast<std::uint32_t>(2 + rng.below(9));
  return plan;
}

/// Loss, refusals, cuts, liars, broken and full disks, crashes: all at once.
void add_all_faults(Scenario& scenario, Rng& rng) {
  scenario.network = {.loss = 0.02,
                      .duplicate = 0.02,
                      .reorder = 0.05,
                      .dial_refused = 0.05,
                      .dial_lost = 0.02,
                      .cut_a_minute = 0.3,
                      .silent_cut = 0.1};
  scenario.rated = 0.5;
  scenario.rude = {{.corrupt = 0.3}, {.corrupt = 0.02}, {.corrupt = 0.1, .disconnect = 0.02}};
  scenario.disk_faults = 0.002 + 0.01 * rng.unit();
  scenario.disks_fill = true;
  scenario.crashes_a_minute = 1;
  scenario.power_cuts = 0.5;
}

/// Each kind of fault with one chance of two.
void keep_some_faults(Scenario& scenario, Rng& rng) {
  const auto drop = [&] { return rng.below(2) == 0; };
  if (drop()) scenario.network.cut_a_minute = scenario.network.silent_cut = 0;
  if (drop()) scenario.network.dial_refused = scenario.network.dial_lost = 0;
  if (drop()) scenario.network = {.cut_a_minute = scenario.network.cut_a_minute};
  if (drop()) scenario.rude.clear();
  if (drop()) scenario.disk_faults = 0;
  if (drop()) scenario.disks_fill = false;
  if (drop()) scenario.power_cuts = 0;
  if (drop()) scenario.crashes_a_minute = 0;
}

}  // namespace

TEST_CASE("a leech gets all of it from a seed") {
  play(
      "a leech gets all of it from a seed",
      [](Rng& rng) {
        Scenario scenario;
        scenario.content = drawn_content(rng, 64);
        scenario.bound = 60s;
        return scenario;
      },
      10);
}

TEST_CASE("a hundred sessions finish from one seed under loss and cuts") {
  play("a hundred sessions finish from one seed under loss and cuts", [](Rng&) {
    Scenario scenario;
    scenario.content.total_size = 64 * 64 * 1024;
    scenario.leeches = 100;
    scenario.network = {.loss = 0.02,
                        .dial_refused = 0.05,
                        .dial_lost = 0.02,
                        .cut_a_minute = 0.3,
                        .silent_cut = 0.1};
    scenario.calm_after = 20s;
    scenario.bound = 300s;
    return scenario;
  });
}

TEST_CASE("peers that send wrong data are banned, and nobody else") {
  play(
      "peers that send wrong data are banned, and nobody else",
      [](Rng& rng) {
        Scenario scenario;
        scenario.content = drawn_content(rng, 80);
        scenario.leeches = 6;
        scenario.rude.assign(1 + rng.below(3), {.corrupt = 0.1 + 0.6 * rng.unit()});
        scenario.rude_are_guilty = true;
        scenario.network = {.loss = 0.02 * rng.unit()};
        scenario.bound = 200s;
        return scenario;
      },
      4);
}

TEST_CASE("peers without manners keep nobody from finishing") {
  play(
      "peers without manners keep nobody from finishing",
      [](Rng& rng) {
        Scenario scenario;
        scenario.content = drawn_content(rng, 80);
        scenario.leeches = 6;
        const Manners all[] = {{.unrequested = 0.2}, {.ignore = 0.3},
                               {.disconnect = 0.02}, {.garbage = 0.01},
                               {.chokes = 0.1},      {.stalls = true},
                               {.floods = true},     {.corrupt = 0.05, .ignore = 0.05}};
        for (const Manners& manners : all)
          if (rng.below(2) == 0) scenario.rude.push_back(manners);
        scenario.network = {.loss = 0.02 * rng.unit(), .cut_a_minute = rng.unit()};
        scenario.bound = 300s;
        return scenario;
      },
      4);
}

TEST_CASE("disks that fail and fill up corrupt nothing") {
  play(
      "disks that fail and fill up corrupt nothing",
      [](Rng& rng) {
        Scenario scenario;
        scenario.content = drawn_content(rng, 64);
        scenario.leeches = 6;
        scenario.disk_faults = rng.below(2) == 0 ? 0 : 0.002 + 0.02 * rng.unit();
        scenario.disks_fill = scenario.disk_faults == 0 || rng.below(2) == 0;
        scenario.calm_after = 40s;
        scenario.bound = 200s;
        return scenario;
      },
      4);
}

TEST_CASE("crashes cost neither truth nor completeness") {
  play(
      "crashes cost neither truth nor completeness",
      [](Rng& rng) {
        Scenario scenario;
        scenario.content = drawn_content(rng, 64);
        scenario.leeches = 6;
        scenario.rated = 0.7;
        scenario.crashes_a_minute = 1 + 3 * rng.unit();
        scenario.power_cuts = rng.unit();
        scenario.calm_after = 90s;
        scenario.bound = 300s;
        return scenario;
      },
      4);
}

TEST_CASE("a hundred sessions finish from one seed under every fault at once") {
  play("a hundred sessions finish from one seed under every fault at once", [](Rng& rng) {
    Scenario scenario;
    scenario.content.total_size = 64 * 64 * 1024;
    scenario.content.files = 4;
    scenario.leeches = 100;
    add_all_faults(scenario, rng);
    scenario.calm_after = 40s;
    scenario.bound = 300s;
    return scenario;
  });
}

TEST_CASE("whichever faults come together everybody finishes") {
  play(
      "whichever faults come together everybody finishes",
      [](Rng& rng) {
        Scenario scenario;
        scenario.content = drawn_content(rng, 64);
        scenario.leeches = static_cast<int>(4 + rng.below(8));
        add_all_faults(scenario, rng);
        scenario.rated = 0.9;
        scenario.crashes_a_minute = 1 + 3 * rng.unit();
        scenario.roots_vanish = rng.below(3) == 0;
        scenario.udp_trackers = rng.below(2) == 0;
        if (rng.below(2) == 0) scenario.trackers = {Temper::fickle, Temper::good};
        keep_some_faults(scenario, rng);
        scenario.calm_after = 60s;
        scenario.bound = 300s;
        return scenario;
      },
      6);
}

TEST_CASE("bad trackers delay nobody while there are good ones") {
  play(
      "bad trackers delay nobody while there are good ones",
      [](Rng& rng) {
        Scenario scenario;
        scenario.content = drawn_content(rng, 32);
        scenario.leeches = 5;
        scenario.trackers.clear();
        constexpr Temper tempers[] = {Temper::dead,     Temper::slow,    Temper::rubbish,
                                      Temper::refusing, Temper::refused, Temper::fickle};
        for (std::size_t i = 1 + rng.below(4); i > 0; --i)
          scenario.trackers.push_back(tempers[rng.below(std::size(tempers))]);
        scenario.trackers.insert(scenario.trackers.begin() + static_cast<std::ptrdiff_t>(rng.below(
                                                                 scenario.trackers.size() + 1)),
                                 Temper::good);
        scenario.udp_trackers = rng.below(2) == 0;
        scenario.network = {.loss = 0.05 * rng.unit(), .duplicate = 0.05, .reorder = 0.1};
        scenario.bound = 300s;
        return scenario;
      },
      6);
}

TEST_CASE("a root that is gone is not taken for an empty one") {
  play(
      "a root that is gone is not taken for an empty one",
      [](Rng& rng) {
        Scenario scenario;
        scenario.content = drawn_content(rng, 64);
        scenario.leeches = 5;
        scenario.rated = 0.5;
        scenario.roots_vanish = true;
        scenario.calm_after = 90s;
        scenario.bound = 200s;
        return scenario;
      },
      4);
}

TEST_CASE("the same seed twice is the same run") {
  Scenario scenario;
  scenario.content.total_size = 40 * 64 * 1024;
  scenario.leeches = 8;
  scenario.trackers = {Temper::fickle, Temper::good};
  scenario.udp_trackers = true;
  scenario.network = {.loss = 0.05,
                      .duplicate = 0.05,
                      .reorder = 0.1,
                      .dial_refused = 0.1,
                      .dial_lost = 0.05,
                      .cut_a_minute = 1,
                      .silent_cut = 0.2};
  scenario.rude = {{.corrupt = 0.3, .unrequested = 0.1}, {.ignore = 0.2, .disconnect = 0.01}};
  scenario.crashes_a_minute = 1;
  scenario.power_cuts = 0.5;
  scenario.calm_after = 30s;
  scenario.bound = 300s;
  const Outcome once = run(scenario, 5);
  const Outcome again = run(scenario, 5);
  CHECK(once.digest == again.digest);
  CHECK(once.events == again.events);
  CHECK(run(scenario, 6).digest != once.digest);
}

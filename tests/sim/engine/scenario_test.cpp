// Scenarios: who, what network, what faults, until when. Each runs for a few seeds in every check
// and for SEED_SIM_SEEDS many at night; SEED_SIM_SEED replays one.
#include <cstdlib>
#include <string>

#include "tests/sim/engine/judges.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::sim;

namespace {

SimMachine::Plan plan_of(SimWorld& world) {
  SimMachine::Plan plan;
  plan.line.delay = world.dice().between(1ms, 60ms);
  return plan;
}

}  // namespace

TEST_CASE("a leech gets all of it from a seed") {
  SimWorld world(1);
  ContentPlan content_plan;
  content_plan.trackers = {{"http://tracker:80/announce"}};
  const KnownContent content(content_plan, world.dice().fork());
  world.add_tracker("tracker", Temper::good);
  auto& seed = world.add_machine(plan_of(world));
  auto& leech = world.add_machine(plan_of(world));
  content.put(seed.files(), SimMachine::downloads);
  for (auto* machine : {&seed, &leech}) machine->boot([&, machine] { machine->add(content); });
  Judges judges(world, content);
  const bool done =
      world.run(120s, [&] { return judges.all_complete(); }, [&] { judges.on_second(); });
  INFO(judges.text());
  CHECK(done);
  CHECK(judges.complaints().empty());
}

// The judges themselves: that they see what they are there to see.
#include "tests/sim/engine/judges.h"

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::sim;

namespace {

ContentPlan small() {
  ContentPlan plan;
  plan.total_size = 8 * 64 * 1024;
  return plan;
}

/// A seed that has claimed all of its torrent.
struct Claimed {
  Claimed() : content(small(), Rng(3)), machine(world.add_machine({})) {
    content.put(machine.files(), SimMachine::downloads);
    machine.boot([this] { machine.add(content); });
    world.run(20s, [] { return false; }, [this] { judges.on_second(); });
  }

  SimWorld world{7};
  KnownContent content;
  SimMachine& machine;
  Judges judges{world, content};
};

}  // namespace

TEST_CASE("judges are content with a seed that is what it says") {
  Claimed run;
  CHECK(run.judges.all_complete());
  run.machine.crash(Crash::power);
  run.judges.on_crashed(run.machine);
  run.judges.expect_all_claimed(run.machine);
  CHECK(run.judges.text() == "");
}

TEST_CASE("judges see a piece that is had and not on the disk") {
  Claimed run;
  run.machine.files().corrupt("/disk/downloads/content", 5);
  run.world.run(10s, [] { return false; }, [&] { run.judges.on_second(); });
  CHECK(run.judges.text().find("has piece 0 but its octets are not there") != std::string::npos);
}

TEST_CASE("judges see a claim that a crash has made untrue") {
  Claimed run;
  run.machine.files().corrupt("/disk/downloads/content", 70'000);
  run.machine.crash(Crash::process);
  run.judges.on_crashed(run.machine);
  CHECK(run.judges.text().find("claims piece 1 that is not on the disk") != std::string::npos);
}

TEST_CASE("judges see a loop that never sleeps") {
  Claimed run;
  struct Sleepless final : io::TurnOwner {
    explicit Sleepless(io::Alarm& on) : alarm(on) { alarm.again(); }
    void on_alarm(Instant) override {}
    void on_turn_end(Instant) override { alarm.again(); }
    io::Alarm& alarm;
  } sleepless(run.machine.host());
  run.machine.host().set_owner(&sleepless);
  run.world.run(2s, [] { return false; }, [&] { run.judges.judge_sleep(); });
  CHECK(run.judges.text().find("turns in a second") != std::string::npos);
}

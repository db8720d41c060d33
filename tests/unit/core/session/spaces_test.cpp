#include "core/session/spaces.h"

#include "core/base/limits.h"
#include "tests/unit/core/session/fixture.h"

namespace seed::session {
namespace {

struct Setup {
  test::Population all;
  Spaces spaces{all.workers, all.ground.storage.roots()};
  std::vector<Result<io::DiskSpace>> answers;
  int measured = 0;

  Setup() {
    all.ground.files.set_hook([this](seed::test::FileOp op, const std::string&) {
      if (op == seed::test::FileOp::space) ++measured;
      return std::optional<seed::test::FileFault>();
    });
    all.ground.files.mount("/slow", 1000);
  }
  void ask(const std::string& folder = "/slow") {
    spaces.ask(*SafePath::root(folder), all.ground.clock.now(),
               [this](Result<io::DiskSpace> space) { answers.push_back(std::move(space)); });
  }
  void pass(Duration time) {
    all.ground.clock.advance(time);
    spaces.on_second(all.ground.clock.now());
  }
};

TEST_CASE("a folder is asked for once, for all who want to know") {
  Setup setup;
  setup.ask();
  setup.ask();
  CHECK(setup.answers.empty());
  setup.all.workers.run_all();
  REQUIRE(setup.answers.size() == 2);
  CHECK(setup.answers[0]->total_bytes == 1000);
  CHECK(setup.measured == 1);
  setup.ask();
  setup.all.workers.run_all();
  CHECK(setup.answers.size() == 3);
  CHECK(setup.measured == 2);
}

TEST_CASE("a disk that hangs is not waited for, and asked no second time") {
  Setup setup;
  setup.ask();
  setup.pass(limits::space_wait_max - 1ns);
  CHECK(setup.answers.empty());
  setup.pass(1ns);
  REQUIRE(setup.answers.size() == 1);
  CHECK(setup.answers[0].error().code == FaultCode::timed_out);
  setup.ask();
  setup.pass(limits::space_wait_max);
  CHECK(setup.answers.size() == 2);
  CHECK(setup.all.workers.pending() == 1);
  setup.all.workers.run_all();
  CHECK(setup.answers.size() == 2);
  // What it said in the end is told while it hangs again.
  setup.ask();
  setup.pass(limits::space_wait_max);
  REQUIRE(setup.answers.size() == 3);
  CHECK(setup.answers[2]->total_bytes == 1000);
}

TEST_CASE("folders that nobody waits for make room for others, those that are waited for do not") {
  Setup setup;
  for (std::size_t i = 0; i < Spaces::folders_max; ++i) setup.ask("/" + std::to_string(i));
  CHECK(setup.answers.empty());
  setup.ask("/one more");
  REQUIRE(setup.answers.size() == 1);
  CHECK(setup.answers[0].error().code == FaultCode::busy);
  setup.all.workers.run_all();
  setup.ask("/one more");
  CHECK(setup.answers.size() == Spaces::folders_max + 1);
  setup.all.workers.run_all();
  CHECK(setup.answers.size() == Spaces::folders_max + 2);
}

}  // namespace
}  // namespace seed::session

// Orders to a session whose store fails: what is answered with an error has not been done.
#include <optional>

#include "tests/sim/engine/sim_world.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::sim;

namespace {

/// One machine with one torrent, complete.
class Setup {
 public:
  Setup() {
    content_.put(machine_.files(), SimMachine::downloads);
    machine_.boot([this] { machine_.add(content_); });
    run();
  }
  void run() {
    world_.run(15s, [] { return false; });
  }
  void break_store(bool broken) {
    machine_.store().hook = [broken]() -> std::optional<Fault> {
      if (!broken) return std::nullopt;
      return Fault{FaultCode::disk_full, 28, "no room"};
    };
  }
  bool remove(bool delete_data) {
    std::optional<bool> done;
    machine_.with_session([&](session::Session& session) {
      session.remove({}, delete_data, [&](const session::OrderResult<void>& removed) {
        done = removed.has_value();
      });
    });
    run();
    REQUIRE(done.has_value());
    return *done;
  }
  SimMachine& machine() { return machine_; }

 private:
  SimWorld world_{1};
  SimMachine& machine_ = world_.add_machine({});
  KnownContent content_{ContentPlan{.name = "content", .total_size = 1u << 20, .trackers = {}},
                        world_.dice().fork()};
};

}  // namespace

TEST_CASE("a torrent that the store does not let go of stays, and goes when it can") {
  Setup setup;
  REQUIRE(setup.machine().look());
  setup.break_store(true);
  CHECK_FALSE(setup.remove(false));
  CHECK(setup.machine().look());
  CHECK(setup.machine().store().rows().size() == 1);
  setup.break_store(false);
  CHECK(setup.remove(true));
  CHECK_FALSE(setup.machine().look());
  setup.run();
  CHECK(setup.machine().store().rows().empty());
}

TEST_CASE("three orders at once to remove a torrent are all answered, and nothing of it is left") {
  Setup setup;
  int done = 0;
  setup.machine().with_session([&](session::Session& session) {
    for (const bool data : {false, true, false})
      session.remove({}, data,
                     [&](const session::OrderResult<void>& removed) { done += removed ? 1 : 100; });
  });
  setup.run();
  CHECK(done == 3);
  CHECK_FALSE(setup.machine().look());
  CHECK(setup.machine().store().rows().empty());
}

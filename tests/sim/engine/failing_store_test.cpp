// Orders to a session whose store fails: what is answered with an error has not been done.
#include <optional>
#include <string>
#include <vector>

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
  /// Adds another torrent twice at once; what was answered, in that order.
  std::vector<std::string> add_twice() {
    std::vector<std::string> answers;
    machine_.with_session([&](session::Session& session) {
      for (int i = 0; i < 2; ++i) {
        session::AddOrder order;
        order.source = other_.torrent();
        session.add(std::move(order), [&](const session::OrderResult<session::AddReply>& added) {
          answers.emplace_back(!added ? "error" : added->duplicate ? "duplicate" : "added");
        });
      }
    });
    run();
    return answers;
  }
  SimMachine& machine() { return machine_; }

 private:
  SimWorld world_{1};
  SimMachine& machine_ = world_.add_machine({});
  KnownContent content_{ContentPlan{.name = "content", .total_size = 1u << 20, .trackers = {}},
                        world_.dice().fork()};
  KnownContent other_{ContentPlan{.name = "other", .total_size = 1u << 20, .trackers = {}},
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

TEST_CASE("a torrent is called a duplicate once the first is durable, not before") {
  Setup setup;
  CHECK(setup.add_twice() == std::vector<std::string>{"added", "duplicate"});
  CHECK(setup.machine().store().rows().size() == 2);
  CHECK(setup.add_twice() == std::vector<std::string>{"duplicate", "duplicate"});
}

TEST_CASE("a torrent that could not be saved has no duplicates") {
  Setup setup;
  setup.break_store(true);
  CHECK(setup.add_twice() == std::vector<std::string>{"error", "error"});
  setup.break_store(false);
  CHECK(setup.machine().store().rows().size() == 1);
  CHECK(setup.add_twice() == std::vector<std::string>{"added", "duplicate"});
}

TEST_CASE("the second of two like torrents is added when only the first could not be saved") {
  Setup setup;
  setup.machine().store().hook = [first = true]() mutable -> std::optional<Fault> {
    if (!std::exchange(first, false)) return std::nullopt;
    return Fault{FaultCode::disk_full, 28, "no room"};
  };
  CHECK(setup.add_twice() == std::vector<std::string>{"error", "added"});
  CHECK(setup.machine().store().rows().size() == 2);
}

TEST_CASE("what was there before is a duplicate whatever becomes of the store") {
  Setup setup;
  REQUIRE(setup.add_twice() == std::vector<std::string>{"added", "duplicate"});
  setup.break_store(true);
  CHECK(setup.add_twice() == std::vector<std::string>{"duplicate", "duplicate"});
}

#include "core/session/commits.h"

#include <deque>
#include <optional>

#include "tests/support/catch.h"
#include "tests/support/fake_files.h"

namespace seed::session {
namespace {

/// Keeps jobs until the test runs them.
class HeldWorkers final : public io::Workers {
 public:
  void submit(std::unique_ptr<io::Job> job, io::Lane lane, io::Urgency) override {
    CHECK(lane == io::Lane::store);
    jobs.push_back(std::move(job));
  }
  std::size_t pending() const override { return jobs.size(); }
  std::size_t threads() const override { return 1; }
  std::deque<std::unique_ptr<io::Job>> jobs;
};

class CountingStore final : public io::Store {
 public:
  Result<io::StoreContent> load() override { return io::StoreContent(); }
  Result<void> commit(const std::vector<io::StoreChange>& changes) override {
    commits.push_back(changes.size());
    if (broken) return fail(FaultCode::disk_full, "no room");
    return {};
  }
  Result<std::optional<Buffer>> metainfo(io::StoreKey) override { return std::nullopt; }
  Result<std::optional<Buffer>> progress(io::StoreKey) override { return std::nullopt; }
  std::vector<std::size_t> commits;
  bool broken = false;
};

struct StandingClock final : io::Clock {
  Instant now() const override { return time; }
  WallTime wall() const override { return {}; }
  LocalTime local() const override { return {}; }
  Instant time{1h};
};

struct Setup {
  HeldWorkers workers;
  CountingStore store;
  test::FakeFiles files;
  StandingClock clock;
  Commits commits{workers, clock};

  void run_one() {
    auto job = std::move(workers.jobs.front());
    workers.jobs.pop_front();
    job->run({files, store});
    job->deliver();
  }
};

TEST_CASE("what comes while a commit is under way goes out together with the next") {
  Setup setup;
  int answered = 0;
  const auto one = [&] {
    setup.commits.commit(std::vector<io::StoreChange>(1), [&](Result<void> saved) {
      CHECK(saved);
      ++answered;
    });
  };
  one();
  one();
  one();
  setup.run_one();
  CHECK(answered == 1);
  setup.run_one();
  CHECK(answered == 3);
  CHECK(setup.store.commits == std::vector<std::size_t>{1, 2});
  CHECK(setup.commits.idle());
}

TEST_CASE("it is known since when a commit is under way, and when something was last written") {
  Setup setup;
  const Instant begun = setup.clock.time;
  CHECK_FALSE(setup.commits.under_way_since());
  setup.commits.commit(std::vector<io::StoreChange>(1), [](const Result<void>&) {});
  setup.clock.time += 5s;
  CHECK(setup.commits.under_way_since() == begun);
  setup.run_one();
  CHECK_FALSE(setup.commits.under_way_since());
  CHECK(setup.commits.wrote_at() == begun + 5s);
  setup.commits.commit({}, [](const Result<void>&) {});
  setup.clock.time += 5s;
  setup.run_one();
  CHECK(setup.commits.wrote_at() == begun + 5s);
}

TEST_CASE("a commit that fails is told to those who wait for it") {
  Setup setup;
  setup.store.broken = true;
  std::optional<Fault> fault;
  setup.commits.commit(std::vector<io::StoreChange>(1),
                       [&](Result<void> saved) { fault = saved.error(); });
  setup.run_one();
  REQUIRE(fault);
  CHECK(fault->code == FaultCode::disk_full);
}

TEST_CASE("idle is told when the last commit is done") {
  Setup setup;
  bool idle = false;
  setup.commits.commit(std::vector<io::StoreChange>(1), [](Result<void>) {});
  setup.commits.when_idle([&] { idle = true; });
  CHECK_FALSE(idle);
  setup.run_one();
  CHECK(idle);
}

TEST_CASE("whether the last could be written is known, and one of nothing says nothing of it") {
  Setup setup;
  CHECK(setup.commits.last());
  const auto commit = [&](std::size_t changes) {
    setup.commits.commit(std::vector<io::StoreChange>(changes), [](const Result<void>&) {});
    setup.run_one();
  };
  setup.store.broken = true;
  commit(1);
  CHECK_FALSE(setup.commits.last());
  setup.store.broken = false;
  commit(0);
  CHECK_FALSE(setup.commits.last());
  commit(1);
  CHECK(setup.commits.last());
}

}  // namespace
}  // namespace seed::session

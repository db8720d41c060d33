#include "core/session/queueing.h"

#include "tests/support/catch.h"

namespace seed::session {
namespace {

QueueEntry entry(std::int64_t position, torrent::QueueFacts facts) { return {position, facts}; }

constexpr torrent::QueueFacts downloading{.running = true};
constexpr torrent::QueueFacts seeding{.running = true, .done = true};

TEST_CASE("the first of the queue run, in the order of their positions") {
  const std::vector<QueueEntry> entries{entry(2, downloading), entry(0, downloading),
                                        entry(1, downloading)};
  const auto allowed = plan_queue(entries, {.downloads = 2});
  CHECK(allowed == std::vector<bool>{false, true, true});
}

TEST_CASE("a queue that is off lets everybody run") {
  const std::vector<QueueEntry> entries{entry(0, downloading), entry(1, downloading)};
  CHECK(plan_queue(entries, {.downloads_limited = false, .downloads = 0}) ==
        std::vector<bool>{true, true});
}

TEST_CASE("downloads and seeds have queues of their own") {
  const std::vector<QueueEntry> entries{entry(0, downloading), entry(1, seeding),
                                        entry(2, seeding)};
  CHECK(plan_queue(entries, {.downloads = 1, .seeds_limited = true, .seeds = 1}) ==
        std::vector<bool>{true, true, false});
}

TEST_CASE("a stalled torrent runs and takes no place") {
  auto stalled = downloading;
  stalled.stalled = true;
  const std::vector<QueueEntry> entries{entry(0, stalled), entry(1, downloading),
                                        entry(2, downloading)};
  CHECK(plan_queue(entries, {.downloads = 1}) == std::vector<bool>{true, true, false});
}

TEST_CASE("a torrent that is still to be checked takes no place") {
  auto checking = downloading;
  checking.checking = true;
  const std::vector<QueueEntry> entries{entry(0, checking), entry(1, downloading),
                                        entry(2, downloading)};
  CHECK(plan_queue(entries, {.downloads = 1}) == std::vector<bool>{true, true, false});
}

TEST_CASE("one started past the queue runs and takes a place") {
  auto forced = downloading;
  forced.forced = true;
  const std::vector<QueueEntry> entries{entry(0, downloading), entry(1, forced)};
  CHECK(plan_queue(entries, {.downloads = 1}) == std::vector<bool>{false, true});
}

TEST_CASE("what does not want to run does not") {
  const std::vector<QueueEntry> entries{entry(0, {}), entry(1, downloading)};
  CHECK(plan_queue(entries, {.downloads = 1}) == std::vector<bool>{false, true});
}

}  // namespace
}  // namespace seed::session

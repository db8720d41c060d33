#include "core/session/events.h"

#include "core/base/limits.h"
#include "tests/support/catch.h"

namespace seed::session {
namespace {

TEST_CASE("events are fetched once, the oldest first") {
  Events events;
  events.push(TorrentCompleted{1});
  events.push(TorrentRemoved{2});
  const auto got = events.take();
  REQUIRE(got.size() == 2);
  CHECK(std::get<TorrentCompleted>(got[0]).number == 1);
  CHECK(std::get<TorrentRemoved>(got[1]).number == 2);
  CHECK(events.take().empty());
}

TEST_CASE("events that nobody fetches give way to newer ones") {
  Events events;
  for (std::size_t i = 0; i < limits::events_max + 3; ++i)
    events.push(TorrentCompleted{static_cast<TorrentNumber>(i)});
  const auto got = events.take();
  REQUIRE(got.size() == limits::events_max);
  CHECK(std::get<TorrentCompleted>(got[0]).number == 3);
}

TEST_CASE("who fetches events is told of the first, and again after it took them") {
  Events events;
  int told = 0;
  events.on_first([&] { ++told; });
  events.push(TorrentCompleted{1});
  events.push(TorrentCompleted{2});
  CHECK(told == 1);
  (void)events.take();
  CHECK(told == 1);
  events.push(TorrentCompleted{3});
  CHECK(told == 2);
  (void)events.take();
  events.on_first(nullptr);
  events.push(TorrentCompleted{4});
  CHECK(told == 2);
}

}  // namespace
}  // namespace seed::session

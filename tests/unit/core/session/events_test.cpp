#include "core/session/events.h"

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
  for (std::size_t i = 0; i < Events::events_max + 3; ++i)
    events.push(TorrentCompleted{static_cast<TorrentNumber>(i)});
  const auto got = events.take();
  REQUIRE(got.size() == Events::events_max);
  CHECK(std::get<TorrentCompleted>(got[0]).number == 3);
}

}  // namespace
}  // namespace seed::session

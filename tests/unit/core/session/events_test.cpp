#include "core/session/events.h"

#include "core/base/limits.h"
#include "tests/support/catch.h"

namespace seed::session {
namespace {

Event completed(TorrentNumber number) { return TorrentCompleted{{number, {}, "name", {}}}; }
TorrentNumber number_of(const Event& event) { return torrent_of(event)->number; }

TEST_CASE("events are fetched once, the oldest first") {
  Events events;
  events.push(1, completed(1));
  events.push(3, TorrentRemoved{{2, {}, {}, {}}});
  const auto got = events.take();
  REQUIRE(got.size() == 2);
  CHECK(number_of(got[0]) == 1);
  CHECK(std::get<TorrentRemoved>(got[1]).torrent.number == 2);
  CHECK(events.take().empty());
}

TEST_CASE("events that nobody fetches give way to newer ones") {
  Events events;
  for (std::size_t i = 0; i < limits::events_max + 3; ++i)
    events.push(i + 1, completed(static_cast<TorrentNumber>(i)));
  const auto got = events.take();
  REQUIRE(got.size() == limits::events_max);
  CHECK(number_of(got[0]) == 3);
}

TEST_CASE("who fetches events is told of the first, and again after it took them") {
  Events events;
  int told = 0;
  events.on_first([&] { ++told; });
  events.push(1, completed(1));
  events.push(2, completed(2));
  CHECK(told == 1);
  (void)events.take();
  CHECK(told == 1);
  events.push(3, completed(3));
  CHECK(told == 2);
  (void)events.take();
  events.on_first(nullptr);
  events.push(4, completed(4));
  CHECK(told == 2);
}

TEST_CASE("anybody gets what came after a number, whoever took it") {
  Events events;
  events.push(5, completed(1));
  events.push(9, SettingsChanged{{"peer_port"}});
  (void)events.take();
  CHECK(events.since(0).events.size() == 2);
  CHECK(events.since(0).complete);
  REQUIRE(events.since(5).events.size() == 1);
  CHECK(events.since(5).events[0].sequence == 9);
  CHECK(torrent_of(events.since(5).events[0].event) == nullptr);
  CHECK(events.since(9).events.empty());
}

TEST_CASE("who asks for events that are forgotten is told so") {
  Events events;
  for (std::size_t i = 0; i <= limits::events_max; ++i) events.push(10 + i, completed(1));
  CHECK_FALSE(events.since(9).complete);
  CHECK(events.since(10).complete);
  CHECK(events.since(10).events.size() == limits::events_max);
}

}  // namespace
}  // namespace seed::session

#include "core/session/dialing.h"

#include <vector>

#include "tests/support/catch.h"

namespace seed::session {
namespace {

TEST_CASE("torrents that want links take turns") {
  Dialing dialing;
  dialing.want({1, 1});
  dialing.want({2, 1});
  dialing.want({1, 1});
  std::vector<std::uint32_t> dialled;
  CHECK(dialing.give_turns(4, [&](TorrentId id) {
    dialled.push_back(id.slot);
    return true;
  }) == 4);
  CHECK(dialled == std::vector<std::uint32_t>{1, 2, 1, 2});
}

TEST_CASE("one that has nobody to dial loses its place, and costs nothing") {
  Dialing dialing;
  dialing.want({1, 1});
  dialing.want({2, 1});
  CHECK(dialing.give_turns(2, [](TorrentId id) { return id.slot == 2; }) == 2);
  CHECK(dialing.give_turns(9, [](TorrentId) { return false; }) == 0);
  CHECK(dialing.empty());
}

TEST_CASE("one turn of the loop makes so many dials at most") {
  Dialing dialing;
  dialing.want({1, 1});
  CHECK(dialing.give_turns(1000, [](TorrentId) { return true; }) == Dialing::dials_per_turn_max);
}

TEST_CASE("room is what links and dials under way leave") {
  Dialing dialing;
  CHECK(dialing.room(1000) == limits::half_open_max);
  CHECK(dialing.room(3) == 3);
  dialing.on_link_count({1, 1}, 2);
  CHECK(dialing.room(3) == 1);
  dialing.on_link_count({2, 1}, 1);
  CHECK(dialing.room(3) == 0);
  CHECK(dialing.room(2) == 0);
  dialing.on_link_count({1, 1}, -1);
  for (std::size_t i = 0; i < limits::half_open_max; ++i) dialing.on_half_open(1);
  CHECK(dialing.room(1000) == 0);
  dialing.on_half_open(-1);
  CHECK(dialing.room(1000) == 1);
}

TEST_CASE("who has more than its share of the links gives way to who has less") {
  Dialing dialing;
  const auto all = [](TorrentId) { return true; };
  dialing.on_link_count({1, 1}, 3);
  dialing.on_link_count({2, 1}, 5);
  dialing.want({3, 1});
  CHECK_FALSE(dialing.who_gives_way(9, {}, all));
  CHECK(dialing.who_gives_way(8, {}, all) == TorrentId{2, 1});
  CHECK_FALSE(dialing.empty());
  dialing.on_link_count({2, 1}, -3);
  dialing.on_link_count({3, 1}, 3);
  CHECK_FALSE(dialing.who_gives_way(8, {}, all));
}

TEST_CASE("one that waits with its share already has nobody give way") {
  Dialing dialing;
  dialing.on_link_count({1, 1}, 4);
  dialing.on_link_count({2, 1}, 4);
  dialing.want({1, 1});
  CHECK_FALSE(dialing.who_gives_way(8, {}, [](TorrentId) { return true; }));
}

TEST_CASE("those who wait with nobody to dial take no share, and leave the line") {
  Dialing dialing;
  dialing.on_link_count({1, 1}, 7);
  dialing.on_link_count({2, 1}, 1);
  for (std::uint32_t slot = 2; slot < 50; ++slot) dialing.want({slot, 1});
  const auto one = [](TorrentId id) { return id.slot == 2; };
  CHECK(dialing.who_gives_way(8, {}, one) == TorrentId{1, 1});
  std::size_t dialled = 0;
  dialing.give_turns(8, [&](TorrentId) { return ++dialled, false; });
  CHECK(dialled == 1);
}

TEST_CASE("one whose peers come and find no place is made one, and it is kept for a while") {
  Dialing dialing;
  const Instant start{1h};
  const auto none = [](TorrentId) { return false; };
  dialing.on_link_count({1, 1}, 6);
  dialing.on_link_count({2, 1}, 2);
  dialing.on_refused({1, 1}, start);
  CHECK_FALSE(dialing.who_gives_way(8, start, none));
  CHECK_FALSE(dialing.room_for({3, 1}, 8, start));
  dialing.on_refused({3, 1}, start);
  CHECK(dialing.who_gives_way(8, start, none) == TorrentId{1, 1});
  dialing.on_link_count({1, 1}, -1);
  CHECK_FALSE(dialing.who_gives_way(8, start, none));
  SECTION("not for the giver, nor for another with its share") {
    CHECK_FALSE(dialing.room_for({1, 1}, 8, start + 1min));
    CHECK_FALSE(dialing.room_for({2, 1}, 8, start + 1min));
    CHECK(dialing.room_for({3, 1}, 8, start + 1min));
    CHECK(dialing.room_for({1, 1}, 9, start + 1min));
  }
  SECTION("and not for ever") {
    CHECK(dialing.room_for({1, 1}, 8, start + Dialing::refused_for));
    dialing.on_link_count({1, 1}, 1);
    CHECK_FALSE(dialing.who_gives_way(8, start + Dialing::refused_for, none));
  }
  SECTION("until it is taken by one that came") {
    dialing.on_link_count({3, 1}, 1);
    dialing.on_link_count({3, 1}, -1);
    CHECK_FALSE(dialing.room_for({1, 1}, 8, start + 1min));
    dialing.on_link_count({3, 1}, 1);
    dialing.on_came({3, 1});
    dialing.on_link_count({2, 1}, -1);
    CHECK(dialing.room_for({1, 1}, 8, start + 1min));
    // Nobody is known to wait any more.
    dialing.on_link_count({2, 1}, 1);
    CHECK_FALSE(dialing.who_gives_way(8, start, none));
  }
}

TEST_CASE("of torrents whose peers were turned away so many are known at most") {
  Dialing dialing;
  const Instant start{1h};
  const auto none = [](TorrentId) { return false; };
  dialing.on_link_count({1, 1}, 8);
  for (std::uint32_t slot = 2; slot < 2 + Dialing::refused_max; ++slot)
    dialing.on_refused({slot, 1}, start);
  CHECK(dialing.who_gives_way(8, start, none) == TorrentId{1, 1});
  // Beyond: not known, until others have waited long enough.
  dialing.on_refused({5000, 1}, start + 1min);
  CHECK_FALSE(dialing.who_gives_way(8, start + Dialing::refused_for, none));
  dialing.on_refused({5000, 1}, start + Dialing::refused_for);
  CHECK(dialing.who_gives_way(8, start + Dialing::refused_for, none) == TorrentId{1, 1});
}

TEST_CASE("a setting that was lowered is kept at once, by those with most links") {
  Dialing dialing;
  CHECK(dialing.who_is_over(0).empty());
  dialing.on_link_count({1, 1}, 1);
  dialing.on_link_count({2, 1}, 5);
  dialing.on_link_count({3, 1}, 4);
  CHECK(dialing.who_is_over(10).empty());
  std::size_t given = 0;
  for (const auto& giver : dialing.who_is_over(6)) {
    CHECK(giver.torrent != TorrentId{1, 1});
    given += giver.links;
  }
  CHECK(given == 4);
}

}  // namespace
}  // namespace seed::session

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
  CHECK_FALSE(dialing.who_gives_way(9, all));
  const auto giver = dialing.who_gives_way(8, all);
  REQUIRE(giver);
  CHECK(giver->torrent == TorrentId{2, 1});
  CHECK(giver->links == 1);
  CHECK_FALSE(dialing.who_gives_way(8, [](TorrentId) { return false; }));
  dialing.on_link_count({2, 1}, -3);
  dialing.on_link_count({3, 1}, 3);
  CHECK_FALSE(dialing.who_gives_way(8, all));
}

TEST_CASE("one that waits with its share already has nobody give way") {
  Dialing dialing;
  dialing.on_link_count({1, 1}, 4);
  dialing.on_link_count({2, 1}, 4);
  dialing.want({1, 1});
  CHECK_FALSE(dialing.who_gives_way(8, [](TorrentId) { return true; }));
}

TEST_CASE("a setting that was lowered is kept by those with most links") {
  Dialing dialing;
  dialing.on_link_count({1, 1}, 3);
  dialing.on_link_count({2, 1}, 5);
  const auto none = [](TorrentId) { return false; };
  const auto giver = dialing.who_gives_way(2, none);
  REQUIRE(giver);
  CHECK(giver->torrent == TorrentId{2, 1});
  CHECK(giver->links == 5);
  dialing.on_link_count({2, 1}, -5);
  CHECK(dialing.who_gives_way(2, none)->links == 1);
}

}  // namespace
}  // namespace seed::session

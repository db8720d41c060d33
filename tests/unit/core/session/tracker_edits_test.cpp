#include "core/session/tracker_edits.h"

#include <fmt/format.h>

#include "core/base/limits.h"
#include "tests/support/catch.h"

namespace seed::session {
namespace {

const tracker::TierList two{{"http://a.example/announce", "http://b.example/announce"},
                            {"udp://c.example:80/announce"}};

/// Ids of the trackers of `two` in their order.
const TrackerUrls ids{{1, two[0][0]}, {2, two[0][1]}, {3, two[1][0]}};

TrackerEdit edit(const SetOrder& order) { return TrackerEdits(order).edit(two, ids); }

std::string numbered(std::size_t number) { return fmt::format("http://t{}.example/a", number); }

std::size_t count_of(const tracker::TierList& tiers) {
  std::size_t count = 0;
  for (const auto& tier : tiers) count += tier.size();
  return count;
}

TEST_CASE("a list has a URL a line and a blank line between tiers") {
  const auto list = parse_tracker_list(
      "\n "
      "http://a.example/announce\r\nhttp://b.example/announce\n\n\nudp://c.example:80/announce\n");
  REQUIRE(list);
  CHECK(*list == two);
  REQUIRE(parse_tracker_list(""));
  CHECK(parse_tracker_list("")->empty());
}

TEST_CASE("a list with a line that is no tracker is refused as a whole") {
  CHECK_FALSE(parse_tracker_list("http://a.example/announce\nftp://b.example/"));
  CHECK_FALSE(parse_tracker_list("udp://c.example/announce"));
  CHECK_FALSE(parse_tracker_list("not a url"));
  SetOrder order;
  order.tracker_list = "not a url";
  CHECK(edit(order).tiers == two);
  REQUIRE(edit(order).error);
  CHECK(edit(order).error->code == OrderErrorCode::tracker_list_invalid);
}

TEST_CASE("of the default trackers those that are none are left out") {
  const auto tiers = default_tracker_list(
      "http://a/announce\nrubbish\nudp://b:1/announce\n\n\nftp://c/\n\nhttps://d/announce");
  CHECK(tiers ==
        tracker::TierList{{"http://a/announce", "udp://b:1/announce"}, {"https://d/announce"}});
  CHECK(default_tracker_list("").empty());
  CHECK(default_tracker_list("nothing at all").empty());
}

TEST_CASE("an order that says nothing changes nothing and is no error") {
  CHECK(edit({}).tiers == two);
  CHECK_FALSE(edit({}).error);
  CHECK_FALSE(TrackerEdits({}).any());
}

TEST_CASE("what is added is a tier of its own, once") {
  SetOrder order;
  order.tracker_add = {"http://d.example/announce", "http://a.example/announce"};
  CHECK_FALSE(edit(order).error);
  REQUIRE(edit(order).tiers.size() == 3);
  CHECK(edit(order).tiers[2] == std::vector<std::string>{"http://d.example/announce"});
  order.tracker_add = {"http://a.example/announce", "rubbish"};
  CHECK(edit(order).tiers == two);
  REQUIRE(edit(order).error);
  CHECK(edit(order).error->code == OrderErrorCode::tracker_list_unchanged);
}

TEST_CASE("a tier that loses its last tracker is gone") {
  SetOrder order;
  order.tracker_remove = {3};
  CHECK(edit(order).tiers == tracker::TierList{two[0]});
  order.tracker_remove = {99};
  CHECK(edit(order).tiers == two);
  CHECK(edit(order).error);
}

TEST_CASE("what is replaced keeps its place") {
  SetOrder order;
  order.tracker_replace = {{2, "http://z.example/announce"}};
  CHECK_FALSE(edit(order).error);
  CHECK(edit(order).tiers[0][1] == "http://z.example/announce");
  order.tracker_replace = {{2, "http://a.example/announce"}};
  CHECK(edit(order).tiers == two);
  CHECK(edit(order).error);
  order.tracker_replace = {{99, "http://z.example/announce"}};
  CHECK(edit(order).error);
}

TEST_CASE("a new list and additions are carried out one after the other") {
  SetOrder order;
  order.tracker_list = "http://n.example/announce";
  order.tracker_add = {"http://m.example/announce"};
  CHECK(edit(order).tiers ==
        tracker::TierList{{"http://n.example/announce"}, {"http://m.example/announce"}});
}

TEST_CASE("no list gets longer than a torrent's may be, however much is given") {
  SetOrder order;
  for (std::size_t i = 0; i < 100'000; ++i) order.tracker_add.push_back(numbered(i));
  const auto added = edit(order);
  CHECK_FALSE(added.error);
  CHECK(count_of(added.tiers) == limits::trackers_per_torrent_max);
  CHECK(TrackerEdits(order).edit(added.tiers, ids).error);
  std::string text;
  for (const auto& url : order.tracker_add) text += url + "\n";
  CHECK(count_of(*parse_tracker_list(text)) == limits::trackers_per_torrent_max);
  CHECK(count_of(default_tracker_list(text)) == limits::trackers_per_torrent_max);
}

TEST_CASE("long orders cost many torrents no more than their own lists are long") {
  SetOrder order;
  for (std::size_t i = 0; i < 20'000; ++i) {
    order.tracker_add.push_back(numbered(i));
    order.tracker_remove.push_back(static_cast<std::int64_t>(i + 100));
    order.tracker_replace.emplace_back(i + 100, numbered(i));
  }
  const TrackerEdits edits(order);
  // Each for each, this would take the better part of an hour.
  for (int torrent = 0; torrent < 100; ++torrent)
    REQUIRE(count_of(edits.edit(two, ids).tiers) == limits::trackers_per_torrent_max);
}

TEST_CASE("an id counts once, however often it is replaced") {
  SetOrder order;
  order.tracker_replace = {{3, "http://y.example/a"}, {3, "http://z.example/a"}};
  CHECK(edit(order).tiers[1] == std::vector<std::string>{"http://y.example/a"});
}

}  // namespace
}  // namespace seed::session

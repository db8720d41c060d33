#include "core/torrent/announcing.h"

#include <variant>

#include "tests/support/catch.h"

namespace seed::torrent {
namespace {

Instant at(Duration since) { return Instant(since); }

tracker::TrackerId first_due(Announcing& announcing) {
  while (const auto event = announcing.machine().next_event())
    if (const auto* due = std::get_if<tracker::Announcer::Due>(&*event); due && !due->scrape)
      return due->tracker;
  FAIL("nothing is due");
  return {};
}

TEST_CASE("announces count from where the torrent was when it started") {
  tracker::TrackerIds ids;
  Announcing announcing(Rng(1), {});
  announcing.set_trackers({{"http://tracker.example/announce"}}, ids, at(0s));
  const AnnounceTotals before{
      .info_hash = {}, .uploaded = 100, .downloaded = 1000, .corrupt = 10, .left = 50};
  announcing.start({.completed_already = false, .by_user = true}, before, at(0s));
  const auto tracker = first_due(announcing);
  const AnnounceTotals now{
      .info_hash = {}, .uploaded = 130, .downloaded = 1001, .corrupt = 10, .left = 49};
  const auto ready = announcing.begin_announce(tracker, now, at(1s));
  REQUIRE(ready);
  CHECK(ready->url == "http://tracker.example/announce");
  CHECK(ready->request.event == tracker::AnnounceEvent::started);
  CHECK(ready->request.uploaded == 30);
  CHECK(ready->request.downloaded == 1);
  CHECK(ready->request.corrupt == 0u);
  CHECK(ready->request.left == 49);
}

TEST_CASE("the session's trackers come behind a torrent's own, each once") {
  const tracker::TierList own{{"http://a/"}, {"http://b/"}};
  CHECK(joined(own, {}) == own);
  CHECK(joined(own, {{"http://b/", "http://c/"}, {"http://a/"}, {"http://c/", "http://d/"}}) ==
        tracker::TierList{{"http://a/"}, {"http://b/"}, {"http://c/"}, {"http://d/"}});
  CHECK(joined({}, {{"http://c/"}}) == tracker::TierList{{"http://c/"}});
}

TEST_CASE("a size that is not known yet is not told as a seed") {
  tracker::TrackerIds ids;
  Announcing announcing(Rng(1), {});
  announcing.set_trackers({{"udp://tracker.example:1/"}}, ids, at(0s));
  announcing.start({.completed_already = false, .by_user = true}, {}, at(0s));
  const auto ready = announcing.begin_announce(first_due(announcing), {}, at(0s));
  REQUIRE(ready);
  CHECK(ready->request.left > 0);
}

TEST_CASE("what a tracker refuses is trouble, until it answers well") {
  tracker::TrackerIds ids;
  Announcing announcing(Rng(1), {});
  announcing.set_trackers({{"http://tracker.example/announce"}}, ids, at(0s));
  announcing.start({.completed_already = true, .by_user = true}, {}, at(0s));
  const auto tracker = first_due(announcing);
  CHECK_FALSE(announcing.trouble());
  REQUIRE(announcing.begin_announce(tracker, {}, at(0s)));
  tracker::AnnounceReply refusal;
  refusal.refusal = tracker::Refusal{"go away", std::nullopt, false};
  announcing.machine().on_announce_done(tracker, refusal, at(1s));
  REQUIRE(announcing.trouble());
  CHECK(announcing.trouble()->is_error);
  CHECK(announcing.trouble()->text == "go away");
}

TEST_CASE("the time away counts towards the next announce of a seed") {
  tracker::TrackerIds ids;
  TorrentRecord record;
  record.tiers = {{"http://tracker.example/announce"}};
  tracker::TrackerMemory memory;
  memory.url = "http://tracker.example/announce";
  memory.until_next = 30min;
  memory.listed = true;
  record.trackers = {memory};
  record.saved = from_unix_seconds(1000);
  Announcing announcing(Rng(1), {});
  announcing.restore(record.tiers, record, ids, at(0s), from_unix_seconds(1000 + 20 * 60));
  announcing.start({.completed_already = true, .by_user = false}, {}, at(0s));
  REQUIRE(announcing.machine().deadline());
  CHECK(*announcing.machine().deadline() >= at(9min));
  CHECK(*announcing.machine().deadline() <= at(11min));
}

}  // namespace
}  // namespace seed::torrent

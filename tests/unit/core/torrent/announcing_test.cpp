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
  const AnnounceTotals before{.info_hash = {},
                              .info_hash_v2 = {},
                              .uploaded = 100,
                              .downloaded = 1000,
                              .corrupt = 10,
                              .left = 50};
  announcing.start({.completed_already = false, .by_user = true}, before, at(0s));
  const auto tracker = first_due(announcing);
  const AnnounceTotals now{.info_hash = {},
                           .info_hash_v2 = {},
                           .uploaded = 130,
                           .downloaded = 1001,
                           .corrupt = 10,
                           .left = 49};
  const auto ready = announcing.begin_announce(tracker, now, at(1s));
  REQUIRE(ready);
  CHECK(ready->url == "http://tracker.example/announce");
  CHECK(ready->request.event == tracker::AnnounceEvent::started);
  CHECK(ready->request.uploaded == 30);
  CHECK(ready->request.downloaded == 1);
  CHECK(ready->request.corrupt == 0u);
  CHECK(ready->request.left == 49);
}

/// One torrent's trackers, and all of them asked; what was uploaded is all that they are told.
struct Several {
  explicit Several(const tracker::TierList& tiers) { set(tiers); }
  static AnnounceTotals totals(std::uint64_t uploaded) {
    AnnounceTotals out;
    out.uploaded = uploaded;
    return out;
  }
  void set(const tracker::TierList& tiers) { announcing.set_trackers(tiers, ids, now); }
  void start(std::uint64_t uploaded) {
    announcing.start({.completed_already = true, .by_user = true}, totals(uploaded), now);
  }
  void stop() { announcing.stop(now); }
  void pass(Duration time) {
    now += time;
    announcing.machine().on_deadline(now);
  }
  /// What is told to whom whose turn has come: "host event octets"; its answer is on its way.
  std::string say(std::uint64_t uploaded) {
    while (const auto event = announcing.machine().next_event()) {
      const auto* due = std::get_if<tracker::Announcer::Due>(&*event);
      if (due == nullptr || due->scrape) continue;
      const auto ready = announcing.begin_announce(due->tracker, totals(uploaded), now);
      if (!ready) continue;
      asked = due->tracker;
      const std::string host = ready->url.substr(7, 1);
      const std::string said(tracker::name_of(ready->request.event));
      return host + (said.empty() ? "" : " " + said) + " " +
             std::to_string(ready->request.uploaded);
    }
    return "";
  }
  void answer(const Result<tracker::AnnounceReply>& reply = tracker::AnnounceReply{}) {
    announcing.machine().on_announce_done(asked, reply, now);
  }
  std::string serve(std::uint64_t uploaded) {
    auto said = say(uploaded);
    if (!said.empty()) answer();
    return said;
  }

  tracker::TrackerIds ids;
  Announcing announcing{Rng(1), {.announce_to_all_tiers = true}};
  tracker::TrackerId asked;
  Instant now{};
};

TEST_CASE("a start that takes a stopped back counts on where the torrent was announced") {
  Several one({{"http://a/"}});
  one.start(100);
  CHECK(one.serve(100) == "a started 0");
  one.stop();
  one.start(150);
  CHECK(one.serve(160) == "a 60");
  one.stop();
  CHECK(one.serve(170) == "a stopped 70");
  one.start(180);
  CHECK(one.serve(185) == "a started 5");
}

TEST_CASE("a stop and a start while an announce is under way count on when it is taken") {
  Several one({{"http://a/"}});
  one.start(100);
  CHECK(one.say(110) == "a started 10");
  one.stop();
  one.start(150);
  one.answer();
  one.pass(24h);
  CHECK(one.say(160) == "a 60");
  one.stop();
  one.start(170);
  one.answer();
  one.stop();
  CHECK(one.serve(180) == "a stopped 80");
  one.start(200);
  CHECK(one.say(210) == "a started 10");
  one.stop();
  one.start(220);
  // What was not taken is said anew, and counts from the new start.
  one.answer(seed::fail(FaultCode::timed_out, "no answer"));
  one.pass(1h);
  CHECK(one.serve(230) == "a started 10");
}

TEST_CASE("of several trackers only those that hear started count anew") {
  Several two({{"http://a/"}, {"http://b/"}, {"http://c/"}});
  two.start(100);
  CHECK(two.serve(100) == "a started 0");
  CHECK(two.serve(100) == "b started 0");
  CHECK(two.serve(100) == "c started 0");
  two.set({{"http://a/"}, {"http://b/"}});
  two.stop();
  CHECK(two.serve(150) == "c stopped 50");
  CHECK(two.serve(150) == "a stopped 50");
  two.start(160);
  CHECK(two.serve(170) == "b 70");
  CHECK(two.serve(170) == "a started 10");
}

TEST_CASE("a tracker that leaves the list hears stopped in the counts it was told before") {
  Several two({{"http://a/"}, {"http://b/"}});
  two.start(100);
  CHECK(two.serve(100) == "a started 0");
  CHECK(two.serve(100) == "b started 0");
  two.stop();
  two.set({{"http://b/"}});
  two.start(150);
  CHECK(two.serve(160) == "a stopped 60");
  CHECK(two.serve(160) == "b 60");
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

TEST_CASE("of several trackers the one that refuses is the trouble, before one that warns") {
  tracker::TrackerIds ids;
  Announcing announcing(Rng(1), {.announce_to_all_tiers = true});
  announcing.set_trackers({{"http://a.example/"}, {"http://b.example/"}, {"http://c.example/"}},
                          ids, at(0s));
  announcing.start({.completed_already = true, .by_user = true}, {}, at(0s));
  while (announcing.machine().next_event()) continue;
  const auto trackers = announcing.machine().facts();
  const auto answer = [&](std::size_t which, const tracker::AnnounceReply& reply) {
    REQUIRE(announcing.begin_announce(trackers[which].id, {}, at(1s)));
    announcing.machine().on_announce_done(trackers[which].id, reply, at(1s));
  };
  tracker::AnnounceReply warning;
  warning.warning = "slow down";
  answer(1, warning);
  warning.warning = "first of all";
  answer(0, warning);
  REQUIRE(announcing.trouble());
  CHECK_FALSE(announcing.trouble()->is_error);
  CHECK(announcing.trouble()->text == "first of all");
  tracker::AnnounceReply refusal;
  refusal.refusal = tracker::Refusal{"go away", std::nullopt, false};
  answer(2, refusal);
  CHECK(announcing.trouble()->is_error);
  CHECK(announcing.trouble()->text == "go away");
}

TEST_CASE("a tracker that cannot be reached is no trouble, one that answers rubbish is") {
  tracker::TrackerIds ids;
  Announcing announcing(Rng(1), {});
  announcing.set_trackers({{"http://tracker.example/announce"}}, ids, at(0s));
  announcing.start({.completed_already = true, .by_user = true}, {}, at(0s));
  const auto tracker = first_due(announcing);
  const auto fails = [&](Fault fault, Duration when) {
    // Whatever pause follows a failure is over by then.
    announcing.machine().on_deadline(at(when));
    while (announcing.machine().next_event()) continue;
    REQUIRE(announcing.begin_announce(tracker, {}, at(when)));
    announcing.machine().on_announce_done(tracker, std::unexpected(std::move(fault)), at(when));
  };
  fails({FaultCode::timed_out, 0, "no answer"}, 0s);
  CHECK_FALSE(announcing.trouble());
  fails({FaultCode::refused, ECONNREFUSED, "nobody listens"}, 10h);
  CHECK_FALSE(announcing.trouble());
  fails({FaultCode::refused, 0, "the tracker answered HTTP 403"}, 20h);
  REQUIRE(announcing.trouble());
  CHECK(announcing.trouble()->text == "the tracker answered HTTP 403");
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

TEST_CASE("a torrent that did not start in this run says stopped with nothing transferred") {
  tracker::TrackerIds ids;
  TorrentRecord record;
  record.tiers = {{"http://a/"}};
  record.totals.uploaded = 100;
  record.totals.downloaded = 1000;
  record.totals.corrupt = 10;
  tracker::TrackerMemory memory;
  memory.url = "http://a/";
  memory.listed = true;
  record.trackers = {memory};
  record.saved = from_unix_seconds(1000);
  Announcing announcing(Rng(1), {});
  announcing.restore(record.tiers, record, ids, at(0s), from_unix_seconds(1001));
  announcing.set_trackers({}, ids, at(0s));
  const AnnounceTotals totals{.info_hash = {},
                              .info_hash_v2 = {},
                              .uploaded = 100,
                              .downloaded = 1000,
                              .corrupt = 10,
                              .left = 0};
  const auto ready = announcing.begin_announce(first_due(announcing), totals, at(1s));
  REQUIRE(ready);
  CHECK(ready->request.event == tracker::AnnounceEvent::stopped);
  CHECK(ready->request.uploaded == 0);
  CHECK(ready->request.downloaded == 0);
  CHECK(ready->request.corrupt == 0u);
}

}  // namespace
}  // namespace seed::torrent

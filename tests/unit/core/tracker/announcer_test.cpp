#include "core/tracker/announcer.h"

#include <set>

#include "tests/support/catch.h"
#include "tests/unit/core/tracker/announcer_bench.h"

using namespace announcer_bench;

TEST_CASE("a torrent announces started, then by interval, then stopped with no peers wanted") {
  Bench bench({{a}});
  CHECK_FALSE(bench.take());
  CHECK_FALSE(bench.announcer.deadline());
  bench.start();
  const auto first = bench.take();
  REQUIRE(first);
  CHECK(first->url == a);
  CHECK(first->event == AnnounceEvent::started);
  CHECK(first->numwant == 80);
  bench.reply(*first, good());
  CHECK_FALSE(bench.take());
  CHECK(bench.announcer.deadline() == bench.now + 30min);
  bench.pass(30min - 1s);
  CHECK(bench.serve().empty());
  bench.pass(1s);
  const auto second = bench.take();
  REQUIRE(second);
  CHECK(second->event == AnnounceEvent::none);
  CHECK(second->key == first->key);
  bench.reply(*second, good());
  bench.stop();
  const auto last = bench.take();
  REQUIRE(last);
  CHECK(last->event == AnnounceEvent::stopped);
  CHECK(last->numwant == 0);
  CHECK_FALSE(bench.announcer.quiet());
  bench.reply(*last, good());
  CHECK(bench.announcer.quiet());
  bench.pass(24h);
  CHECK(bench.serve().empty());
}

TEST_CASE("an interval of one second is honoured") {
  Bench bench({{a}});
  bench.start();
  bench.serve(good(1s));
  for (int i = 0; i < 5; ++i) {
    CHECK(bench.serve().empty());
    bench.pass(1s);
    CHECK(bench.serve(good(1s)) == "a");
  }
  bench.pass(1s);
  bench.serve(good(0s));
  CHECK(bench.announcer.deadline() == bench.now + 1s);
}

TEST_CASE("after our network was away trackers hear of us at once, whatever they asked for") {
  Bench bench({{a}});
  bench.start();
  AnnounceReply reply = good(30min);
  reply.min_interval = 20min;
  CHECK(bench.serve(reply) == "a started");
  bench.renew();
  CHECK(bench.serve(reply) == "a");
  CHECK(bench.serve().empty());
  CHECK(bench.announcer.deadline() == bench.now + 30min);
  // Nor is a back-off waited for.
  bench.pass(30min);
  CHECK(bench.serve(dead) == "a");
  CHECK(bench.serve().empty());
  bench.renew();
  CHECK(bench.serve() == "a");
  bench.stop();
  CHECK(bench.serve() == "a stopped");
  bench.renew();
  CHECK(bench.serve().empty());
}

TEST_CASE("a min interval above the interval is the interval") {
  Bench bench({{a}});
  bench.start();
  AnnounceReply reply = good(1min);
  reply.min_interval = 5min;
  bench.serve(reply);
  CHECK(bench.announcer.deadline() == bench.now + 5min);
}

TEST_CASE("completed is said once, after started, and never for a torrent that began complete") {
  Bench bench({{a}});
  bench.start();
  bench.completed();
  bench.completed();
  CHECK(bench.serve() == "a started");
  CHECK(bench.serve() == "a completed");
  bench.completed();
  CHECK(bench.serve().empty());
  bench.stop();
  CHECK(bench.serve() == "a stopped");
  bench.start();
  CHECK(bench.serve() == "a started");
  bench.completed();
  CHECK(bench.serve().empty());

  Bench seed({{a}});
  seed.start({.completed_already = true});
  CHECK(seed.serve() == "a started");
  seed.completed();
  CHECK(seed.serve().empty());
}

TEST_CASE("a failed completed is said again, and only until it is heard") {
  Bench bench({{a}});
  bench.start();
  bench.serve();
  bench.completed();
  CHECK(bench.serve(dead) == "a completed");
  bench.pass(20s);
  CHECK(bench.serve() == "a completed");
  bench.pass(30min);
  CHECK(bench.serve() == "a");
}

TEST_CASE("a completed that nobody heard before the stop is said after the next start") {
  Bench bench({{a}});
  bench.start();
  bench.serve();
  bench.completed();
  bench.stop();
  CHECK(bench.serve(dead) == "a completed");
  CHECK(bench.serve() == "a stopped");
  bench.start({.completed_already = true});
  CHECK(bench.serve() == "a started");
  CHECK(bench.serve() == "a completed");
  bench.pass(30min);
  CHECK(bench.serve() == "a");
}

TEST_CASE("completed is said once over restarts, also when the data had to be mended") {
  Bench bench({{a}});
  bench.start();
  bench.serve();
  bench.completed();
  CHECK(bench.announcer.completed_memory() == CompletedMemory{.said = true, .unheard = true});
  const auto killed = bench.announcer.completed_memory();
  CHECK(bench.serve() == "a completed");
  CHECK(bench.announcer.completed_memory() == CompletedMemory{.said = true, .unheard = false});

  Bench mended({{a}});
  mended.announcer.restore_completed(bench.announcer.completed_memory());
  mended.start();
  CHECK(mended.serve() == "a started");
  mended.completed();
  CHECK(mended.serve().empty());

  Bench owing({{a}});
  TrackerMemory kept;
  kept.url = a;
  kept.until_next = 20min;
  kept.listed = true;
  owing.announcer.restore({kept}, owing.now);
  owing.announcer.restore_completed(killed);
  CHECK(owing.announcer.completed_memory() == killed);
  owing.start({.completed_already = true});
  CHECK(owing.serve() == "a started");
  CHECK(owing.serve() == "a completed");
}

TEST_CASE("a torrent that completes after its stop says so while it may, or after the next start") {
  Bench bench({{a}});
  bench.start();
  bench.serve();
  bench.stop();
  bench.completed();
  CHECK(bench.serve() == "a completed");
  CHECK(bench.serve() == "a stopped");
  CHECK(bench.announcer.quiet());

  Bench late({{a}});
  late.start();
  late.serve();
  late.stop();
  CHECK(late.serve() == "a stopped");
  late.completed();
  CHECK(late.serve().empty());
  CHECK(late.announcer.quiet());
  CHECK(late.announcer.completed_memory() == CompletedMemory{.said = true, .unheard = true});
  late.start({.completed_already = true});
  CHECK(late.serve() == "a started");
  CHECK(late.serve() == "a completed");
}

TEST_CASE("a torrent that completes and stops at once says completed and then stopped") {
  Bench bench({{a}});
  bench.start();
  bench.serve();
  bench.completed();
  bench.stop();
  CHECK(bench.serve() == "a completed");
  CHECK(bench.serve() == "a stopped");
  CHECK(bench.announcer.quiet());
}

TEST_CASE("a torrent that stops with a failing completed still says stopped") {
  Bench bench({{a}});
  bench.start();
  bench.serve();
  bench.completed();
  bench.stop();
  CHECK(bench.serve(dead) == "a completed");
  CHECK(bench.serve(dead) == "a stopped");
  CHECK(bench.announcer.quiet());
}

TEST_CASE("stopped is said only where started was accepted") {
  Bench bench({{a}});
  bench.start();
  CHECK(bench.serve(dead) == "a started");
  bench.stop();
  CHECK(bench.serve().empty());
  CHECK(bench.announcer.quiet());

  Bench refusing({{a}});
  refusing.start();
  CHECK(refusing.serve(refused("no")) == "a started");
  refusing.stop();
  CHECK(refusing.serve().empty());
}

TEST_CASE("a stop while started is under way waits for its answer") {
  for (const bool accepted : {true, false}) {
    Bench bench({{a}});
    bench.start();
    const auto started = bench.take();
    bench.stop();
    CHECK_FALSE(bench.take());
    CHECK_FALSE(bench.announcer.quiet());
    bench.reply(*started, accepted ? Result<AnnounceReply>(good()) : dead);
    CHECK(bench.serve() == (accepted ? "a stopped" : ""));
    CHECK(bench.announcer.quiet());
  }
}

TEST_CASE("a started that was called off may have been heard, and is followed by stopped") {
  Bench bench({{a}});
  bench.start();
  const auto started = bench.take();
  REQUIRE(started);
  bench.stop();
  bench.reply(*started, seed::fail(FaultCode::cancelled, "the session ends"));
  CHECK(bench.serve() == "a stopped");
  CHECK(bench.announcer.quiet());
}

TEST_CASE("a stop before the first turn takes the turn back") {
  Bench bench({{a}});
  bench.start();
  REQUIRE(bench.due.size() == 1);
  bench.stop();
  CHECK(bench.withdrawn.size() == 1);
  CHECK(bench.announcer.quiet());
  CHECK_FALSE(bench.announcer.begin_announce(bench.due[0].tracker, bench.now));
}

TEST_CASE("a start right after a stop says started again after stopped was heard") {
  Bench bench({{a}});
  bench.start();
  bench.serve();
  bench.stop();
  const auto stopped = bench.take();
  bench.start();
  CHECK_FALSE(bench.take());
  bench.reply(*stopped, good());
  CHECK(bench.serve() == "a started");
}

TEST_CASE("a start before stopped went out goes on as if nothing was") {
  Bench bench({{a}});
  bench.start();
  bench.serve();
  bench.stop();
  bench.start();
  CHECK(bench.withdrawn.size() == 1);
  CHECK(bench.serve() == "a");
  CHECK(bench.serve().empty());
}

TEST_CASE("a lost stopped is not said again") {
  Bench bench({{a}});
  bench.start();
  bench.serve();
  bench.stop();
  CHECK(bench.serve(dead) == "a stopped");
  bench.pass(1h);
  CHECK(bench.serve().empty());
}

TEST_CASE("failures back off up to an hour, with jitter") {
  Bench bench({{a}});
  bench.start();
  const Duration steps[] = {15s, 30s, 1min, 2min, 5min, 15min, 30min, 60min, 60min, 60min};
  bool jittered = false;
  for (const Duration step : steps) {
    CHECK(bench.serve(dead) == "a started");
    CHECK(bench.serve().empty());
    REQUIRE(bench.announcer.deadline());
    const Duration wait = *bench.announcer.deadline() - bench.now;
    CHECK(wait >= step);
    CHECK(wait <= step + step / 4);
    jittered |= wait != step;
    bench.pass(wait);
  }
  CHECK(jittered);
  CHECK(bench.serve() == "a started");
  bench.pass(30min);
  CHECK(bench.serve(dead) == "a");
  CHECK(*bench.announcer.deadline() - bench.now < 20s);
}

TEST_CASE("a refusal is a failure and its text is shown") {
  Bench bench({{a}});
  bench.start();
  bench.serve(refused("torrent not registered"));
  const auto facts = bench.facts(a);
  CHECK_FALSE(facts.announce.succeeded);
  CHECK(facts.refused);
  CHECK(facts.announce.result == "torrent not registered");
  CHECK(facts.announce.state == AskState::waiting);
}

TEST_CASE("a warning is not a failure") {
  Bench bench({{a}});
  bench.start();
  AnnounceReply reply = good();
  reply.warning = "use https";
  bench.serve(reply);
  const auto facts = bench.facts(a);
  CHECK(facts.announce.succeeded);
  CHECK(facts.announce.result == "Success");
  CHECK(facts.warning == "use https");
  CHECK(bench.announcer.deadline() == bench.now + 30min);
}

TEST_CASE("retry in is honoured to the minute, by hand too") {
  Bench bench({{a}});
  bench.start();
  AnnounceReply reply = refused("busy");
  reply.refusal->retry_in = 90min;
  bench.serve(reply);
  CHECK(bench.announcer.deadline() == bench.now + 90min);
  bench.announcer.reannounce(bench.now);
  bench.drain();
  CHECK(bench.serve().empty());
  bench.pass(90min);
  CHECK(bench.serve() == "a started");
}

TEST_CASE("a tracker that says never is not asked again until a user starts the torrent") {
  Bench bench({{a}});
  bench.start();
  AnnounceReply reply = refused("banned");
  reply.refusal->never = true;
  bench.serve(reply);
  CHECK_FALSE(bench.announcer.deadline());
  bench.announcer.reannounce(bench.now);
  bench.pass(24h);
  CHECK(bench.serve().empty());
  CHECK(bench.facts(a).announce.state == AskState::inactive);
  bench.stop();
  bench.start();
  CHECK(bench.serve().empty());
  bench.stop();
  bench.start({.by_user = true});
  CHECK(bench.serve() == "a started");
}

TEST_CASE("the next tracker of the tier is tried at once, and the one that works comes first") {
  Bench bench({{a, b, c}});
  bench.start();
  const std::string first = bench.serve(dead);
  const std::string second = bench.serve(dead);
  const std::string third = bench.serve();
  CHECK(std::set{first, second, third} ==
        std::set<std::string>{"a started", "b started", "c started"});
  CHECK(bench.serve().empty());
  bench.pass(30min);
  CHECK(bench.serve() == third.substr(0, 1));
}

TEST_CASE("the trackers of a tier are asked in random order") {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    Bench bench({{a, b, c}}, {}, seed);
    bench.start();
    seen.insert(bench.serve());
  }
  CHECK(seen.size() == 3);
}

TEST_CASE(
    "the next tier is asked only when all of a tier failed, and the first one first each time") {
  Bench bench({{a}, {b}, {c}});
  bench.start();
  CHECK(bench.serve(dead) == "a started");
  CHECK(bench.serve() == "b started");
  CHECK(bench.serve().empty());
  bench.pass(30min);
  CHECK(bench.serve() == "a started");
  CHECK(bench.serve().empty());
  bench.stop();
  const std::set<std::string> last = {bench.serve(), bench.serve()};
  CHECK(last == std::set<std::string>{"a stopped", "b stopped"});
}

TEST_CASE("dead trackers that are slow to fail do not keep a good one from its turn") {
  Bench bench({{a}, {b}, {c}});
  bench.pass(1h);
  bench.start();
  for (const auto* name : {"a started", "b started"}) {
    const auto announce = bench.take();
    REQUIRE(announce);
    CHECK(announce->url.substr(7, 1) + " started" == name);
    bench.pass(30s);  // longer than the first back-off, so the one before may be asked again
    bench.reply(*announce, dead);
  }
  CHECK(bench.serve(good(1min)) == "c started");
  bench.pass(1min);
  CHECK(bench.serve() == "a started");
}

TEST_CASE("when all trackers fail the earliest back-off ends the wait") {
  Bench bench({{a}, {b}});
  bench.start();
  CHECK(bench.serve(dead) == "a started");
  CHECK(bench.serve(dead) == "b started");
  CHECK(bench.serve().empty());
  REQUIRE(bench.announcer.deadline());
  bench.pass(*bench.announcer.deadline() - bench.now);
  CHECK_FALSE(bench.serve(dead).empty());
}

TEST_CASE("with announce_to_all_tiers each tier is asked, one tracker of each") {
  Bench bench({{a, b}, {c}}, {.announce_to_all_tiers = true});
  bench.start();
  const std::set<std::string> first = {bench.serve(), bench.serve()};
  CHECK(bench.serve().empty());
  CHECK(first.contains("c started"));
  bench.completed();
  CHECK(bench.serve().ends_with("completed"));
  CHECK(bench.serve().ends_with("completed"));
  bench.stop();
  CHECK(bench.serve().ends_with("stopped"));
  CHECK(bench.serve().ends_with("stopped"));
  CHECK(bench.serve().empty());
}

TEST_CASE("announcing by hand respects the min interval") {
  Bench bench({{a}});
  bench.start();
  AnnounceReply reply = good();
  reply.min_interval = 5min;
  bench.serve(reply);
  bench.pass(1min);
  bench.announcer.reannounce(bench.now);
  bench.drain();
  CHECK(bench.serve().empty());
  CHECK(bench.announcer.deadline() == bench.now + 4min);
  bench.pass(4min);
  REQUIRE(bench.due.size() == 1);
  CHECK(bench.due[0].urgency == Urgency::user);
  CHECK(bench.serve(reply) == "a");
  bench.pass(6min);
  bench.announcer.reannounce(bench.now);
  bench.drain();
  CHECK(bench.serve() == "a");
}

TEST_CASE("announcing by hand does not wait for our own back-off") {
  Bench bench({{a}});
  bench.start();
  for (int i = 0; i < 6; ++i) {
    bench.serve(dead);
    bench.pass(*bench.announcer.deadline() - bench.now);
  }
  bench.serve(dead);
  bench.announcer.reannounce(bench.now);
  bench.drain();
  CHECK(bench.serve() == "a started");
}

TEST_CASE("a tracker id is sent back until another comes") {
  Bench bench({{a}});
  bench.start();
  AnnounceReply reply = good(1min);
  reply.tracker_id = "xyz";
  bench.serve(reply);
  bench.pass(1min);
  const auto second = bench.take();
  CHECK(second->tracker_id == "xyz");
  bench.reply(*second, good(1min));
  bench.pass(1min);
  CHECK(bench.take()->tracker_id == "xyz");
}

TEST_CASE("an order fills its part of the request") {
  AnnounceRequest request;
  Announcer::Announce{{1}, a, AnnounceEvent::completed, 7, 8, "id"}.apply_to(request);
  CHECK(request.event == AnnounceEvent::completed);
  CHECK(request.numwant == 7U);
  CHECK(request.key == 8);
  CHECK(request.tracker_id == "id");
}

TEST_CASE("a URL that goes hears stopped, one that stays notices nothing") {
  Bench bench({{a}});
  bench.start();
  bench.serve();
  const TrackerId id = bench.facts(a).id;
  bench.set({{a}, {b}});
  CHECK(bench.serve().empty());
  CHECK(bench.facts(a).id == id);
  bench.set({{b}});
  CHECK(bench.announcer.facts().size() == 1);
  const std::set<std::string> said = {bench.serve(), bench.serve()};
  CHECK(said == std::set<std::string>{"a stopped", "b started"});
  CHECK(bench.serve().empty());
}

TEST_CASE("a URL that goes while it is asked is let go when the answer is there") {
  Bench bench({{a}});
  bench.start();
  const auto started = bench.take();
  bench.set({});
  bench.reply(*started, good());
  CHECK(bench.serve() == "a stopped");
  CHECK_FALSE(bench.announcer.deadline());
  bench.set({{a}});
  CHECK(bench.serve() == "a started");
  bench.set({});
  bench.reply(*started, good());
}

TEST_CASE("trackers given to a torrent without any are asked at once") {
  Bench bench({});
  bench.start();
  CHECK_FALSE(bench.announcer.deadline());
  bench.set({{a}});
  CHECK(bench.serve() == "a started");
}

TEST_CASE("trackers of schemes that we do not speak are shown and not asked") {
  Bench bench({{"wss://w.example/announce"}, {a}});
  bench.start();
  CHECK(bench.serve(dead) == "a started");
  CHECK(bench.serve().empty());
  CHECK(bench.announcer.facts().size() == 2);
}

TEST_CASE("switching to all tiers asks the tiers that were not in use") {
  Bench bench({{a}, {b}});
  bench.start();
  bench.serve();
  bench.announcer.set_options({.announce_to_all_tiers = true}, bench.now);
  bench.drain();
  CHECK(bench.serve() == "b started");
  CHECK(bench.serve().empty());
  bench.announcer.set_options({}, bench.now);
  bench.drain();
  CHECK(bench.serve().empty());
  bench.pass(30min);
  CHECK(bench.serve() == "a");
}

TEST_CASE("urgency says who waits for it") {
  Bench bench({{a}});
  bench.start();
  CHECK(bench.due.back().urgency == Urgency::routine);
  CHECK(bench.due.back().host == "a.example:80");
  bench.completed();
  CHECK(bench.due.back().urgency == Urgency::event);
  bench.serve();
  bench.serve();
  bench.stop();
  CHECK(bench.due.back().urgency == Urgency::event);
  bench.serve();
  bench.start({.by_user = true});
  CHECK(bench.due.back().urgency == Urgency::user);
}

TEST_CASE("a turn that is refused because the host is down counts as a failure") {
  Bench bench({{a}, {b}});
  bench.start();
  bench.announcer.on_announce_done(bench.due[0].tracker, fail(FaultCode::unreachable, "down"),
                                   bench.now);
  bench.drain();
  CHECK(bench.serve() == "b started");
  CHECK(bench.facts(a).announce.result == "down");
}

// What an Announcer scrapes, shows and remembers.
#include "core/tracker/announcer.h"

#include "tests/support/catch.h"
#include "tests/unit/core/tracker/announcer_bench.h"

using namespace announcer_bench;

TEST_CASE("trackers are scraped only where announces give no counts, and at most each 30 min") {
  AnnounceReply bare = good(1h);
  bare.seeders.reset();
  Bench bench({{a}});
  bench.start();
  bench.serve(bare);
  REQUIRE(bench.due.size() == 1);
  CHECK(bench.due[0].scrape);
  CHECK(bench.due[0].urgency == Urgency::scrape);
  const auto scrape = bench.announcer.begin_scrape(bench.due[0].tracker, bench.now);
  REQUIRE(scrape);
  CHECK(scrape->url == "http://a.example/scrape");
  ScrapeReply reply;
  reply.entries = {{Sha1{}, {5U, 6U, 7U, 8U}}};
  bench.announcer.on_scrape_done(scrape->tracker, reply, Sha1{}, bench.now);
  CHECK(bench.facts(a).counts == ScrapeCounts{5U, 6U, 7U, 8U});
  CHECK(bench.facts(a).scrape.succeeded);
  CHECK(bench.facts(a).scrape.next == bench.now + 30min);
  bench.due.clear();
  bench.pass(30min);
  CHECK(bench.due.size() == 1);
  REQUIRE(bench.announcer.begin_scrape(bench.due[0].tracker, bench.now));
  bench.announcer.on_scrape_done(bench.due[0].tracker, fail(FaultCode::timed_out, "late"), Sha1{},
                                 bench.now);
  CHECK(bench.facts(a).scrape.timed_out);
  CHECK(bench.facts(a).scrape.result == "late");
  CHECK(bench.facts(a).counts.seeders == 5U);

  Bench counted({{a}});
  counted.start();
  counted.serve();
  CHECK(counted.due.empty());
  CHECK(counted.facts(a).counts.leechers == 2U);
}

TEST_CASE("a min request interval of a scrape above ours is kept") {
  AnnounceReply bare = good(24h);
  bare.seeders.reset();
  Bench bench({{a}});
  bench.start();
  bench.serve(bare);
  REQUIRE(bench.announcer.begin_scrape(bench.due[0].tracker, bench.now));
  ScrapeReply reply;
  reply.min_interval = 2h;
  bench.announcer.on_scrape_done(bench.due[0].tracker, reply, Sha1{}, bench.now);
  CHECK(bench.facts(a).scrape.next == bench.now + 2h);
}

TEST_CASE("facts follow an announce through its states") {
  Bench bench({{a}, {b}});
  CHECK(bench.facts(a).announce.state == AskState::inactive);
  bench.start();
  CHECK(bench.facts(a).announce.state == AskState::queued);
  CHECK(bench.facts(b).is_backup);
  bench.pass(2s);
  const auto announce = bench.take();
  CHECK(bench.facts(a).announce.state == AskState::active);
  CHECK_FALSE(bench.facts(a).announce.has_happened());
  bench.now += 3s;
  AnnounceReply reply = good();
  reply.peers.resize(4);
  bench.reply(*announce, reply);
  const auto facts = bench.facts(a);
  CHECK(facts.announce.state == AskState::waiting);
  CHECK(facts.announce.next == bench.now + 30min);
  CHECK(facts.announce.last_start == Instant{2s});
  CHECK(facts.announce.last_done == Instant{5s});
  CHECK(facts.last_peers == 4);
  CHECK(facts.announce.succeeded);
  CHECK_FALSE(facts.is_backup);
  CHECK(bench.facts(b).announce.state == AskState::inactive);
}

TEST_CASE("a seed that its tracker lists keeps its next announce across a restart") {
  Bench before({{a}});
  before.start({.completed_already = true});
  before.serve();
  before.pass(10min);
  const auto memory = before.announcer.memory(before.now);
  REQUIRE(memory.size() == 1);
  CHECK(memory[0].until_next == 20min);

  Bench after({{a}});
  after.announcer.restore(memory, after.now);
  after.start({.completed_already = true});
  CHECK(after.serve().empty());
  CHECK(after.announcer.deadline() == after.now + 20min);
  after.pass(5min);
  CHECK(after.announcer.memory(after.now).at(0).until_next == 15min);
  after.pass(15min);
  CHECK(after.serve() == "a started");
}

namespace {

/// A run after one that was killed while its tracker listed the torrent.
struct After : Bench {
  explicit After(const TierList& tiers) : Bench(tiers) {
    TrackerMemory kept;
    kept.url = a;
    kept.until_next = 20min;
    kept.listed = true;
    announcer.restore({kept}, now);
  }
};

}  // namespace

TEST_CASE(
    "a torrent that is listed since before a restart and not yet asked for says stopped once") {
  for (const bool seed : {true, false}) {
    After after({{a}});
    after.start({.completed_already = seed});
    after.stop();
    CHECK_FALSE(after.announcer.quiet());
    CHECK(after.serve() == "a stopped");
    CHECK(after.announcer.quiet());
    CHECK_FALSE(after.announcer.memory(after.now).at(0).listed);
    after.start({.completed_already = seed});
    CHECK(after.serve() == "a started");
  }
  After lost({{a}});
  lost.start({.completed_already = true});
  lost.stop();
  CHECK(lost.serve(dead) == "a stopped");
  CHECK(lost.announcer.quiet());

  After down({{a}});
  down.start({.completed_already = true});
  down.stop();
  down.announcer.on_announce_done(down.due.at(0).tracker, fail(FaultCode::unreachable, "down"),
                                  down.now);
  CHECK(down.announcer.quiet());
  CHECK_FALSE(down.announcer.memory(down.now).at(0).listed);
  CHECK(down.serve().empty());
}

TEST_CASE("a torrent that is listed since before a restart says no completed before started") {
  After after({{a}});
  after.announcer.restore_completed({.said = true, .unheard = true});
  after.start({.completed_already = true});
  after.stop();
  CHECK(after.serve() == "a stopped");
  CHECK(after.serve().empty());
  CHECK(after.announcer.completed_memory().unheard);
}

TEST_CASE("a start that takes back the stopped of a run before says started") {
  After after({{a}});
  after.start({.completed_already = true});
  after.stop();
  after.start({.completed_already = true});
  CHECK(after.serve() == "a started");
  CHECK(after.serve().empty());
}

TEST_CASE("a URL that goes after a restart hears stopped where it lists the torrent still") {
  After after({{a}, {b}});
  after.start({.completed_already = true});
  after.set({{b}});
  CHECK(after.serve() == "b started");
  CHECK(after.serve() == "a stopped");
  CHECK(after.serve().empty());
}

TEST_CASE("a torrent that still downloads announces at once after a restart") {
  AnnounceReply reply = good();
  reply.min_interval = 5min;
  Bench before({{a}});
  before.start();
  before.serve(reply);
  before.pass(1min);
  const auto memory = before.announcer.memory(before.now);

  Bench after({{a}});
  after.announcer.restore(memory, after.now);
  after.start();
  CHECK(after.serve() == "a started");
}

TEST_CASE("a back-off and a never outlive a restart, absurd memories do not") {
  Bench before({{a}, {b}});
  before.start();
  before.serve(dead);
  AnnounceReply banned = refused("banned");
  banned.refusal->never = true;
  before.serve(banned);
  auto memory = before.announcer.memory(before.now);
  REQUIRE(memory.size() == 2);

  Bench after({{a}, {b}});
  after.announcer.restore(memory, after.now);
  after.start();
  CHECK(after.serve().empty());
  const auto facts = after.announcer.facts();
  CHECK_FALSE(facts.at(0).refused_for_good);
  CHECK(facts.at(1).refused_for_good);
  CHECK(facts.at(1).announce.result == "The tracker has refused for good");
  after.pass(20s);
  CHECK(after.serve() == "a started");

  memory[0].until_allowed = Duration::max();
  memory[0].failures = 1'000'000;
  memory[1] = {};
  Bench odd({{a}});
  odd.announcer.restore(memory, odd.now);
  odd.start();
  CHECK(odd.announcer.deadline() == odd.now + 24h);
}

TEST_CASE("a torrent that said stopped announces at once after a restart") {
  Bench before({{a}});
  before.start({.completed_already = true});
  AnnounceReply reply = good();
  reply.min_interval = 15min;
  before.serve(reply);
  before.pass(2min);
  before.stop();
  before.serve();
  const auto memory = before.announcer.memory(before.now);

  Bench after({{a}});
  after.announcer.restore(memory, after.now);
  after.start({.completed_already = true});
  CHECK(after.serve() == "a started");
}

TEST_CASE("answers that nobody waits for are ignored") {
  Bench bench({{a}});
  bench.announcer.on_announce_done({1}, good(), bench.now);
  bench.announcer.on_announce_done({77}, good(), bench.now);
  bench.announcer.on_scrape_done({1}, ScrapeReply{}, Sha1{}, bench.now);
  CHECK_FALSE(bench.announcer.begin_announce({1}, bench.now));
  CHECK_FALSE(bench.announcer.begin_scrape({1}, bench.now));
  CHECK_FALSE(bench.facts(a).announce.has_happened());
}

TEST_CASE("a manual announce is allowed when the min interval of who would be asked has passed") {
  Bench bench({{a}});
  const auto allowed = [&] { return bench.announcer.reannounce_at(bench.now); };
  CHECK_FALSE(allowed());
  bench.start();
  CHECK(allowed() == bench.now);
  AnnounceReply reply = good();
  reply.min_interval = 5min;
  bench.serve(reply);
  CHECK(allowed() == bench.now + 5min);
  bench.pass(2min);
  CHECK(allowed() == bench.now + 3min);
  const Instant told = *allowed();
  bench.announcer.reannounce(bench.now);
  CHECK(bench.announcer.deadline() == told);
  CHECK(allowed() == told);
  bench.stop();
  CHECK_FALSE(allowed());
  bench.set({});
  bench.start();
  CHECK_FALSE(allowed());
}

TEST_CASE("without a min interval a manual announce is allowed a minute after the last") {
  Bench bench({{a}});
  bench.start();
  bench.serve(good(30min));
  CHECK(bench.announcer.reannounce_at(bench.now) == bench.now + 1min);
  bench.pass(10min);
  CHECK(bench.announcer.reannounce_at(bench.now) == bench.now);
}

TEST_CASE(
    "of several tiers that announce, the first to allow it says when a manual one is allowed") {
  Bench bench({{a}, {b}}, {.announce_to_all_tiers = true});
  bench.start();
  AnnounceReply late = good();
  late.min_interval = 20min;
  AnnounceReply early = good();
  early.min_interval = 10min;
  bench.serve(late);
  CHECK(bench.announcer.reannounce_at(bench.now) == bench.now);
  bench.serve(early);
  CHECK(bench.announcer.reannounce_at(bench.now) == bench.now + 10min);
}

TEST_CASE(
    "a manual announce waits for what a tracker said of retries, and for no back-off of ours") {
  Bench bench({{a}});
  const auto allowed = [&] { return bench.announcer.reannounce_at(bench.now); };
  bench.start();
  bench.serve(dead);
  REQUIRE(bench.announcer.deadline() > bench.now);
  CHECK(allowed() == bench.now);
  bench.announcer.reannounce(bench.now);
  bench.drain();
  AnnounceReply busy = refused("busy");
  busy.refusal->retry_in = 90min;
  bench.serve(busy);
  CHECK(allowed() == bench.now + 90min);
  bench.pass(90min);
  CHECK(allowed() == bench.now);
  AnnounceReply banned = refused("banned");
  banned.refusal->never = true;
  bench.serve(banned);
  CHECK_FALSE(allowed());
}

TEST_CASE("a manual announce asks another tracker while the first keeps us away") {
  Bench bench({{a}, {b}});
  bench.start();
  AnnounceReply busy = refused("busy");
  busy.refusal->retry_in = 90min;
  CHECK(bench.serve(busy) == "a started");
  AnnounceReply reply = good();
  reply.min_interval = 5min;
  CHECK(bench.serve(reply) == "b started");
  CHECK(bench.announcer.reannounce_at(bench.now) == bench.now + 5min);
}

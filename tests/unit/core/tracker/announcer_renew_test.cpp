// Where others reach us changes while a torrent runs.
#include "tests/unit/core/tracker/announcer_bench.h"

using namespace announcer_bench;

TEST_CASE("where others reach us is told at once, whatever the min interval") {
  Bench bench({{a}});
  bench.start();
  AnnounceReply reply = good();
  reply.min_interval = 20min;
  bench.serve(reply);
  bench.pass(1s);
  bench.announcer.renew(bench.now);
  bench.drain();
  CHECK(bench.serve(reply) == "a");
  CHECK(bench.announcer.deadline() == bench.now + 30min);
}

TEST_CASE("a tracker that was being told of us as we were is told again") {
  Bench bench({{a}});
  bench.start();
  const auto first = bench.take();
  REQUIRE(first);
  bench.announcer.renew(bench.now);
  bench.drain();
  CHECK_FALSE(bench.take());  // one at a time
  bench.reply(*first, good());
  CHECK(bench.serve() == "a");
  CHECK(bench.serve().empty());
  CHECK(bench.announcer.deadline() == bench.now + 30min);
}

TEST_CASE("a torrent that is stopped tells nobody where it is") {
  Bench bench({{a}});
  bench.announcer.renew(bench.now);
  bench.drain();
  CHECK(bench.serve().empty());
}

TEST_CASE("what is called off is said again, by the same tracker and at once") {
  Bench bench({{a, b}});
  bench.start();
  const auto first = bench.take();
  REQUIRE(first);
  bench.reply(*first, seed::fail(FaultCode::cancelled, "by another way"));
  bench.announcer.renew(bench.now);
  bench.drain();
  const auto second = bench.take();
  REQUIRE(second);
  CHECK(second->url == first->url);
  CHECK(second->event == AnnounceEvent::started);
  bench.reply(*second, good());
  CHECK(bench.serve().empty());
  CHECK(bench.announcer.deadline() == bench.now + 30min);
}

TEST_CASE("a started that was called off is followed by stopped, whatever became of its renewal") {
  Bench bench({{a}});
  bench.start();
  bench.reply(*bench.take(), seed::fail(FaultCode::cancelled, "by another way"));
  bench.stop();
  CHECK(bench.serve() == "a stopped");
  CHECK(bench.announcer.quiet());
}

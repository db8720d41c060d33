#include "rpc/call_times.h"

#include "rpc/methods.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::rpc;

TEST_CASE("calls are counted by method, and methods never called are left out") {
  CallTimes times;
  CHECK(times.facts().empty());
  times.of("torrent_get").calls.add(3us);
  times.of("torrent_get").calls.add(5ms);
  times.of("torrent_get").loop.add(1us);
  ++times.of("torrent_get").errors;
  {
    const Stopwatch watch(&times.of("session_get").calls);
  }
  const auto facts = times.facts();
  REQUIRE(facts.size() == 2);
  CHECK(facts[0].method == "torrent_get");
  CHECK(facts[0].calls.count() == 2);
  CHECK(facts[0].calls.sum == 5ms + 3us);
  CHECK(facts[0].loop.count() == 1);
  CHECK(facts[0].errors == 1);
  CHECK(facts[1].method == "session_get");
  CHECK(facts[1].calls.count() == 1);
}

TEST_CASE("every method of the table has its times") {
  CallTimes times;
  for (const Method* method : methods()) times.of(method->name).calls.add(1us);
  CHECK(times.facts().size() == methods().size());
}

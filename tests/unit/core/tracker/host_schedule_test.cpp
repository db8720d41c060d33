#include "core/tracker/host_schedule.h"

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::tracker;

namespace {

RequestKey key(std::uint32_t number) { return {{number, 1}, {number}, false}; }

struct Bench {
  explicit Bench(HostSchedule::Options options = {}) : schedule(Rng(1), options) {}
  HostSchedule schedule;
  Instant now{};

  void want(std::uint32_t number, const std::string& host, Urgency urgency = Urgency::routine) {
    schedule.want(key(number), Carrier::http, host, urgency, now);
  }
  void want_udp(std::uint32_t number, const std::string& host) {
    schedule.want(key(number), Carrier::udp, host, Urgency::routine, now);
  }
  /// All whose turn it is at this instant.
  std::vector<std::uint32_t> ready() {
    std::vector<std::uint32_t> out;
    while (const auto turn = schedule.next_ready(now)) {
      REQUIRE_FALSE(turn->host_is_down);
      out.push_back(turn->key.tracker.value);
    }
    return out;
  }
  void done(std::uint32_t number, bool answered = true) {
    schedule.done(key(number), answered, now);
  }
  /// A host that has answered once.
  void prove(const std::string& host) {
    want(9999, host, Urgency::event);
    REQUIRE(ready() == std::vector<std::uint32_t>{9999});
    done(9999);
  }
};

using Numbers = std::vector<std::uint32_t>;
constexpr HostSchedule::Options no_gaps = {.host_gap = 0s, .gap = 0s};

}  // namespace

TEST_CASE("a host has a bounded number of requests under way") {
  Bench bench(no_gaps);
  bench.prove("a:80");
  for (std::uint32_t i = 0; i < 10; ++i) bench.want(i, "a:80");
  CHECK(bench.ready() == Numbers{0, 1, 2, 3});
  CHECK(bench.schedule.under_way() == limits::announces_per_host_max);
  bench.done(1);
  CHECK(bench.ready() == Numbers{4});
  CHECK(bench.schedule.queued() == 5);
}

TEST_CASE("a host that has not answered yet is asked one at a time") {
  Bench bench(no_gaps);
  for (std::uint32_t i = 0; i < 10; ++i) bench.want(i, "a:80");
  CHECK(bench.ready() == Numbers{0});
  bench.done(0);
  CHECK(bench.ready() == Numbers{1, 2, 3, 4});
}

TEST_CASE("what the user asked for goes first, then events, then the longest due") {
  Bench bench({.per_host = 1, .host_gap = 0s, .gap = 0s});
  bench.want(1, "a:80", Urgency::scrape);
  bench.want(2, "a:80");
  bench.now += 1s;
  bench.want(3, "a:80");
  bench.want(4, "a:80", Urgency::event);
  bench.want(5, "a:80", Urgency::user);
  Numbers order;
  for (int i = 0; i < 5; ++i) {
    const auto next = bench.ready();
    REQUIRE(next.size() == 1);
    order.push_back(next[0]);
    bench.done(next[0]);
  }
  CHECK(order == Numbers{5, 4, 2, 3, 1});
}

TEST_CASE("a request wanted again keeps its place and takes the greater urgency") {
  Bench bench({.per_host = 1, .host_gap = 0s, .gap = 0s});
  bench.want(1, "a:80");
  bench.now += 1s;
  bench.want(2, "a:80");
  bench.want(1, "a:80");
  bench.want(3, "a:80");
  bench.want(3, "a:80", Urgency::event);
  CHECK(bench.schedule.queued() == 3);
  CHECK(bench.ready() == Numbers{3});
  bench.want(3, "a:80");
  bench.done(3);
  CHECK(bench.ready() == Numbers{1});
}

TEST_CASE("thousands of torrents that start at once are spread in time") {
  Bench bench;
  bench.prove("a:80");
  for (std::uint32_t i = 0; i < 1000; ++i) bench.want(i, "a:80");
  std::size_t started = 0;
  const Instant end = bench.now + 10s;
  while (bench.now < end) {
    for (const auto number : bench.ready()) {
      ++started;
      bench.done(number);
    }
    const auto next = bench.schedule.deadline();
    REQUIRE(next);
    REQUIRE(*next > bench.now);
    bench.now = *next;
  }
  CHECK(started == 200);
}

TEST_CASE("urgent requests do not wait for the gaps") {
  Bench bench;
  bench.prove("a:80");
  bench.want(1, "a:80");
  bench.want(2, "a:80");
  bench.want(3, "a:80", Urgency::event);
  bench.want(4, "a:80", Urgency::user);
  CHECK(bench.ready() == Numbers{4, 3, 1});
}

TEST_CASE("dead hosts leave half of the room to those that answer") {
  Bench bench({.http_total = 10, .host_gap = 0s, .gap = 0s});
  bench.prove("live:80");
  for (std::uint32_t i = 0; i < 100; ++i) bench.want(i, "dead" + std::to_string(i) + ":80");
  CHECK(bench.ready().size() == 5);
  for (std::uint32_t i = 200; i < 210; ++i) bench.want(i, "live:80");
  CHECK(bench.ready() == Numbers{200, 201, 202, 203});
}

TEST_CASE("dead HTTP hosts leave most exchanges to those that answer, and some to others") {
  Bench bench(no_gaps);
  for (std::uint32_t host = 0; host < 20; ++host) bench.prove("live" + std::to_string(host));
  for (std::uint32_t i = 0; i < 100; ++i) bench.want(i, "dead" + std::to_string(i) + ":80");
  CHECK(bench.ready().size() <= limits::http_exchanges_max / 2);
  for (std::uint32_t i = 200; i < 300; ++i) bench.want(i, "live" + std::to_string(i % 20));
  bench.ready();
  CHECK(bench.schedule.under_way() < limits::http_exchanges_max);
}

TEST_CASE("hosts that have failed get a quarter of the places, and one never asked need not wait") {
  Bench bench(no_gaps);
  for (std::uint32_t i = 0; i < 12; ++i) bench.want(i, "dead" + std::to_string(i) + ":80");
  CHECK(bench.ready().size() == 12);
  for (std::uint32_t i = 0; i < 12; ++i) bench.done(i, false);
  for (std::uint32_t i = 0; i < 12; ++i) bench.want(i, "dead" + std::to_string(i) + ":80");
  CHECK(bench.ready().size() == 6);
  CHECK(bench.schedule.deadline() == std::nullopt);
  bench.now += 1s;
  for (std::uint32_t i = 100; i < 120; ++i) bench.want(i, "new" + std::to_string(i) + ":80");
  const auto fresh = bench.ready();
  REQUIRE(fresh.size() == 12);
  CHECK(fresh.front() == 100);
  // One that answers makes room for one never asked, one that fails does for no other failed one.
  bench.done(100);
  CHECK(bench.ready() == Numbers{112});
  bench.done(101, false);
  CHECK(bench.ready() == Numbers{113});
  bench.done(0);
  CHECK(bench.ready() == Numbers{6});
  CHECK(bench.schedule.under_way() == 18);
}

TEST_CASE("a host that was never asked goes before one that has failed") {
  Bench bench({.http_total = 1, .host_gap = 0s, .gap = 0s});
  bench.want(1, "dead:80");
  REQUIRE(bench.ready() == Numbers{1});
  bench.done(1, false);
  bench.want(1, "dead:80");
  bench.now += 1s;
  bench.want(2, "new:80");
  CHECK(bench.ready() == Numbers{2});
}

TEST_CASE("UDP trackers do not wait for HTTP ones, nor these for them") {
  Bench bench({.http_total = 4, .udp_total = 100, .host_gap = 0s, .gap = 0s});
  bench.prove("live:80");
  for (std::uint32_t i = 0; i < 10; ++i) bench.want(i, "dead" + std::to_string(i) + ":80");
  CHECK(bench.ready().size() == 2);
  for (std::uint32_t i = 100; i < 200; ++i) bench.want_udp(i, "dead" + std::to_string(i) + ":80");
  CHECK(bench.ready().size() == 50);
  // The same name by the other carrier is another host.
  bench.want_udp(300, "live:80");
  CHECK(bench.ready().empty());
}

TEST_CASE("a host that answers goes before one that may be dead") {
  Bench bench({.http_total = 1, .host_gap = 0s, .gap = 0s});
  bench.prove("live:80");
  bench.want(1, "unknown:80");
  bench.now += 1s;
  bench.want(2, "live:80");
  CHECK(bench.ready() == Numbers{2});
}

TEST_CASE("a dead host refuses at once instead of holding torrents up") {
  Bench bench(no_gaps);
  for (std::uint32_t i = 0; i < 10; ++i) bench.want(i, "dead:80");
  for (std::uint32_t i = 0; i < 3; ++i) {
    CHECK(bench.ready() == Numbers{i});
    bench.now += 30s;
    bench.done(i, false);
  }
  const auto until = bench.schedule.down_until(Carrier::http, "dead:80", bench.now);
  REQUIRE(until);
  CHECK(*until >= bench.now + 15s);
  CHECK(*until <= bench.now + 19s);
  for (std::uint32_t i = 3; i < 10; ++i)
    CHECK(bench.schedule.next_ready(bench.now) == HostSchedule::Turn{key(i), true});
  CHECK_FALSE(bench.schedule.next_ready(bench.now));
  CHECK(bench.schedule.queued() == 0);
  CHECK(bench.schedule.under_way() == 0);

  bench.want(20, "dead:80", Urgency::user);
  CHECK(bench.ready() == Numbers{20});
  bench.done(20, false);

  bench.now = *until;
  bench.want(21, "dead:80");
  bench.want(22, "dead:80");
  CHECK(bench.ready() == Numbers{21});
  bench.done(21, false);
  CHECK(*bench.schedule.down_until(Carrier::http, "dead:80", bench.now) > bench.now + 30s);
  CHECK(bench.schedule.next_ready(bench.now)->host_is_down);

  bench.now += 11min;
  bench.want(23, "dead:80");
  CHECK(bench.ready() == Numbers{23});
  bench.done(23);
  CHECK_FALSE(bench.schedule.down_until(Carrier::http, "dead:80", bench.now));
  for (std::uint32_t i = 30; i < 40; ++i) bench.want(i, "dead:80");
  CHECK(bench.ready().size() == limits::announces_per_host_max);
}

TEST_CASE("a withdrawn request is gone, queued or under way") {
  Bench bench(no_gaps);
  bench.want(1, "a:80");
  bench.want(2, "a:80");
  CHECK(bench.ready() == Numbers{1});
  bench.schedule.withdraw(key(2));
  bench.schedule.withdraw(key(1));
  bench.schedule.withdraw(key(3));
  bench.done(1);
  CHECK(bench.schedule.queued() == 0);
  CHECK(bench.schedule.under_way() == 0);
  bench.want(4, "a:80");
  CHECK(bench.ready() == Numbers{4});
}

TEST_CASE("an announce and a scrape of one torrent are two requests") {
  Bench bench(no_gaps);
  bench.prove("a:80");
  bench.schedule.want({{1, 1}, {1}, false}, Carrier::http, "a:80", Urgency::routine, bench.now);
  bench.schedule.want({{1, 1}, {1}, true}, Carrier::http, "a:80", Urgency::scrape, bench.now);
  CHECK(bench.schedule.queued() == 2);
  CHECK(bench.ready().size() == 2);
}

TEST_CASE("the number of hosts remembered is bounded") {
  Bench bench(no_gaps);
  for (std::uint32_t i = 0; i < hosts_known_max + 500; ++i) {
    bench.want(i, "h" + std::to_string(i) + ":80", Urgency::event);
    REQUIRE(bench.ready() == Numbers{i});
    bench.done(i, false);
  }
  CHECK(bench.schedule.hosts_known() <= hosts_known_max);
}

TEST_CASE("hosts that did not answer while our network was away are not held to be down") {
  Bench bench;
  for (std::uint32_t i = 0; i < 3; ++i) {
    bench.want(i, "dead:80", Urgency::event);
    REQUIRE(bench.ready() == std::vector{i});
    bench.done(i, false);
  }
  REQUIRE(bench.schedule.down_until(Carrier::http, "dead:80", bench.now));
  bench.schedule.forgive();
  CHECK_FALSE(bench.schedule.down_until(Carrier::http, "dead:80", bench.now));
  bench.want(7, "dead:80", Urgency::event);
  CHECK(bench.ready() == std::vector<std::uint32_t>{7});
}

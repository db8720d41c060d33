#include "core/trackerd/tracker.h"

#include "tests/support/catch.h"
#include "tests/unit/core/trackerd/store_bench.h"

using namespace seed;
using namespace seed::trackerd;

namespace {

struct Bench {
  explicit Bench(const Tracker::Options& options = {}) : tracker(some_secret, Rng(1), options) {}

  auto announce(const Announce& one, Instant now = start) {
    ask.announce = one;
    return tracker.announce(ask, Protocol::udp, now);
  }
  RequestCounts counts(Family family = Family::v4) { return tracker.counts(Protocol::udp, family); }
  void fill(int peers) {
    for (int i = 0; i < peers; ++i)
      announce(from("1.2." + std::to_string(i / 200) + "." + std::to_string(i % 200) + ":1"));
  }

  Tracker tracker;
  Tracker::Ask ask;
};

std::size_t peers_told(const std::expected<Tracker::Answer, Refusal>& answer) {
  return endpoints_in(*answer->told).size();
}

}  // namespace

TEST_CASE("as many peers are told as are asked for, by the protocol's room and our own bound") {
  Bench bench;
  bench.fill(300);
  CHECK(peers_told(bench.announce(from("192.0.2.1:1"))) == Tracker::peers_default);
  bench.ask.peers = 3;
  CHECK(peers_told(bench.announce(from("192.0.2.2:1"))) == 3);
  bench.ask.peers = 0;
  CHECK(peers_told(bench.announce(from("192.0.2.3:1"))) == 0);
  bench.ask.peers = 100'000;
  CHECK(peers_told(bench.announce(from("192.0.2.4:1"))) == Tracker::peers_max);
  bench.ask.room = 67;
  CHECK(peers_told(bench.announce(from("192.0.2.5:1"))) == 67);
}

TEST_CASE("who comes too early is told of few, and counted") {
  Bench bench;
  bench.fill(60);
  CHECK(peers_told(bench.announce(from("192.0.2.1:1"))) == 50);
  CHECK(peers_told(bench.announce(from("192.0.2.1:1"), start + 4min)) == Tracker::peers_early);
  CHECK(peers_told(bench.announce(from("192.0.2.1:1"), start + 9min)) == 50);
  CHECK(bench.counts().early == 1);
  CHECK(bench.counts().announces == 63);
}

TEST_CASE("intervals differ by a tenth at most, and are kept within their bounds") {
  Bench bench;
  Duration least = 24h, most{};
  for (int i = 0; i < 200; ++i) {
    const auto answer = bench.announce(from("192.0.2.1:1"));
    least = std::min(least, answer->interval);
    most = std::max(most, answer->interval);
    CHECK(answer->min_interval == 5min);
  }
  CHECK(least >= 27min);
  CHECK(least < 28min);
  CHECK(most <= 30min);
  CHECK(most > 29min);

  Tracker::Options options;
  options.interval = 0s;
  bench.tracker.set_options(options);
  CHECK(bench.tracker.options().interval == Tracker::interval_min);
  const auto answer = bench.announce(from("192.0.2.1:1"));
  CHECK(answer->min_interval == 1min);
  CHECK(answer->interval == 1min);  // never below the least
  options.interval = 1000h;
  options.min_interval = -1s;
  bench.tracker.set_options(options);
  CHECK(bench.tracker.options().interval == Tracker::interval_max);
  CHECK(bench.tracker.options().min_interval == 0s);
}

TEST_CASE("peers are dropped after an interval and a half") {
  Tracker::Options options;
  options.interval = 10min;
  Bench bench(options);
  CHECK(bench.tracker.deadline() == never);
  bench.announce(from("192.0.2.1:1"));
  bench.tracker.on_deadline(start + 14min);
  CHECK(bench.tracker.stats().now.peers[0] == 1);
  bench.tracker.on_deadline(start + 15min);
  CHECK(bench.tracker.stats().now.peers[0] == 0);
  CHECK(bench.tracker.deadline() == never);
}

TEST_CASE("a tracker for listed torrents refuses all others and tells nothing of them") {
  Bench bench;
  bench.announce(from("192.0.2.1:1"));
  Tracker::Options options;
  options.listed_only = true;
  bench.tracker.set_options(options);
  CHECK(bench.announce(from("192.0.2.1:1")).error() == Refusal::not_listed);
  CHECK(bench.tracker.scrape(torrent(1)) == SwarmCounts{});
  bench.tracker.access().add_own(torrent(1));
  CHECK(bench.announce(from("192.0.2.1:1")).has_value());
  CHECK(bench.tracker.scrape(torrent(1)) == SwarmCounts{0, 1, 0});
  CHECK(bench.counts().troubles == std::array<std::uint64_t, troubles_count>{0, 0, 0, 1, 0, 0, 0});
}

TEST_CASE("each refusal has its count and its words") {
  const auto refused = [](SwarmStore::Bounds bounds) {
    Tracker::Options options;
    options.bounds = bounds;
    Bench bench(options);
    const Refusal out = bench.announce(from("[2001:db8::1]:1")).error();
    CHECK(bench.counts(Family::v6).troubles[3 + static_cast<std::size_t>(out)] == 1);
    CHECK(bench.counts(Family::v6).announces == 0);
    return std::string(text_of(out));
  };
  CHECK(refused({.swarms_max = 0}) == "this tracker has no room for another torrent");
  CHECK(refused({.peers_max = 0}) == "this tracker has no room for another peer");
  CHECK(refused({.peers_per_source_max = 0}) ==
        "this tracker has no room for another peer of that address");
  CHECK(text_of(Refusal::not_listed) == "this tracker is not for that torrent");
  CHECK(name_of(Trouble::malformed) == "malformed");
  CHECK(name_of(Trouble::source_full) == "source_full");
}

TEST_CASE("near peers come first where that is wished") {
  Tracker::Options options;
  options.nearest_first = true;
  Bench bench(options);
  bench.fill(100);
  bench.announce(from("192.0.2.1:1"));
  bench.ask.peers = 1;
  const auto answer = bench.announce(from("192.0.2.2:1"));
  CHECK(endpoints_in(*answer->told) == std::set<std::string>{"192.0.2.1:1"});
}

#include "core/lsd/discovery.h"

#include <algorithm>
#include <map>

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::lsd;

namespace {

using PeerFound = Discovery::PeerFound;

Sha1 torrent(std::uint32_t n) {
  Sha1 out;
  store_u32(out.octets, n);
  return out;
}
const Endpoint neighbour = *Endpoint::parse("192.168.1.2:6771");

struct Sent {
  Duration at{};
  Group group = Group::v4;
  Announcement what;
};

/// A client over virtual time that starts at a whole hour.
struct Bench {
  Discovery discovery{Rng(1)};
  Instant start{3600s};
  Instant now = start;
  std::vector<Sent> sent;
  std::vector<PeerFound> found;

  explicit Bench(bool v4 = true, bool v6 = false) {
    discovery.set_groups(v4, v6);
    discovery.set_port(6881);
  }
  void drain() {
    while (auto event = discovery.next_event()) {
      if (const auto* send = std::get_if<Discovery::Send>(&*event)) {
        const auto what = Announcement::parse(send->datagram);
        REQUIRE(what);
        REQUIRE(send->datagram.size() < 1400);
        sent.push_back({now - start, send->group, *what});
      } else {
        found.push_back(std::get<PeerFound>(*event));
      }
    }
  }
  void pass(Duration span) {
    const Instant end = now + span;
    while (discovery.deadline() && *discovery.deadline() <= end) {
      now = std::max(now, *discovery.deadline());
      discovery.on_deadline(now);
      drain();
      REQUIRE((!discovery.deadline() || *discovery.deadline() > now));
    }
    now = end;
  }
  void hear(const Announcement& what, const Endpoint& from = neighbour) {
    discovery.on_datagram(what.encode(Group::v4), from, now);
    drain();
  }
};

}  // namespace

TEST_CASE("a torrent is announced soon after it was added and every five minutes then") {
  Bench bench;
  CHECK_FALSE(bench.discovery.deadline());
  bench.discovery.add(torrent(1), bench.now);
  bench.discovery.add(torrent(1), bench.now);
  bench.pass(1s);
  REQUIRE(bench.sent.size() == 1);
  CHECK(bench.sent[0].group == Group::v4);
  CHECK(bench.sent[0].what.port == 6881);
  CHECK(bench.sent[0].what.info_hashes == std::vector{torrent(1)});
  CHECK(bench.sent[0].what.cookie.size() == 8);
  bench.pass(299s);
  CHECK(bench.sent.size() == 1);
  bench.pass(1h);
  CHECK(bench.sent.size() >= 12);
  CHECK(bench.sent.size() <= 13);
  bench.discovery.remove(torrent(1));
  bench.discovery.remove(torrent(2));
  CHECK_FALSE(bench.discovery.deadline());
}

TEST_CASE("nothing is announced without a port or a group") {
  Bench bench(false, false);
  bench.discovery.add(torrent(1), bench.now);
  CHECK_FALSE(bench.discovery.deadline());
  bench.discovery.on_deadline(bench.now + 1h);
  bench.drain();
  CHECK(bench.sent.empty());
  bench.discovery.set_groups(false, true);
  bench.discovery.set_port(0);
  CHECK_FALSE(bench.discovery.deadline());
  bench.discovery.set_port(7000);
  bench.pass(1s);
  REQUIRE(bench.sent.size() == 1);
  CHECK(bench.sent[0].group == Group::v6);
  CHECK(bench.sent[0].what.port == 7000);
}

TEST_CASE("both groups hear the same") {
  Bench bench(true, true);
  bench.discovery.add(torrent(1), bench.now);
  bench.pass(1s);
  REQUIRE(bench.sent.size() == 2);
  CHECK(bench.sent[0].group == Group::v4);
  CHECK(bench.sent[1].group == Group::v6);
  CHECK(bench.sent[0].what == bench.sent[1].what);
}

TEST_CASE("few torrents have a datagram each, many share one") {
  Bench bench;
  for (std::uint32_t n = 1; n <= 5; ++n) bench.discovery.add(torrent(n), bench.now);
  bench.pass(1s);
  REQUIRE(bench.sent.size() == 5);
  for (const Sent& sent : bench.sent) CHECK(sent.what.info_hashes.size() == 1);
  Bench many;
  for (std::uint32_t n = 1; n <= 30; ++n) many.discovery.add(torrent(n), many.now);
  many.pass(1s);
  REQUIRE(many.sent.size() == 2);
  CHECK(many.sent[0].what.info_hashes.size() == 25);
  CHECK(many.sent[1].what.info_hashes.size() == 5);
}

TEST_CASE("ten thousand torrents are announced in turn, a datagram a minute") {
  Bench bench;
  for (std::uint32_t n = 1; n <= 10'000; ++n) bench.discovery.add(torrent(n), bench.now);
  bench.pass(7h);
  std::map<Sha1, Duration> last;
  for (const Sent& sent : bench.sent) {
    for (const Sha1& hash : sent.what.info_hashes) {
      if (last.contains(hash)) CHECK(sent.at - last[hash] >= 5min);
      last[hash] = sent.at;
    }
  }
  CHECK(last.size() == 10'000);
  CHECK(std::ssize(bench.sent) <= 7 * 60 + Discovery::sent_rate.burst);
  // A new one need not wait for all the others.
  bench.discovery.add(torrent(20'000), bench.now);
  bench.sent.clear();
  bench.pass(61s);
  REQUIRE_FALSE(bench.sent.empty());
  CHECK(bench.sent[0].what.info_hashes[0] == torrent(20'000));
}

TEST_CASE("of new ones the latest goes first") {
  Bench bench;
  for (std::uint32_t n = 1; n <= 1000; ++n) bench.discovery.add(torrent(n), bench.now);
  bench.pass(1s);
  CHECK(bench.sent.size() == 5);
  CHECK(bench.sent[0].what.info_hashes[0] == torrent(1000));
  bench.discovery.add(torrent(2000), bench.now);
  bench.pass(1min);
  CHECK(bench.sent.at(5).what.info_hashes[0] == torrent(2000));
}

TEST_CASE("who has one of our torrents is found, at the port it names") {
  Bench bench;
  bench.discovery.add(torrent(1), bench.now);
  bench.discovery.add(torrent(3), bench.now);
  bench.hear({7001, {torrent(1), torrent(2), torrent(3)}, "x"});
  const Endpoint at = *Endpoint::parse("192.168.1.2:7001");
  CHECK(bench.found == std::vector<PeerFound>{{torrent(1), at}, {torrent(3), at}});
  bench.found.clear();
  bench.hear({7001, {torrent(1)}, ""}, *Endpoint::parse("[2a00::1]:6771"));
  CHECK(bench.found == std::vector<PeerFound>{{torrent(1), *Endpoint::parse("[2a00::1]:7001")}});
  bench.discovery.on_datagram(as_bytes("GET / HTTP/1.1"), neighbour, bench.now);
  bench.drain();
  CHECK(bench.found.size() == 1);
}

TEST_CASE("our own announcements, and those from nowhere, are not heard") {
  Bench bench;
  bench.discovery.add(torrent(1), bench.now);
  bench.pass(1s);
  bench.hear(bench.sent.at(0).what);
  bench.hear({1, {torrent(1)}, ""}, *Endpoint::parse("0.0.0.0:6771"));
  bench.hear({1, {torrent(1)}, ""}, *Endpoint::parse("239.192.152.143:6771"));
  // A link-local address says nothing without its interface.
  bench.hear({1, {torrent(1)}, ""}, *Endpoint::parse("[fe80::1]:6771"));
  CHECK(bench.found.empty());
  Bench other;
  other.discovery = Discovery(Rng(2));
  other.discovery.add(torrent(1), other.now);
  other.hear(bench.sent.at(0).what);
  CHECK(other.found.size() == 1);
}

TEST_CASE("who sends too much is not heard, and the others are") {
  Bench bench;
  bench.discovery.add(torrent(1), bench.now);
  for (int i = 0; i < 1000; ++i) bench.hear({1, {torrent(1)}, ""});
  CHECK(std::ssize(bench.found) == Discovery::heard_rate.burst);
  bench.hear({1, {torrent(1)}, ""}, *Endpoint::parse("192.168.1.3:6771"));
  CHECK(std::ssize(bench.found) == Discovery::heard_rate.burst + 1);
  bench.pass(1s);
  bench.found.clear();
  for (int i = 0; i < 1000; ++i) bench.hear({1, {torrent(1)}, ""});
  CHECK(bench.found.size() == 10);
}

TEST_CASE("all of them together are bounded too") {
  Bench bench;
  bench.discovery.add(torrent(1), bench.now);
  for (std::uint32_t i = 0; i < 2000; ++i)
    bench.hear({1, {torrent(1)}, ""}, {IpAddress::v4(0x0a000000 + i), 6771});
  CHECK(std::ssize(bench.found) == Discovery::heard_in_all_rate.burst);
  bench.pass(2s);
  bench.found.clear();
  for (std::uint32_t i = 0; i < 2000; ++i)
    bench.hear({1, {torrent(1)}, ""}, {IpAddress::v4(0x0a000000 + i), 6771});
  CHECK(bench.found.size() == 100);
}

#include "core/trackerd/udp_answers.h"

#include "tests/support/catch.h"
#include "tests/unit/core/trackerd/store_bench.h"

using namespace seed;
using namespace seed::trackerd;

namespace {

const Endpoint v4 = *Endpoint::parse("192.0.2.1:1000");
const Endpoint v6 = *Endpoint::parse("[2001:db8::1]:1000");

Buffer connect_request(std::uint32_t transaction) {
  return ByteWriter().u64(0x41727101980).u32(0).u32(transaction).take();
}

struct Fields {
  std::uint64_t left = 1;
  std::uint32_t event = 0;
  std::uint32_t wanted = 0xffffffff;
  std::uint16_t port = 6881;
  std::uint32_t ip = 0x01020304;
};

struct Bench {
  explicit Bench(const Tracker::Options& options = {}) : tracker(some_secret, Rng(1), options) {}

  std::string answer(Bytes datagram, const Endpoint& from) {
    const auto out = answer_datagram(tracker, datagram, from, start);
    return out ? to_hex(*out) : "nothing";
  }
  std::uint64_t connection(const Endpoint& from) {
    const auto out = answer_datagram(tracker, connect_request(7), from, start);
    return ByteReader(Bytes(*out).subspan(8)).u64();
  }
  Buffer announce_request(const Endpoint& from, const Fields& fields) {
    ByteWriter out;
    out.u64(connection(from)).u32(1).u32(0x0a0b0c0d);
    out.put(torrent(1).bytes()).put(id_of(from.to_string()).bytes());
    out.u64(5).u64(fields.left).u64(6).u32(fields.event).u32(fields.ip).u32(77);
    return out.u32(fields.wanted).u16(fields.port).take();
  }
  std::string announce(const Endpoint& from, const Fields& fields = {}) {
    return answer(announce_request(from, fields), from);
  }
  RequestCounts counts(Family family = Family::v4) { return tracker.counts(Protocol::udp, family); }
  std::uint64_t troubles(Trouble trouble) {
    return counts().troubles[static_cast<std::size_t>(trouble)];
  }

  Tracker tracker;
};

/// An error's text.
std::string text_in(const std::string& hex) {
  const auto octets = from_hex(hex);
  REQUIRE(octets);
  CHECK(hex.substr(0, 8) == "00000003");
  return to_string(Bytes(*octets).subspan(8));
}

}  // namespace

TEST_CASE("a connect is answered with as many octets: an id, and nothing is kept") {
  Bench bench;
  const std::string answer = bench.answer(connect_request(0x01020304), v4);
  CHECK(answer.size() == 2 * 16);
  CHECK(answer.substr(0, 16) == "0000000001020304");
  CHECK(bench.connection(v4) == bench.connection({v4.address, 2000}));
  CHECK(bench.connection(v4) != bench.connection(v6));
  CHECK(bench.counts().connects == 4);
  // BEP 15: packets may grow.
  Buffer longer = connect_request(1);
  longer.push_back(0);
  CHECK(bench.answer(longer, v4).size() == 2 * 16);
}

TEST_CASE("who has no id is not answered") {
  Bench bench;
  CHECK(bench.answer({}, v4) == "nothing");
  CHECK(bench.answer(Buffer(15), v4) == "nothing");
  CHECK(bench.troubles(Trouble::malformed) == 2);
  Buffer wrong = connect_request(1);
  wrong[7] ^= 1;
  CHECK(bench.answer(wrong, v4) == "nothing");
  Buffer announce = bench.announce_request(v4, {});
  CHECK(bench.answer(announce, v6) == "nothing");
  announce[3] ^= 1;
  CHECK(bench.answer(announce, v4) == "nothing");
  CHECK(bench.troubles(Trouble::bad_connection) == 2);
  CHECK(bench.tracker.stats().now.swarms == 0);
  CHECK(answer_datagram(bench.tracker, bench.announce_request(v4, {}), v4, start + 2min));
  CHECK(!answer_datagram(bench.tracker, bench.announce_request(v4, {}), v4, start + 3min));
  CHECK(bench.answer(connect_request(1), {v4.address, 0}) == "nothing");
  CHECK(bench.answer(connect_request(1), {*IpAddress::parse("224.0.0.1"), 9}) == "nothing");
}

TEST_CASE("an announce is answered with the interval, the counts and the peers") {
  Bench bench;
  bench.announce({*IpAddress::parse("192.0.2.9"), 1}, {.left = 0, .port = 0x1234});
  const std::string answer = bench.announce(v4);
  const auto octets = *from_hex(answer);
  ByteReader in(octets);
  CHECK(in.u32() == 1);
  CHECK(in.u32() == 0x0a0b0c0d);
  const std::uint32_t interval = in.u32();
  CHECK(interval >= 1620);
  CHECK(interval <= 1800);
  CHECK(in.u32() == 1);  // leechers
  CHECK(in.u32() == 1);  // seeders
  CHECK(to_hex(in.rest()) == "c00002091234");
  CHECK(bench.counts().announces == 2);
}

TEST_CASE("over IPv6 a peer has 18 octets, and those of IPv4 are not told") {
  Bench bench;
  bench.announce(v4);
  bench.announce({*IpAddress::parse("2001:db8:1::9"), 1}, {.port = 0x1234});
  const std::string answer = bench.announce(v6);
  CHECK(answer.substr(24) ==
        "0000000300000000"
        "20010db800010000000000000000000"
        "91234");
  CHECK(bench.counts(Family::v6).announces == 2);
}

TEST_CASE("the address in the request is nobody's, and what is behind it is passed over") {
  Bench bench;
  Buffer request = bench.announce_request(v4, {.ip = 0x05050505});
  const Buffer options{2, 5, '/', 'a', '?', 'b', '=', 1, 200, 99};
  request.insert(request.end(), options.begin(), options.end());
  CHECK(bench.answer(request, v4).substr(0, 8) == "00000001");
  CHECK(bench.announce({*IpAddress::parse("192.0.2.9"), 1}).substr(40) == "c00002011ae1");
}

TEST_CASE("events are BEP 15's, and what is none is like none") {
  Bench bench;
  bench.announce(v4, {.left = 0, .event = 1});
  CHECK(bench.tracker.scrape(torrent(1)) == SwarmCounts{1, 0, 1});
  bench.announce(v4, {.left = 9, .event = 4});
  CHECK(bench.tracker.scrape(torrent(1)) == SwarmCounts{0, 1, 1});
  CHECK(bench.announce(v4, {.event = 3}).size() == 2 * 20);
  CHECK(bench.tracker.scrape(torrent(1)) == SwarmCounts{});
}

TEST_CASE("answers fit one packet, whatever is wanted") {
  Bench bench;
  for (int i = 0; i < 250; ++i) {
    bench.announce({*IpAddress::parse("203.0.113." + std::to_string(i)), 1});
    bench.announce({*IpAddress::parse("2001:db8:" + std::to_string(i + 1) + "::1"), 1});
  }
  CHECK(bench.announce(v4, {.wanted = 1000}).size() == 2 * (20 + 200 * 6));
  CHECK(bench.announce(v6, {.wanted = 1000}).size() == 2 * (20 + 67 * 18));
  CHECK(bench.announce({*IpAddress::parse("192.0.2.2"), 1}, {.wanted = 2}).size() == 2 * 32);
  CHECK(bench.announce({*IpAddress::parse("192.0.2.3"), 1}, {.wanted = 0}).size() == 2 * 20);
  CHECK(bench.announce({*IpAddress::parse("192.0.2.4"), 1}).size() == 2 * (20 + 50 * 6));
}

TEST_CASE("what cannot be is answered with an error that names it") {
  Bench bench;
  CHECK(text_in(bench.announce(v4, {.port = 0})) == "port: 0 is none");
  Buffer short_one = bench.announce_request(v4, {});
  short_one.pop_back();
  CHECK(text_in(bench.answer(short_one, v4)) == "the announce is too short");
  const Buffer unknown = ByteWriter().u64(bench.connection(v4)).u32(3).u32(1).take();
  CHECK(text_in(bench.answer(unknown, v4)) == "action: connect, announce and scrape are known");
  CHECK(bench.troubles(Trouble::malformed) == 3);
  CHECK(bench.tracker.stats().now.swarms == 0);
  Tracker::Options options;
  options.listed_only = true;
  bench.tracker.set_options(options);
  CHECK(text_in(bench.announce(v4)) == "this tracker is not for that torrent");
  CHECK(bench.troubles(Trouble::not_listed) == 1);
}

TEST_CASE("a scrape is answered in the order of its info-hashes, up to 74 of them") {
  Bench bench;
  bench.announce(v4, {.left = 0, .event = 1});
  bench.announce({*IpAddress::parse("192.0.2.9"), 1});
  ByteWriter request;
  request.u64(bench.connection(v4)).u32(2).u32(9).put(torrent(5).bytes()).put(torrent(1).bytes());
  request.put(Bytes(torrent(1).bytes()).first(19));
  CHECK(bench.answer(request.bytes(), v4) ==
        "0000000200000009"
        "000000000000000000000000"
        "000000010000000100000001");
  Buffer many = ByteWriter().u64(bench.connection(v4)).u32(2).u32(9).take();
  many.resize(16 + 80 * 20);
  CHECK(bench.answer(many, v4).size() == 2 * (8 + 74 * 12));
  CHECK(bench.counts().scrapes == 2);
  many.resize(16);
  CHECK(text_in(bench.answer(many, v4)) == "info_hash: there is none");
}

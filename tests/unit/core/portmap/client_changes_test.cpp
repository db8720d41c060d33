// What becomes of a mapping in its time: renewals, restarts, new addresses.
#include "core/portmap/client.h"

#include "tests/support/catch.h"
#include "tests/unit/core/portmap/client_bench.h"

using namespace seed;
using namespace seed::portmap;
using namespace seed::portmap::test;

namespace {

/// PCP's: a count of 0.
Buffer announcement() { return *from_hex("028000000000000000000000000000000000000000000000"); }

}  // namespace

TEST_CASE("a mapping is renewed between a half and five eighths of its time") {
  for (const bool pcp : {true, false}) {
    Bench bench;
    bench.gateway.speaks_pcp = pcp;
    bench.gateway.lifetime_max = 600;
    bench.map(tcp);
    const std::size_t before = bench.sent.size();
    bench.pass(295s);
    CHECK(bench.sent.size() == before);
    bench.pass(85s);
    CHECK(bench.sent.size() > before);
    CHECK(bench.mapped() == Strings{"203.0.113.5:6881", "203.0.113.5:6881"});
    bench.pass(24h);
    CHECK(bench.all<Client::Lost>().empty());
    CHECK(bench.gateway.rows.size() == 1);
  }
}

TEST_CASE("a longer time than was asked for is renewed as if it were not") {
  Bench bench;
  const Buffer request = [&] {
    bench.gateway.answers = false;
    bench.map(tcp);
    return bench.gateway.received[0];
  }();
  Buffer answer = bench.gateway.pcp_answer(request, bench.now);
  answer[4] = 0xff;  // 136 years
  bench.gateway.answers = true;
  bench.receive(answer);
  CHECK(bench.mapped().size() == 1);
  bench.pass(800s);
  CHECK(bench.mapped().size() == 2);
}

TEST_CASE("a renewal asks for what was given, with the same nonce") {
  Bench bench;
  bench.gateway.gives_wanted = false;
  bench.map(tcp);
  bench.pass(800s);
  REQUIRE(bench.gateway.received.size() == 2);
  const Buffer& renewal = bench.gateway.received[1];
  CHECK(std::equal(renewal.begin() + 24, renewal.begin() + 36,
                   bench.gateway.received[0].begin() + 24));
  CHECK(ByteReader(Bytes(renewal).subspan(42)).u16() == 50'000);
  CHECK(to_hex(Bytes(renewal).last(4)) == "cb007105");
}

TEST_CASE("a mapping whose renewals stay unanswered is lost when its time is over") {
  for (const bool pcp : {true, false}) {
    Bench bench;
    bench.gateway.speaks_pcp = pcp;
    bench.map(tcp);
    bench.gateway.answers = false;
    bench.pass(1190s);
    CHECK(bench.all<Client::Lost>().empty());
    CHECK(bench.all<Client::Failed>().empty());
    bench.pass(20s);
    REQUIRE(bench.all<Client::Lost>().size() == 1);
    CHECK(bench.all<Client::Lost>()[0].port == tcp);
    // It is asked for anew at once.
    CHECK(bench.now - bench.sent.back() < 20s);
    bench.pass(30min);
    CHECK_FALSE(bench.all<Client::Failed>().empty());
    bench.gateway.answers = true;
    bench.told.clear();
    bench.pass(30min);
    CHECK_FALSE(bench.mapped().empty());
  }
}

TEST_CASE("a gateway that began anew is noticed at a renewal, and all is mapped anew") {
  for (const bool pcp : {true, false}) {
    Bench bench;
    bench.gateway.speaks_pcp = pcp;
    bench.map(tcp);
    bench.map(udp);
    bench.map({Protocol::tcp, 7000}, 7000);
    bench.pass(60s);
    bench.gateway.restart(bench.now);
    bench.told.clear();
    bench.pass(720s);
    CHECK(bench.gateway.rows.size() == 3);
    CHECK(bench.all<Client::Restarted>().size() == 1);
    CHECK(bench.all<Client::Lost>().empty());
    // The three were mapped at one time: they are again, when the first of them was to be renewed.
    REQUIRE(bench.mapped().size() >= 3);
    CHECK(bench.sent.back() - bench.sent[bench.sent.size() - 3] < 100ms);
  }
}

TEST_CASE("an announcement of a restart is heeded within five seconds") {
  Bench bench;
  bench.map(tcp);
  bench.map(udp);
  bench.pass(60s);
  bench.gateway.restart(bench.now);
  bench.told.clear();
  bench.receive(announcement());
  CHECK(bench.all<Client::Restarted>().size() == 1);
  CHECK(bench.gateway.rows.empty());
  bench.pass(6s);
  CHECK(bench.gateway.rows.size() == 2);
  CHECK(bench.mapped().size() == 2);
}

TEST_CASE("what a gateway does not give again after a restart is lost at once") {
  Bench bench;
  bench.map(tcp);
  bench.map(udp);
  bench.pass(60s);
  bench.gateway.restart(bench.now);
  bench.gateway.outcome = 8;
  bench.told.clear();
  bench.receive(announcement());
  bench.pass(6s);
  CHECK(bench.all<Client::Lost>().size() == 2);
  CHECK(bench.all<Client::Failed>().size() == 2);
  CHECK(bench.mapped().empty());
}

TEST_CASE("what a gateway says nothing of after a restart is lost soon") {
  Bench bench;
  bench.map(tcp);
  bench.map(udp);
  bench.pass(60s);
  bench.gateway.restart(bench.now);
  bench.gateway.answers = false;
  bench.receive(announcement());
  bench.pass(25s);
  CHECK(bench.all<Client::Lost>().empty());
  bench.pass(15s);
  CHECK(bench.all<Client::Lost>().size() == 2);
}

TEST_CASE("a gateway that counts at random is believed once a minute at most") {
  for (const bool pcp : {true, false}) {
    Bench bench;
    bench.gateway.speaks_pcp = pcp;
    bench.map(tcp);
    bench.map(udp);
    const std::size_t before = bench.sent.size();
    bench.gateway.dice.emplace(7);
    bench.pass(1h);
    CHECK(bench.sent.size() - before < 300);
    CHECK(bench.all<Client::Lost>().empty());
  }
}

TEST_CASE("a new external address of NAT-PMP's gateway is told when it is announced") {
  Bench bench;
  bench.gateway.speaks_pcp = false;
  bench.map(tcp);
  bench.pass(60s);
  bench.told.clear();
  bench.gateway.external = *IpAddress::parse("203.0.113.99");
  bench.receive(*bench.gateway.nat_pmp_answer(nat_pmp::encode_address_request(), bench.now));
  CHECK(bench.mapped() == Strings{"203.0.113.99:6881"});
  CHECK(bench.all<Client::Mapped>()[0].lifetime <= 1140s);
  CHECK(bench.all<Client::Mapped>()[0].lifetime >= 1130s);
}

TEST_CASE("a new external address is noticed with the next renewal at the latest") {
  for (const bool pcp : {true, false}) {
    Bench bench;
    bench.gateway.speaks_pcp = pcp;
    bench.map(tcp);
    bench.gateway.external = *IpAddress::parse("203.0.113.99");
    bench.pass(760s);
    CHECK(bench.mapped().back() == "203.0.113.99:6881");
  }
}

TEST_CASE("a mapping that PCP's gateway changes by itself is heeded") {
  Bench bench;
  bench.map(tcp);
  bench.pass(60s);
  bench.gateway.rows.at(tcp).external_port = 7777;
  bench.receive(bench.gateway.pcp_answer(bench.gateway.received[0], bench.now));
  CHECK(bench.mapped().back() == "203.0.113.5:7777");
}

TEST_CASE("a mapping that PCP's gateway takes back is lost, and asked for again") {
  Bench bench;
  bench.map(tcp);
  bench.pass(60s);
  Buffer request = bench.gateway.received[0];
  std::fill(request.begin() + 4, request.begin() + 8, std::uint8_t{0});
  bench.receive(bench.gateway.pcp_answer(request, bench.now));
  CHECK(bench.all<Client::Lost>().size() == 1);
  bench.pass(31s);
  CHECK(bench.mapped().size() == 2);
}

TEST_CASE("a refused renewal leaves the mapping until its time is over") {
  Bench bench;
  bench.map(tcp);
  bench.gateway.outcome = 8;
  bench.gateway.error_lifetime = 1000;
  bench.pass(1190s);
  CHECK(bench.told.size() == 1);
  bench.pass(20s);
  CHECK(bench.all<Client::Lost>().size() == 1);
  CHECK(bench.all<Client::Failed>().size() == 1);
}

TEST_CASE("a gateway replaced by one of NAT-PMP alone is spoken to anew") {
  Bench bench;
  bench.map(tcp);
  bench.pass(60s);
  bench.gateway.speaks_pcp = false;
  bench.gateway.restart(bench.now);
  bench.pass(760s);
  CHECK(bench.client.language() == Client::Language::nat_pmp);
  CHECK(bench.gateway.rows.size() == 1);
  CHECK(bench.all<Client::Lost>().empty());
}

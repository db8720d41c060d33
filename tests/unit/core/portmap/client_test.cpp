#include "core/portmap/client.h"

#include "tests/support/catch.h"
#include "tests/unit/core/portmap/client_bench.h"

using namespace seed;
using namespace seed::portmap;
using namespace seed::portmap::test;

TEST_CASE("PCP is tried first, and a port mapped by it") {
  Bench bench;
  bench.map(tcp);
  bench.map(udp);
  CHECK(bench.client.language() == Client::Language::pcp);
  CHECK(bench.client.heard());
  const auto mapped = bench.all<Client::Mapped>();
  REQUIRE(mapped.size() == 2);
  CHECK(mapped[0].port == tcp);
  CHECK(mapped[1].port == udp);
  CHECK(mapped[0].external.to_string() == "203.0.113.5:6881");
  CHECK(mapped[0].lifetime == 1200s);
  CHECK(bench.gateway.rows.size() == 2);
  CHECK(bench.gateway.received.size() == 2);
  CHECK(bench.gateway.received[0].size() == 60);
}

TEST_CASE("the port that the gateway gives may be another than was asked for") {
  Bench bench;
  bench.gateway.gives_wanted = false;
  bench.map(tcp);
  CHECK(bench.mapped() == Strings{"203.0.113.5:50000"});
}

TEST_CASE("a gateway that speaks only NAT-PMP says so and is asked by it") {
  Bench bench;
  bench.gateway.speaks_pcp = false;
  bench.map(tcp);
  bench.map(udp);
  CHECK(bench.client.language() == Client::Language::nat_pmp);
  CHECK(bench.mapped() == Strings{"203.0.113.5:6881", "203.0.113.5:6881"});
  // A PCP request, the address once, two mappings.
  CHECK(bench.gateway.received.size() == 4);
  CHECK(bench.now - Instant{1h} < 100ms);
}

TEST_CASE("a gateway that is silent to PCP is asked by NAT-PMP after three tries") {
  Bench bench;
  bench.gateway.lose = 3;
  bench.gateway.speaks_pcp = false;
  bench.map(tcp);
  bench.pass(25s);
  CHECK(bench.client.language() == Client::Language::nat_pmp);
  CHECK(bench.mapped() == Strings{"203.0.113.5:6881"});
  const auto gaps = bench.gaps();
  REQUIRE(gaps.size() >= 3);
  const double times[] = {3, 6, 12};
  double before = 1.5;
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(gaps[i] >= 2 * before * 0.9 * 0.999);
    CHECK(gaps[i] <= 2 * before * 1.1 * 1.001);
    CHECK(std::abs(gaps[i] - times[i]) < times[i] * 0.34);  // 1.1 to the third
    before = gaps[i];
  }
}

TEST_CASE("RFC 6886's nine tries of a silent gateway, then its failure is told") {
  Bench bench;
  bench.gateway.answers = false;
  bench.map(tcp);
  bench.pass(160s);
  // Three of PCP; then 250 ms, doubling.
  REQUIRE(bench.sent.size() == 12);
  const auto gaps = bench.gaps();
  double expected = 0.25;
  for (std::size_t i = 3; i < gaps.size(); ++i, expected *= 2)
    CHECK(gaps[i] == Approx(expected).epsilon(0.001));
  const auto failed = bench.all<Client::Failed>();
  REQUIRE(failed.size() == 1);
  CHECK(failed[0].port == tcp);
  CHECK(failed[0].fault.code == FaultCode::timed_out);
  CHECK_FALSE(bench.client.heard());
}

TEST_CASE("a silent gateway is asked again after a pause, by PCP first") {
  Bench bench;
  bench.gateway.answers = false;
  bench.map(tcp);
  bench.pass(160s);
  bench.gateway.answers = true;
  CHECK(bench.mapped().empty());
  bench.pass(1100s);
  CHECK(bench.mapped() == Strings{"203.0.113.5:6881"});
  CHECK(bench.client.language() == Client::Language::pcp);
}

TEST_CASE("several ports of a silent gateway cost no more than one") {
  Bench bench;
  bench.gateway.answers = false;
  bench.map(tcp);
  bench.map(udp);
  bench.pass(160s);
  CHECK(bench.sent.size() == 12);
  CHECK(bench.all<Client::Failed>().size() == 2);
}

TEST_CASE("an answer lost on the way is asked for again") {
  Bench bench;
  bench.gateway.lose = 2;
  bench.map(tcp);
  bench.pass(15s);
  CHECK(bench.mapped() == Strings{"203.0.113.5:6881"});
  CHECK(bench.client.language() == Client::Language::pcp);
}

TEST_CASE("a refusal is told with its reason, and asked about again when it is over") {
  for (const bool pcp : {true, false}) {
    Bench bench;
    bench.gateway.speaks_pcp = pcp;
    bench.gateway.outcome = pcp ? 7 : 3;  // no network
    bench.gateway.error_lifetime = 45;
    bench.map(tcp);
    const auto failed = bench.all<Client::Failed>();
    REQUIRE(failed.size() == 1);
    CHECK(failed[0].fault.code == FaultCode::refused);
    CHECK(failed[0].fault.text == "the gateway has no connection itself");
    bench.gateway.outcome = 0;
    bench.pass(29s);
    CHECK(bench.mapped().empty());
    bench.pass(17s);
    CHECK(bench.mapped().size() == 1);
  }
}

TEST_CASE("how long an error lasts is bounded, whatever the gateway says") {
  Bench bench;
  bench.gateway.outcome = 2;
  bench.gateway.error_lifetime = 0;
  bench.map(tcp);
  bench.pass(29s);
  CHECK(bench.sent.size() == 1);
  bench.gateway.error_lifetime = 0xffffffff;
  bench.pass(2s);
  CHECK(bench.sent.size() == 2);
  bench.gateway.outcome = 0;
  bench.pass(31min);
  CHECK(bench.mapped().size() == 1);
}

TEST_CASE("a gateway of neither protocol's version says so, and is left alone for half an hour") {
  Bench bench;
  bench.gateway.answers = false;
  bench.map(tcp);
  bench.receive(bench.gateway.version_refusal(bench.gateway.received[0], bench.now));
  bench.receive(*from_hex("00800001000000ff"));
  REQUIRE(bench.all<Client::Failed>().size() == 1);
  CHECK(bench.all<Client::Failed>()[0].fault.code == FaultCode::unsupported);
  const std::size_t before = bench.sent.size();
  bench.pass(29min);
  CHECK(bench.sent.size() == before);
  bench.gateway.answers = true;
  bench.pass(2min);
  CHECK(bench.mapped().size() == 1);
}

TEST_CASE("a gateway of IPv6 is asked by PCP alone") {
  Bench bench(gateway_6);
  bench.gateway.external = *IpAddress::parse("2001:db8::2");
  bench.map(tcp);
  CHECK(bench.mapped() == Strings{"[2001:db8::2]:6881"});
  Bench silent(gateway_6);
  silent.gateway.answers = false;
  silent.map(tcp);
  silent.pass(60s);
  CHECK(silent.sent.size() == 3);
  CHECK(silent.all<Client::Failed>().size() == 1);
  Bench refusing(gateway_6);
  refusing.gateway.speaks_pcp = false;
  refusing.map(tcp);
  CHECK(refusing.sent.size() == 1);
  CHECK(refusing.all<Client::Failed>()[0].fault.code == FaultCode::unsupported);
}

TEST_CASE("only the gateway is heard") {
  Bench bench;
  bench.gateway.answers = false;
  bench.map(tcp);
  const Buffer answer = bench.gateway.pcp_answer(bench.gateway.received[0], bench.now);
  bench.receive(answer, {*IpAddress::parse("192.168.1.7"), gateway_port});
  bench.receive(answer, {gateway_at.address, 5350});
  CHECK(bench.told.empty());
  bench.receive(answer);
  CHECK(bench.mapped().size() == 1);
}

TEST_CASE("an answer with another nonce, port or protocol is nobody's") {
  Bench bench;
  bench.gateway.answers = false;
  bench.map(tcp);
  const Buffer answer = bench.gateway.pcp_answer(bench.gateway.received[0], bench.now);
  for (const std::size_t octet : {24u, 35u, 36u, 40u}) {
    Buffer forged = answer;
    forged[octet] ^= 1;
    if (octet == 36) forged[octet] = 17;
    bench.receive(forged);
  }
  CHECK(bench.told.empty());
  CHECK_FALSE(bench.client.heard());
}

TEST_CASE("a NAT-PMP answer that nobody asked for is not believed") {
  const auto mapping = [](std::string_view port) {
    return *from_hex("0082000000000001" + std::string(port) + "1b5800000708");
  };
  Bench bench;
  bench.gateway.speaks_pcp = false;
  bench.map(tcp);
  bench.told.clear();
  bench.receive(mapping("1ae1"));
  CHECK(bench.told.empty());
  // Now the external address is asked for, and then another port.
  Bench other;
  other.gateway.answers = false;
  other.map(tcp);
  other.receive(other.gateway.version_refusal(other.gateway.received[0], other.now));
  other.receive(mapping("1ae1"));
  CHECK(other.told.empty());
  other.receive(*from_hex("00800000000000ffcb007105"));
  other.receive(mapping("1ae2"));
  other.receive(*from_hex("00810000000000011ae11b5800000708"));
  CHECK(other.told.empty());
  other.receive(mapping("1ae1"));
  CHECK(other.mapped() == Strings{"203.0.113.5:7000"});
}

TEST_CASE("each secret has nonces of its own, which stay the same over a restart") {
  const auto nonce_of = [](std::uint8_t secret, const LocalPort& port) {
    Bench bench(gateway_at, secret);
    bench.map(port);
    return to_hex(Bytes(bench.gateway.received[0]).subspan(24, 12));
  };
  CHECK(nonce_of(1, tcp) == nonce_of(1, tcp));
  CHECK(nonce_of(1, tcp) != nonce_of(2, tcp));
  CHECK(nonce_of(1, tcp) != nonce_of(1, udp));
}

TEST_CASE("a mapping of somebody else is refused until it runs out") {
  Bench first;
  first.map(tcp);
  Bench second(gateway_at, 2);
  second.gateway = first.gateway;
  second.map(tcp);
  CHECK(second.all<Client::Failed>().size() == 1);
  Bench again(gateway_at, 1);
  again.gateway = first.gateway;
  again.map(tcp);
  CHECK(again.mapped().size() == 1);
}

TEST_CASE("a mapping is taken back at the end") {
  for (const bool pcp : {true, false}) {
    Bench bench;
    bench.gateway.speaks_pcp = pcp;
    bench.map(tcp);
    bench.map(udp);
    CHECK_FALSE(bench.client.done());
    bench.client.unmap_all(bench.now);
    bench.drain();
    CHECK(bench.gateway.rows.empty());
    CHECK(bench.client.done());
    CHECK_FALSE(bench.client.deadline());
    CHECK(bench.all<Client::Lost>().empty());
    // Nothing is suggested: lifetime, external port and address are zero.
    const Buffer& last = bench.gateway.received.back();
    CHECK(to_hex(last).ends_with(pcp ? "1ae1000000000000000000000000ffff00000000"
                                     : "1ae1000000000000"));
  }
}

TEST_CASE("a gateway that went silent does not hold up the end") {
  Bench bench;
  bench.map(tcp);
  bench.map(udp);
  bench.gateway.answers = false;
  bench.client.unmap_all(bench.now);
  bench.drain();
  const std::size_t before = bench.sent.size();
  bench.pass(2s);
  CHECK(bench.client.done());
  CHECK(bench.sent.size() == before + 2);
  CHECK_FALSE(bench.client.deadline());
}

TEST_CASE("what was never answered is not taken back") {
  Bench bench;
  bench.gateway.answers = false;
  bench.map(tcp);
  bench.client.unmap(tcp, bench.now);
  bench.drain();
  CHECK(bench.client.done());
  CHECK(bench.sent.size() == 1);
}

TEST_CASE("a port is taken back while another is being asked for") {
  Bench bench;
  bench.gateway.speaks_pcp = false;
  bench.map(tcp);
  bench.gateway.answers = false;
  bench.map(udp);
  bench.gateway.answers = true;
  bench.client.unmap(tcp, bench.now);
  bench.drain();
  CHECK(bench.gateway.rows.size() == 1);
  CHECK(bench.gateway.rows.count(udp) == 1);
  CHECK(bench.mapped().size() == 2);
}

TEST_CASE("a port that is wanted again while it is taken back is mapped") {
  Bench bench;
  bench.map(tcp);
  bench.gateway.answers = false;
  bench.client.unmap(tcp, bench.now);
  bench.gateway.answers = true;
  bench.map(tcp);
  bench.pass(30s);
  CHECK(bench.mapped().size() == 2);
  CHECK(bench.gateway.rows.size() == 1);
}

TEST_CASE("there are so many mappings and no more") {
  Bench bench;
  for (std::uint16_t i = 0; i < mappings_max; ++i)
    bench.map({Protocol::tcp, static_cast<std::uint16_t>(7000 + i)}, 0);
  CHECK(bench.mapped().size() == mappings_max);
  CHECK_FALSE(bench.client.map(udp, 0, bench.now));
  CHECK(bench.client.map({Protocol::tcp, 7000}, 0, bench.now));
  bench.pass(1h);
  CHECK(bench.gateway.rows.size() == mappings_max);
  CHECK(bench.all<Client::Lost>().empty());
}

TEST_CASE("NAT-PMP's gateway without an address of its own gives no mapping") {
  Bench bench;
  bench.gateway.speaks_pcp = false;
  bench.gateway.external = IpAddress::any_v4();
  bench.map(tcp);
  CHECK(bench.mapped().empty());
  REQUIRE(bench.all<Client::Failed>().size() == 1);
  bench.gateway.external = *IpAddress::parse("203.0.113.5");
  bench.pass(31s);
  CHECK(bench.mapped() == Strings{"203.0.113.5:6881"});
}

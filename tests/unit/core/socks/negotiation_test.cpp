#include "core/socks/negotiation.h"

#include <array>

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::socks;

namespace {

const Address peer = *Endpoint::parse("192.0.2.1:6881");

/// What is to be written, as hexadecimal digits; nothing is left.
std::string taken(Negotiation& negotiation) {
  Buffer out;
  auto& queue = negotiation.outgoing();
  while (!queue.empty()) {
    std::array<Bytes, 1> front;
    queue.front(front);
    out.insert(out.end(), front[0].begin(), front[0].end());
    queue.consume(front[0].size());
  }
  return to_hex(out);
}

std::size_t receive(Negotiation& negotiation, std::string_view hex) {
  return negotiation.on_bytes(*from_hex(hex));
}

Fault fault_of(Negotiation& negotiation) {
  const auto event = negotiation.next_event();
  REQUIRE(event);
  REQUIRE(std::holds_alternative<Negotiation::Refused>(*event));
  CHECK(negotiation.ended());
  CHECK(negotiation.wanted() == 0);
  CHECK_FALSE(negotiation.next_event());
  return std::get<Negotiation::Refused>(*event).fault;
}

}  // namespace

TEST_CASE("a connection is asked for without a login") {
  Negotiation negotiation(Command::connect, peer, std::nullopt);
  CHECK(taken(negotiation) == "050100");
  CHECK(negotiation.wanted() == 2);
  CHECK(receive(negotiation, "0500") == 2);
  CHECK(taken(negotiation) == "05010001c00002011ae1");
  CHECK_FALSE(negotiation.next_event());
  CHECK(receive(negotiation, "05000001c63364640bb8") == 10);
  CHECK(negotiation.next_event() ==
        Negotiation::Event(Negotiation::Ready{*Endpoint::parse("198.51.100.100:3000")}));
  CHECK(negotiation.ended());
  CHECK(taken(negotiation).empty());
}

TEST_CASE("what follows the answer is left to the connection") {
  Negotiation negotiation(Command::connect, peer, std::nullopt);
  CHECK(receive(negotiation, "050005000001c63364640bb81342697454") == 12);
  CHECK(negotiation.ended());
  CHECK(receive(negotiation, "ffff") == 0);
}

TEST_CASE("a name is for the proxy to resolve") {
  Negotiation negotiation(Command::connect, HostName{"example.org", 443}, std::nullopt);
  receive(negotiation, "0500");
  CHECK(taken(negotiation) ==
        "050100"
        "050100030b6578616d706c652e6f726701bb");
}

TEST_CASE("a relay for datagrams is asked for, over IPv6 too") {
  Negotiation negotiation(Command::udp_associate, Endpoint{IpAddress::any_v6(), 0}, std::nullopt);
  receive(negotiation, "0500");
  CHECK(taken(negotiation) ==
        "050100"
        "0503000400000000000000000000000000000000"
        "0000");
  receive(negotiation, "0500000420010db80000000000000000000000010050");
  CHECK(negotiation.next_event() ==
        Negotiation::Event(Negotiation::Ready{*Endpoint::parse("[2001:db8::1]:80")}));
}

TEST_CASE("the proxy may give itself a name") {
  Negotiation negotiation(Command::connect, peer, std::nullopt);
  receive(negotiation, "0500");
  receive(negotiation, "050000030b6578616d706c652e6f726701bb");
  CHECK(negotiation.next_event() ==
        Negotiation::Event(Negotiation::Ready{HostName{"example.org", 443}}));
}

TEST_CASE("a login is given when the proxy asks for one") {
  Negotiation negotiation(Command::connect, peer, Login{"user", "pass"});
  CHECK(taken(negotiation) == "05020002");
  receive(negotiation, "0502");
  CHECK(taken(negotiation) ==
        "01047573657204"
        "70617373");
  receive(negotiation, "0100");
  CHECK(taken(negotiation) == "05010001c00002011ae1");
}

TEST_CASE("a login is kept back when the proxy asks for none") {
  Negotiation negotiation(Command::connect, peer, Login{"user", "pass"});
  CHECK(taken(negotiation) == "05020002");
  receive(negotiation, "0500");
  CHECK(taken(negotiation) == "05010001c00002011ae1");
}

TEST_CASE("a login that is not taken is the user's to mend") {
  Negotiation negotiation(Command::connect, peer, Login{"user", ""});
  receive(negotiation, "0502");
  receive(negotiation, "0101");
  CHECK(fault_of(negotiation).code == FaultCode::permission);
}

TEST_CASE("a proxy that takes no method says so") {
  Negotiation without(Command::connect, peer, std::nullopt);
  receive(without, "05ff");
  CHECK(fault_of(without).text == "the proxy wants a login");
  Negotiation with(Command::connect, peer, Login{"user", "pass"});
  receive(with, "05ff");
  CHECK(fault_of(with).text == "the proxy takes no login by user and password");
}

TEST_CASE("a method that was not offered is refused") {
  for (const auto* hex : {"0501", "0502", "0580"}) {
    Negotiation negotiation(Command::connect, peer, std::nullopt);
    receive(negotiation, hex);
    CHECK(fault_of(negotiation).code == FaultCode::malformed);
  }
}

TEST_CASE("each outcome of RFC 1928 has its fault, and needs no address behind it") {
  const std::pair<const char*, FaultCode> outcomes[] = {
      {"0501", FaultCode::unreachable}, {"0502", FaultCode::permission},
      {"0503", FaultCode::unreachable}, {"0504", FaultCode::unreachable},
      {"0505", FaultCode::refused},     {"0506", FaultCode::timed_out},
      {"0507", FaultCode::unsupported}, {"0508", FaultCode::unsupported},
      {"0509", FaultCode::refused},     {"05ff", FaultCode::refused}};
  for (const auto& [hex, code] : outcomes) {
    Negotiation negotiation(Command::connect, peer, std::nullopt);
    receive(negotiation, "0500");
    receive(negotiation, hex);
    const Fault fault = fault_of(negotiation);
    CHECK(fault.code == code);
    CHECK(fault.text.starts_with("the proxy "));
  }
}

TEST_CASE("what is not SOCKS 5 is refused") {
  // SOCKS 4's answer, the beginning of an HTTP server's, and a change of mind.
  for (const auto* hex : {"005a", "4854", "05000400"}) {
    Negotiation negotiation(Command::connect, peer, std::nullopt);
    receive(negotiation, hex);
    CHECK(fault_of(negotiation).code == FaultCode::malformed);
  }
}

TEST_CASE("an address of no kind in the answer is refused") {
  for (const auto* hex : {"0500000000", "05000002c0", "0500000300", "050000030261000050"}) {
    Negotiation negotiation(Command::connect, peer, std::nullopt);
    receive(negotiation, "0500");
    receive(negotiation, hex);
    CHECK(fault_of(negotiation).code == FaultCode::malformed);
  }
}

TEST_CASE("what cannot be said is refused before anything is sent") {
  Negotiation name(Command::connect, HostName{std::string(256, 'x'), 80}, std::nullopt);
  CHECK(name.outgoing().empty());
  CHECK(fault_of(name).code == FaultCode::unsupported);
  for (const Login& login :
       {Login{"", "x"}, Login{std::string(256, 'x'), "x"}, Login{"x", std::string(256, 'x')}}) {
    Negotiation negotiation(Command::connect, peer, login);
    CHECK(negotiation.outgoing().empty());
    CHECK(fault_of(negotiation).code == FaultCode::unsupported);
  }
  Negotiation longest(Command::connect, HostName{std::string(255, 'x'), 80},
                      Login{std::string(255, 'x'), std::string(255, 'x')});
  CHECK_FALSE(longest.ended());
}

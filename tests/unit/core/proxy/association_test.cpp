#include "core/proxy/association.h"

#include "tests/support/catch.h"
#include "tests/unit/core/proxy/fake_net.h"

using namespace seed;
using namespace seed::proxy;
using namespace seed::proxy::test;

namespace {

constexpr std::string_view ready = "05000001c63364070bb8";

struct Bench {
  Bench() { association.set_proxy(Proxy{*Endpoint::parse("198.51.100.7:1080")}); }
  Wire& wire() { return *net.wires.back(); }
  void associate(std::string_view answer = ready) {
    wire().connect();
    wire().say("0500");
    wire().say(answer);
  }
  /// Lets time pass until something is due; how long that was.
  Duration to_deadline() {
    const Duration waited = association.deadline() - clock.at;
    clock.at = association.deadline();
    association.on_deadline(clock.at);
    return waited;
  }

  FakeNet net;
  ManualClock clock;
  Association association{net, clock};
};

}  // namespace

TEST_CASE("a relay is there when the proxy says so") {
  Bench bench;
  CHECK_FALSE(bench.association.relay());
  CHECK(bench.association.trouble().code == FaultCode::busy);
  bench.associate();
  REQUIRE(bench.association.relay());
  CHECK(bench.association.relay()->to_string() == "198.51.100.7:3000");
  CHECK(bench.association.deadline() == never);
}

TEST_CASE("what the proxy says on a connection that is up is read and ignored") {
  Bench bench;
  bench.associate();
  CHECK(bench.wire().say(Buffer(5000, 5)).empty());
  CHECK(bench.association.relay());
}

TEST_CASE("the waits between tries double, up to a minute, and begin anew after a success") {
  Bench bench;
  for (const int seconds : {1, 2, 4, 8, 16, 32, 60, 60}) {
    bench.wire().end(FaultCode::refused);
    CHECK(bench.to_deadline() == Duration(std::chrono::seconds(seconds)));
  }
  CHECK(bench.net.wires.size() == 9);
  bench.associate();
  bench.wire().end();
  CHECK(bench.to_deadline() == 1s);
}

TEST_CASE("a proxy that does not answer is given up after a while, and asked again") {
  Bench bench;
  CHECK(bench.to_deadline() == 15s);
  CHECK(bench.association.trouble().code == FaultCode::timed_out);
  CHECK_FALSE(bench.net.wires[0]->open());
  CHECK(bench.to_deadline() == 1s);
  bench.wire().connect();
  bench.wire().say("0500");
  CHECK(bench.to_deadline() == 15s);
}

TEST_CASE("a refusal says why, and is asked about again") {
  Bench bench;
  bench.associate("0507");
  CHECK(bench.association.trouble().code == FaultCode::unsupported);
  CHECK_FALSE(bench.net.wires[0]->open());
  CHECK(bench.to_deadline() == 1s);
  // It stays the trouble while the proxy is asked again.
  CHECK(bench.association.trouble().code == FaultCode::unsupported);
  bench.associate();
  CHECK(bench.association.relay());
}

TEST_CASE("a relay by name or without a port is none") {
  for (const auto* answer : {"050000030161"
                             "0bb8",
                             "05000001c63364070000"}) {
    Bench bench;
    bench.associate(answer);
    CHECK_FALSE(bench.association.relay());
    CHECK(bench.association.trouble().code == FaultCode::unsupported);
  }
}

TEST_CASE("a dial that cannot be made is tried again") {
  Bench bench;
  bench.net.refuse = Fault{FaultCode::out_of_resources, 0, "no descriptors"};
  bench.wire().end();
  CHECK(bench.to_deadline() == 1s);
  CHECK(bench.association.trouble() == *bench.net.refuse);
  bench.net.refuse.reset();
  CHECK(bench.to_deadline() == 2s);
  bench.associate();
  CHECK(bench.association.relay());
}

TEST_CASE("a proxy that went without a word is noticed by its silence") {
  Bench bench;
  bench.associate();
  bench.association.on_datagram_sent();
  bench.clock.at += 1min;
  bench.association.on_datagram_sent();
  CHECK(bench.to_deadline() == 2min);
  CHECK_FALSE(bench.association.relay());
  CHECK(bench.association.trouble().text == "nothing comes through the proxy");
  CHECK(bench.to_deadline() == 1s);
  bench.associate();
  // Perhaps it was not the proxy: patience grows.
  bench.association.on_datagram_sent();
  CHECK(bench.to_deadline() == 6min);
  bench.to_deadline();
  bench.associate();
  bench.association.on_datagram_sent();
  bench.association.on_datagram_heard();
  CHECK(bench.association.deadline() == never);
  bench.association.on_datagram_sent();
  CHECK(bench.to_deadline() == 3min);
}

TEST_CASE("a login too long to be said is the association's trouble") {
  Bench bench;
  Proxy proxy{*Endpoint::parse("198.51.100.7:1080")};
  proxy.login = socks::Login{std::string(300, 'x'), ""};
  bench.association.set_proxy(proxy);
  CHECK(bench.association.trouble().code == FaultCode::unsupported);
  CHECK(bench.net.wires.size() == 1);
}

TEST_CASE("an association goes in the middle of all without a word to it") {
  FakeNet net;
  {
    ManualClock clock;
    Association association(net, clock);
    association.set_proxy(Proxy{*Endpoint::parse("198.51.100.7:1080")});
    net.wires[0]->connect();
  }
  CHECK_FALSE(net.wires[0]->open());
}

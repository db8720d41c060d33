#include "core/proxy/proxied_stream.h"

#include "tests/support/catch.h"
#include "tests/unit/core/proxy/fake_net.h"

using namespace seed;
using namespace seed::proxy;
using namespace seed::proxy::test;

namespace {

const Endpoint peer = *Endpoint::parse("192.0.2.1:6881");
const Proxy plain{*Endpoint::parse("198.51.100.7:1080")};

struct Bench {
  explicit Bench(const Proxy& proxy = plain, const Endpoint& to = peer,
                 const io::DialOptions& options = {}) {
    auto dialled = ProxiedStream::dial(net, proxy, watch, to, to, options, owner);
    REQUIRE(dialled);
    stream = *std::move(dialled);
    REQUIRE(net.wires.size() == 1);
  }
  Wire& wire() { return *net.wires[0]; }
  void negotiate() {
    wire().connect();
    wire().say("0500");
    wire().say("05000001c63364640bb8");
    wire().heard();
  }

  FakeNet net;
  ManualClock clock;
  ServerWatch watch{clock};
  Listening owner;
  std::unique_ptr<io::Stream> stream;
};

}  // namespace

TEST_CASE("a stream is connected when the proxy has connected, and not before") {
  Bench bench;
  CHECK(bench.wire().to == plain.server);
  bench.wire().connect();
  CHECK(bench.wire().heard() == "050100");
  bench.wire().say("0500");
  CHECK(bench.wire().heard() == "05010001c00002011ae1");
  CHECK(bench.owner.connected == 0);
  bench.wire().say("05000001c63364640bb8");
  CHECK(bench.owner.connected == 1);
  CHECK(bench.owner.received.empty());
  CHECK(bench.stream->remote() == peer);
  CHECK(bench.stream->local().port == 40000);
  CHECK_FALSE(bench.stream->is_utp());
}

TEST_CASE("what the other side says first is the owner's, in its own measure") {
  Bench bench;
  bench.owner.may = 3;
  bench.wire().connect();
  bench.wire().say("0500");
  bench.owner.after = [&] {
    if (bench.owner.received.size() == 6) bench.owner.may = 0;
  };
  const Buffer left = bench.wire().say(
      "05000001c63364640bb8"
      "0102030405060708");
  CHECK(to_hex(bench.owner.received) == "010203040506");
  CHECK(to_hex(left) == "0708");
  CHECK_FALSE(bench.wire().resumed);
  bench.stream->resume_reading();
  CHECK(bench.wire().resumed);
}

TEST_CASE("what is written before waits, and goes out after the negotiation") {
  Bench bench;
  bench.stream->write(queue_of("abc"));
  CHECK(bench.stream->unsent() == 3);
  bench.wire().connect();
  bench.wire().say("0500");
  CHECK(bench.wire().heard() ==
        "050100"
        "05010001c00002011ae1");
  bench.wire().say("05000001c63364640bb8");
  CHECK(bench.wire().heard() == to_hex(as_bytes("abc")));
  bench.stream->write(queue_of("de"));
  CHECK(bench.stream->unsent() == 5);
  bench.wire().take();
  CHECK(bench.owner.sent == 5);
  CHECK(bench.stream->unsent() == 0);
}

TEST_CASE("octets of the negotiation are in no count") {
  Bench bench;
  bench.wire().connect();
  CHECK(bench.stream->unsent() == 0);
  bench.wire().take();
  bench.wire().say("0500");
  bench.wire().say("05000001c63364640bb8");
  bench.stream->write(queue_of("abc"));
  CHECK(bench.stream->unsent() == 3);
  // The system has taken what was asked of the proxy and one octet more.
  bench.wire().unsent -= 11;
  bench.wire().owner->on_sent(11);
  CHECK(bench.owner.sent == 1);
  CHECK(bench.stream->unsent() == 2);
}

TEST_CASE("a proxy's refusal is the end of the dial, with its reason") {
  Bench bench;
  bench.wire().connect();
  bench.wire().say("0500");
  bench.wire().say("0505");
  REQUIRE(bench.owner.ended);
  CHECK(bench.owner.ended->code == FaultCode::refused);
  CHECK(bench.owner.connected == 0);
  bench.wire().end();
  CHECK(bench.owner.ended->code == FaultCode::refused);
  bench.stream->write(queue_of("abc"));
  CHECK(bench.stream->unsent() == 0);
}

TEST_CASE("a proxy that cannot be reached is named") {
  Bench bench;
  bench.wire().end(FaultCode::timed_out);
  REQUIRE(bench.owner.ended);
  CHECK(bench.owner.ended->code == FaultCode::cancelled);
  CHECK(bench.owner.ended->text == "the proxy 198.51.100.7:1080: over");
}

TEST_CASE("a proxy that hangs up during the negotiation ends the dial") {
  Bench bench;
  bench.wire().connect();
  bench.wire().say("05");
  bench.wire().end();
  REQUIRE(bench.owner.ended);
  CHECK(bench.owner.ended->code == FaultCode::cancelled);
  CHECK(bench.owner.connected == 0);
}

TEST_CASE("the end of an open stream is told as it is") {
  Bench bench;
  bench.negotiate();
  bench.wire().end();
  REQUIRE(bench.owner.ended);
  CHECK(bench.owner.ended->text == "over");
}

TEST_CASE("an owner may destroy the stream in each call") {
  for (const auto* answer : {"05000001c63364640bb8", "0505"}) {
    Bench bench;
    bench.owner.after = [&] { bench.stream.reset(); };
    bench.wire().connect();
    bench.wire().say("0500");
    bench.wire().say(answer);
    CHECK_FALSE(bench.wire().open());
  }
  Bench bench;
  bench.negotiate();
  bench.owner.after = [&] { bench.stream.reset(); };
  CHECK(bench.wire().say("010203").empty());
  CHECK_FALSE(bench.wire().open());
}

TEST_CASE("a login is given to the proxy that asks for it") {
  Proxy proxy = plain;
  proxy.login = socks::Login{"user", "pass"};
  Bench bench(proxy);
  bench.wire().connect();
  CHECK(bench.wire().heard() == "05020002");
  bench.wire().say("0502");
  CHECK(bench.wire().heard() == "0104757365720470617373");
  bench.wire().say("0100");
  bench.wire().say("05000001c63364640bb8");
  CHECK(bench.owner.connected == 1);
}

TEST_CASE("the connection to the proxy has the proxy's source, not the peer's") {
  Proxy proxy = plain;
  proxy.source = *IpAddress::parse("192.168.1.2");
  const Bench v6(proxy, *Endpoint::parse("[2001:db8::1]:1"), {*IpAddress::parse("2001:db8::2")});
  CHECK(v6.net.wires[0]->options.source == proxy.source);
  proxy.server = *Endpoint::parse("[2001:db8::7]:1080");
  const Bench other(proxy);
  CHECK(other.net.wires[0]->options.source == IpAddress::any_v6());
}

TEST_CASE("a stream that cannot be dialled is none") {
  FakeNet net;
  const ManualClock clock;
  ServerWatch watch(clock);
  Listening owner;
  net.refuse = Fault{FaultCode::out_of_resources, 0, "no descriptors"};
  CHECK(ProxiedStream::dial(net, plain, watch, peer, peer, {}, owner).error() == *net.refuse);
  const socks::Address name = socks::HostName{std::string(300, 'x'), 1};
  CHECK(ProxiedStream::dial(net, plain, watch, name, peer, {}, owner).error().code ==
        FaultCode::unsupported);
}

TEST_CASE("a stream without an owner reads nothing until it has one") {
  Bench bench;
  bench.negotiate();
  bench.stream->set_owner(nullptr);
  CHECK(bench.wire().say("01").size() == 1);
  Listening other;
  bench.stream->set_owner(&other);
  CHECK(bench.wire().resumed);
  bench.wire().say("01");
  CHECK(other.received.size() == 1);
}

TEST_CASE("what is the proxy's fault is not the other side's") {
  {
    Bench bench;
    bench.wire().end(FaultCode::refused);
    CHECK(bench.owner.ended->code == FaultCode::cancelled);
    CHECK(bench.owner.ended->text == "the proxy 198.51.100.7:1080: over");
    CHECK(bench.watch.trouble() == bench.owner.ended);
    CHECK(bench.watch.pauses(bench.clock.at));
    CHECK(bench.watch.until() == bench.clock.at + ServerWatch::pause);
    CHECK_FALSE(bench.watch.pauses(bench.watch.until()));
  }
  Bench bench;
  bench.wire().connect();
  bench.wire().say("05ff");  // it wants a login
  CHECK(bench.owner.ended->code == FaultCode::cancelled);
  CHECK(bench.watch.trouble()->text == "the proxy wants a login");
}

TEST_CASE("a proxy that has tried is well") {
  Bench bench;
  bench.watch.on_fault({FaultCode::cancelled, 0, "gone"});
  bench.wire().connect();
  bench.wire().say("0500");
  CHECK(bench.watch.trouble());
  bench.wire().say("05050001000000000000");
  CHECK(bench.owner.ended->code == FaultCode::refused);
  CHECK_FALSE(bench.watch.trouble());
  CHECK(bench.watch.until() == never);
}

#include "core/session/proxying.h"

#include <utility>

#include "tests/unit/core/proxy/fake_net.h"
#include "tests/unit/core/session/fetch_double.h"
#include "tests/unit/core/session/fixture.h"

namespace seed::session {
namespace {

using proxy::test::Datagrams;
using proxy::test::FakeNet;

class Names final : public io::Resolver {
 public:
  LookupId resolve(const std::string& host, Answer<std::vector<IpAddress>> answer) override {
    asked.emplace_back(host, std::move(answer));
    return {static_cast<std::uint32_t>(asked.size()), 1};
  }
  void cancel(LookupId) override {}
  void answer(const std::string& address) {
    asked.back().second(std::vector{*IpAddress::parse(address)});
  }
  std::vector<std::pair<std::string, Answer<std::vector<IpAddress>>>> asked;
};

const Endpoint peer = *Endpoint::parse("192.0.2.1:6881");
const Endpoint server = *Endpoint::parse("198.51.100.7:1080");

struct Setup {
  Proxying::Change set(const std::string& url, config::ProxyMode mode = config::ProxyMode::strict) {
    settings.proxy_url = url;
    settings.proxy_mode = mode;
    return proxying.configure(settings);
  }
  /// Whom a dial of the world's reaches first; nobody when none is made.
  std::optional<Endpoint> dialled(io::World world) {
    const std::size_t before = net.wires.size();
    stream = world.net.dial(peer, {}, owner).value_or(nullptr);
    if (net.wires.size() == before) return std::nullopt;
    return net.wires.back()->to;
  }
  bool asks_system(io::World world) {
    const std::size_t before = names.asked.size();
    world.resolver.resolve("host.example", [](const Result<std::vector<IpAddress>>&) {});
    return names.asked.size() > before;
  }
  std::optional<ProxyUrl> fetched_through(io::World world) {
    world.http.get({.url = "http://host.example/"}, [](const Result<io::HttpReply>&) {});
    return http.requests.back().proxy;
  }
  void associate() {
    auto& wire = *net.wires.back();
    wire.connect();
    wire.say("0500");
    wire.say("05000001c63364070bb8");
  }

  torrent::test::Ground ground;
  FakeNet net;
  Names names;
  test::FetchDouble http;
  proxy::test::Listening owner;
  Datagrams datagrams;
  config::Settings settings;
  io::World outside{ground.clock, ground.alarm, ground.entropy, net,
                    names,        http,         ground.gateway, ground.workers,
                    ground.files, ground.store, ground.uplink};
  Proxying proxying{outside, datagrams, {}};
  std::unique_ptr<io::Stream> stream;
};

TEST_CASE("without a proxy all goes directly") {
  Setup setup;
  CHECK(setup.set("") == Proxying::Change::nothing);
  for (const io::World& world : {setup.proxying.world(), setup.proxying.tracker_world()}) {
    CHECK(setup.dialled(world) == peer);
    CHECK(setup.asks_system(world));
    CHECK_FALSE(setup.fetched_through(world));
  }
  CHECK_FALSE(setup.proxying.strict());
  CHECK_FALSE(setup.proxying.holds_dials(setup.ground.clock.now()));
  CHECK(setup.proxying.trouble().empty());
}

TEST_CASE("with SOCKS and strict all goes through it, names too") {
  Setup setup;
  CHECK(setup.set("socks5://me:pw@198.51.100.7:1080") == Proxying::Change::all);
  CHECK(setup.proxying.strict());
  for (const io::World& world : {setup.proxying.world(), setup.proxying.tracker_world()}) {
    CHECK(setup.dialled(world) == server);
    CHECK_FALSE(setup.asks_system(world));
    CHECK(setup.fetched_through(world)->password == "pw");
  }
  CHECK(setup.set("socks5://me:pw@198.51.100.7:1080") == Proxying::Change::nothing);
  CHECK(setup.set("") == Proxying::Change::all);
  CHECK(setup.dialled(setup.proxying.world()) == peer);
  CHECK_FALSE(setup.fetched_through(setup.proxying.world()));
}

TEST_CASE("for trackers only, peers are reached directly") {
  Setup setup;
  CHECK(setup.set("socks5://198.51.100.7", config::ProxyMode::trackers_only) ==
        Proxying::Change::trackers);
  CHECK_FALSE(setup.proxying.strict());
  CHECK(setup.dialled(setup.proxying.world()) == peer);
  CHECK(setup.asks_system(setup.proxying.world()));
  CHECK(setup.dialled(setup.proxying.tracker_world()) == server);
  CHECK_FALSE(setup.asks_system(setup.proxying.tracker_world()));
  CHECK(setup.fetched_through(setup.proxying.world()));
  // A socket of their own.
  io::UdpSocket* const mine = setup.proxying.for_trackers(nullptr, nullptr).v4;
  REQUIRE(mine != nullptr);
  CHECK(setup.set("socks5://198.51.100.7") == Proxying::Change::all);
  CHECK(setup.proxying.for_trackers(nullptr, nullptr).v4 == nullptr);
}

TEST_CASE("a proxy of HTTP carries no peers and no datagrams, and that is said") {
  Setup setup;
  setup.set("http://198.51.100.7:3128");
  CHECK_FALSE(setup.dialled(setup.proxying.world()));
  CHECK_FALSE(setup.asks_system(setup.proxying.world()));
  CHECK(setup.proxying.holds_dials(setup.ground.clock.now()));
  CHECK(setup.proxying.on_turn_end());
  CHECK_FALSE(setup.proxying.on_turn_end());
  CHECK(setup.proxying.for_trackers(nullptr, nullptr).without->code == FaultCode::unsupported);
  CHECK(setup.proxying.for_nodes(nullptr, nullptr).without);
  CHECK(setup.proxying.trouble().starts_with("nothing but HTTP goes through it"));
  CHECK(setup.fetched_through(setup.proxying.world()));
}

TEST_CASE("the proxy's own name is looked up by the system, and until then nothing goes out") {
  Setup setup;
  setup.set("socks5://proxy.example");
  REQUIRE(setup.names.asked.size() == 1);
  CHECK(setup.names.asked[0].first == "proxy.example");
  CHECK_FALSE(setup.dialled(setup.proxying.world()));
  CHECK(setup.proxying.holds_dials(setup.ground.clock.now()));
  setup.names.asked[0].second(fail(FaultCode::unreachable, "no such name"));
  const Instant again = setup.proxying.deadline();
  CHECK(again == setup.ground.clock.now() + Proxying::name_again_after);
  setup.ground.clock.advance(Proxying::name_again_after);
  setup.proxying.on_deadline(again);
  REQUIRE(setup.names.asked.size() == 2);
  setup.names.answer("198.51.100.7");
  CHECK(setup.dialled(setup.proxying.world()) == server);
  CHECK_FALSE(setup.proxying.holds_dials(setup.ground.clock.now()));
  // Asked again in time; the one there is stays while it is named.
  setup.ground.clock.advance(Proxying::name_age_max);
  setup.proxying.on_deadline(setup.ground.clock.now());
  REQUIRE(setup.names.asked.size() == 3);
  setup.names.answer("198.51.100.8");
  CHECK(setup.dialled(setup.proxying.world())->address == *IpAddress::parse("198.51.100.8"));
}

TEST_CASE("a relay that is refused takes the sockets from trackers and nodes until there is one") {
  Setup setup;
  setup.set("socks5://198.51.100.7");
  const auto socket = *setup.proxying.world().net.open_udp({}, setup.datagrams);
  CHECK_FALSE(setup.proxying.on_turn_end());  // it is being asked for
  CHECK(setup.proxying.for_trackers(socket.get(), nullptr).v6 == socket.get());
  auto& wire = *setup.net.wires.back();
  wire.connect();
  wire.say("0500");
  wire.say("05070001000000000000");
  CHECK(setup.proxying.on_turn_end());
  CHECK(setup.proxying.for_trackers(socket.get(), nullptr).v4 == nullptr);
  CHECK(setup.proxying.for_nodes(socket.get(), nullptr).v4 == nullptr);
  CHECK(
      setup.proxying.trouble().starts_with("no DHT and no UDP trackers: the proxy does not know"));
  setup.ground.clock.advance(1s);
  setup.proxying.on_deadline(setup.ground.clock.now());
  setup.associate();
  CHECK(setup.proxying.on_turn_end());
  CHECK(setup.proxying.for_nodes(socket.get(), nullptr).v4 == socket.get());
  CHECK(setup.proxying.trouble().empty());
}

TEST_CASE("while the proxy cannot be had dials wait, and then one tries") {
  Setup setup;
  setup.set("socks5://198.51.100.7");
  CHECK(setup.dialled(setup.proxying.world()) == server);
  setup.net.wires.back()->end(FaultCode::refused);
  CHECK(setup.proxying.holds_dials(setup.ground.clock.now()));
  CHECK(
      setup.proxying.trouble().starts_with("peers cannot be reached: the proxy 198.51.100.7:1080"));
  const Instant until = setup.proxying.deadline();
  CHECK(until == setup.ground.clock.now() + proxy::ServerWatch::pause);
  setup.ground.clock.advance(proxy::ServerWatch::pause);
  setup.proxying.on_deadline(until);
  CHECK_FALSE(setup.proxying.holds_dials(setup.ground.clock.now()));
  CHECK(setup.proxying.deadline() == never);
}

}  // namespace
}  // namespace seed::session

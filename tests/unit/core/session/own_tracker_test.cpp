#include "core/session/own_tracker.h"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/core/session/fixture.h"

namespace seed::session {
namespace {

using torrent::test::drained;
using torrent::test::MemoryStream;
using torrent::test::Wire;

Sha1 hash(std::uint8_t first) {
  Sha1 out{};
  out.octets.fill(first);
  return out;
}

/// A host with ports, some of which are others'.
class PortsNet final : public io::Net {
 public:
  Result<std::unique_ptr<io::Stream>> dial(const Endpoint&, const io::DialOptions&,
                                           io::StreamOwner&) override {
    return fail(FaultCode::unsupported, "no stream");
  }
  Result<std::unique_ptr<io::Listener>> listen(const Endpoint& at,
                                               io::ListenerOwner& owner) override {
    if (taken.contains(at.port)) return fail(FaultCode::exists, "the port is taken");
    listeners[at] = &owner;
    return std::make_unique<Listener>(*this, at);
  }
  Result<std::unique_ptr<io::UdpSocket>> open_udp(const Endpoint& at,
                                                  io::UdpSocketOwner& owner) override {
    if (!at.address.is_v4() && !has_v6) return fail(FaultCode::unsupported, "no IPv6");
    sockets[at] = &owner;
    return std::make_unique<Socket>(*this, at);
  }

  struct Listener final : io::Listener {
    Listener(PortsNet& its, const Endpoint& where) : net(its), at(where) {}
    ~Listener() override { net.listeners.erase(at); }
    Endpoint local() const override { return at; }
    PortsNet& net;
    Endpoint at;
  };
  struct Socket final : io::UdpSocket {
    Socket(PortsNet& its, const Endpoint& where) : net(its), at(where) {}
    ~Socket() override { net.sockets.erase(at); }
    Result<void> send(Bytes datagram, const Endpoint& to) override {
      net.sent.emplace_back(to, to_buffer(datagram));
      return {};
    }
    Endpoint local() const override { return at; }
    PortsNet& net;
    Endpoint at;
  };

  bool has_v6 = true;
  std::set<std::uint16_t> taken;
  std::map<Endpoint, io::ListenerOwner*> listeners;
  std::map<Endpoint, io::UdpSocketOwner*> sockets;
  std::vector<std::pair<Endpoint, Buffer>> sent;
};

struct Setup final : OwnTrackerOwner {
  Setup() {
    settings.tracker_enabled = true;
    settings.tracker_port = 6969;
  }
  std::vector<Sha1> own_hashes(TorrentId torrent) override {
    const auto known = hashes.find(torrent);
    return known == hashes.end() ? std::vector<Sha1>{} : known->second;
  }
  bool turns_away(const IpAddress& address) override { return address == blocked; }

  Instant now() const { return clock.now(); }
  bool configure() { return tracker.configure(settings, network, reachable, now()); }
  static Endpoint v4(std::uint16_t port = 6969) { return {IpAddress::any_v4(), port}; }
  static Endpoint v6(std::uint16_t port = 6969) { return {IpAddress::any_v6(), port}; }

  static Buffer connect() { return ByteWriter().u64(0x41727101980).u32(0).u32(7).take(); }
  /// What comes back, if anything does.
  std::optional<Buffer> datagram(const Endpoint& from, Buffer said) {
    net.sent.clear();
    REQUIRE(net.sockets.contains(from.address.is_v4() ? v4() : v6()));
    net.sockets.at(from.address.is_v4() ? v4() : v6())->on_datagram(said, from);
    if (net.sent.empty()) return std::nullopt;
    CHECK(net.sent.front().first == from);
    return net.sent.front().second;
  }
  /// BEP 15's connect and announce; the action of the last answer.
  std::uint32_t announce(const std::string& from, const Sha1& info_hash) {
    const Endpoint source = *Endpoint::parse(from);
    const auto connected = datagram(source, connect());
    REQUIRE(connected);
    ByteWriter out;
    out.put(Bytes(*connected).subspan(8))
        .u32(1)
        .u32(8)
        .put(info_hash.bytes())
        .put(std::string(20, 'p'));
    out.u64(0).u64(5).u64(0).u32(2).u32(0).u32(0).u32(50).u16(6881);
    const auto answer = datagram(source, out.take());
    REQUIRE(answer);
    return ByteReader(*answer).u32();
  }
  std::string get(const std::string& from, const std::string& target) {
    auto wire = std::make_shared<Wire>();
    wire->remote = *Endpoint::parse(from);
    REQUIRE(net.listeners.contains(v4()));
    net.listeners.at(v4())->on_accept(std::make_unique<MemoryStream>(wire, nullptr));
    Buffer said = to_buffer("GET " + target + " HTTP/1.0\r\n\r\n");
    if (wire->owner != nullptr) wire->owner->on_bytes(said);
    tracker.on_turn_end();
    return to_string(drained(wire->written));
  }

  seed::test::ManualClock clock;
  seed::test::FakeFiles files;
  seed::test::NoStore store;
  seed::test::InlineWorkers workers{files, store};
  seed::test::SeededEntropy entropy{1};
  torrent::test::NoAlarm alarm;
  torrent::test::NoResolver resolver;
  torrent::test::NoHttp http;
  torrent::test::NoGateway gateway;
  seed::test::FakeUplink uplink;
  PortsNet net;
  config::Settings settings;
  io::UplinkFacts network;
  bool reachable = true;
  std::map<TorrentId, std::vector<Sha1>> hashes;
  std::optional<IpAddress> blocked;
  OwnTracker tracker{
      {clock, alarm, entropy, net, resolver, http, gateway, workers, files, store, uplink},
      *this,
      {}};
};

constexpr std::uint32_t announced = 1;
constexpr std::uint32_t refused = 3;

TEST_CASE("it is off unless it is switched on, and forgets all when it is switched off") {
  Setup setup;
  setup.settings.tracker_enabled = false;
  CHECK_FALSE(setup.configure());
  CHECK_FALSE(setup.tracker.enabled());
  CHECK(setup.net.sockets.empty());
  CHECK(setup.tracker.deadline() == never);
  setup.settings.tracker_enabled = true;
  setup.settings.tracker_open = true;
  CHECK(setup.configure());
  CHECK_FALSE(setup.configure());
  CHECK(setup.net.sockets.size() == 2);
  CHECK(setup.net.listeners.size() == 2);
  CHECK(setup.announce("192.0.2.1:1000", hash(1)) == announced);
  CHECK(setup.tracker.stats().now.swarms == 1);
  setup.settings.tracker_enabled = false;
  setup.configure();
  CHECK(setup.net.sockets.empty());
  CHECK(setup.net.listeners.empty());
  setup.settings.tracker_enabled = true;
  CHECK(setup.configure());
  CHECK(setup.tracker.stats().now.swarms == 0);
}

TEST_CASE("it is for our own torrents, by each hash of theirs, as long as they are here") {
  Setup setup;
  setup.configure();
  const TorrentId id{1, 1};
  setup.hashes[id] = {hash(1), hash(2)};
  setup.tracker.consider(id);
  CHECK(setup.announce("192.0.2.1:1000", hash(1)) == announced);
  CHECK(setup.announce("[2001:db8::1]:1000", hash(2)) == announced);
  CHECK(setup.announce("192.0.2.1:1000", hash(3)) == refused);
  setup.hashes[id] = {hash(1), hash(3)};
  setup.tracker.consider(id);
  CHECK(setup.announce("192.0.2.1:1000", hash(2)) == refused);
  CHECK(setup.announce("192.0.2.1:1000", hash(3)) == announced);
  setup.hashes.clear();
  setup.tracker.consider(id);
  CHECK(setup.announce("192.0.2.1:1000", hash(1)) == refused);
}

TEST_CASE("it is for those of the list too, or for all") {
  Setup setup;
  setup.configure();
  CHECK(setup.announce("192.0.2.1:1000", hash(0xab)) == refused);
  std::string long_one;
  for (int i = 0; i < 32; ++i) long_one += "cd";
  setup.settings.tracker_allowed = {hash(0xab).hex(), long_one};
  setup.configure();
  CHECK(setup.announce("192.0.2.1:1000", hash(0xab)) == announced);
  CHECK(setup.announce("192.0.2.1:1000", hash(0xcd)) == announced);
  CHECK(setup.announce("192.0.2.1:1000", hash(0xef)) == refused);
  setup.settings.tracker_open = true;
  setup.configure();
  CHECK(setup.announce("192.0.2.1:1000", hash(0xef)) == announced);
}

TEST_CASE("it is asked by HTTP at the same port, and told how often to ask again") {
  Setup setup;
  setup.settings.tracker_open = true;
  setup.settings.tracker_interval_minutes = 1;
  setup.configure();
  const std::string target = "/announce?info_hash=" + std::string(20, 'h') +
                             "&peer_id=" + std::string(20, 'p') + "&port=6881&left=0";
  const std::string answer = setup.get("192.0.2.1:1000", target);
  CHECK(answer.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(answer.find("8:completei1e") != answer.npos);
  CHECK(answer.find("8:intervali60e") != answer.npos);
  CHECK(setup.get("192.0.2.1:1000", "/").starts_with("HTTP/1.1 404 "));
  CHECK(setup.get("192.0.2.1:1000", "nonsense").starts_with("HTTP/1.1 400 "));
  const auto& counts = setup.tracker.stats().requests[1][0];
  CHECK(counts.announces == 1);
  CHECK(counts.troubles[std::to_underlying(trackerd::Trouble::malformed)] == 1);
  CHECK(counts.troubles[std::to_underlying(trackerd::Trouble::not_found)] == 1);
}

TEST_CASE("who is blocked is not answered, by whatever protocol") {
  Setup setup;
  setup.configure();
  setup.blocked = *IpAddress::parse("192.0.2.1");
  CHECK_FALSE(setup.datagram(*Endpoint::parse("192.0.2.1:1000"), Setup::connect()));
  CHECK(setup.datagram(*Endpoint::parse("192.0.2.2:1000"), Setup::connect()));
  CHECK(setup.get("192.0.2.1:1000", "/announce").empty());
}

TEST_CASE("a port that is taken is tried again") {
  Setup setup;
  setup.net.taken = {6969};
  setup.configure();
  CHECK(setup.tracker.enabled());
  CHECK(setup.net.sockets.empty());
  CHECK(setup.tracker.deadline() == setup.now() + OwnTracker::retry_after);
  setup.net.taken.clear();
  setup.clock.advance(OwnTracker::retry_after);
  setup.tracker.on_deadline(setup.now());
  CHECK(setup.net.listeners.size() == 2);
  CHECK(setup.tracker.deadline() == never);
}

TEST_CASE("a host without IPv6 is asked over IPv4, and not tried again") {
  Setup setup;
  setup.net.has_v6 = false;
  setup.configure();
  CHECK(setup.net.sockets.size() == 1);
  CHECK(setup.tracker.deadline() == never);
  setup.settings.tracker_bind_address_ipv6 = "2001:db8::1";
  setup.configure();
  CHECK(setup.tracker.deadline() == setup.now() + OwnTracker::retry_after);
  setup.settings.tracker_bind_address_ipv6 = "";
  setup.configure();
  CHECK(setup.tracker.deadline() == never);
}

TEST_CASE("another port holds at once, and nobody is forgotten") {
  Setup setup;
  setup.settings.tracker_open = true;
  setup.configure();
  setup.announce("192.0.2.1:1000", hash(1));
  setup.settings.tracker_port = 7000;
  setup.configure();
  CHECK(setup.net.sockets.size() == 2);
  CHECK(setup.net.sockets.contains(Setup::v4(7000)));
  CHECK(setup.net.listeners.contains(Setup::v6(7000)));
  CHECK(setup.tracker.stats().now.swarms == 1);
}

TEST_CASE("without a network, or a way in, nobody asks it") {
  Setup setup;
  setup.configure();
  setup.network.trouble = "the interface is gone";
  setup.tracker.close_sockets();
  setup.configure();
  CHECK(setup.net.sockets.empty());
  CHECK(setup.tracker.enabled());
  CHECK(setup.tracker.deadline() == never);
  setup.network = {};
  setup.network.v6.reset();
  setup.configure();
  CHECK(setup.net.sockets.size() == 1);
  setup.reachable = false;
  setup.configure();
  CHECK(setup.net.sockets.empty());
  CHECK_FALSE(setup.tracker.enabled());
}

TEST_CASE("peers that are not heard of are forgotten in time") {
  Setup setup;
  setup.settings.tracker_open = true;
  setup.settings.tracker_interval_minutes = 10;
  setup.configure();
  setup.announce("192.0.2.1:1000", hash(1));
  for (int i = 0; i < 20 && setup.tracker.deadline() != never; ++i) {
    setup.clock.advance(1min);
    setup.tracker.on_deadline(setup.now());
  }
  CHECK(setup.tracker.stats().now.swarms == 0);
  CHECK(setup.tracker.stats().now.expired == 1);
}

}  // namespace
}  // namespace seed::session

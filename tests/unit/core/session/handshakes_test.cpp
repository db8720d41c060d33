#include "core/session/handshakes.h"

#include "core/base/limits.h"
#include "tests/unit/core/session/fixture.h"
#include "tests/unit/core/torrent/one_torrent.h"

namespace seed::session {
namespace {

using torrent::test::MemoryStream;
using torrent::test::Wire;

struct Setup final : HandshakesOwner {
  torrent::Torrent* torrent_by_hash(const Sha1&) override { return torrent; }
  torrent::Torrent* torrent_by_id(TorrentId) override { return torrent; }
  std::optional<Sha1> hash_of_req2(const Sha1&) override { return skey; }
  void prepare(peer::Local& local, const IpAddress& remote) override {
    local.remote = remote;
    local.listen_port = 6881;
    local.reqq = 500;
    local.secret = secret;
  }
  std::optional<Sha1> skey;
  std::optional<wire::mse::SecretBytes> secret;
  bool room_for_link(TorrentId) override {
    turned_away += room ? 0 : 1;
    return room;
  }
  void on_link_handed_over(TorrentId) override { ++handed_over; }
  void on_handshakes_dirty() override { ++dirty; }

  /// Somebody connects and says nothing.
  std::shared_ptr<Wire> connect(const IpAddress& address, std::uint16_t port = 50'000) {
    auto wire = std::make_shared<Wire>();
    wire->remote = {address, port};
    handshakes.accept(std::make_unique<MemoryStream>(wire, nullptr));
    return wire;
  }

  torrent::test::ManualClock clock;
  torrent::Torrent* torrent = nullptr;  ///< the only one
  bool room = true;
  int dirty = 0;
  int turned_away = 0;
  int handed_over = 0;
  Handshakes handshakes{clock, *this, "seedd test", Rng(1), {}};
};

TEST_CASE("silent connections of one address leave places to others") {
  Setup setup;
  const IpAddress one = IpAddress::v4(0x01020304);
  for (std::uint16_t i = 0; i < 300; ++i) setup.connect(one, static_cast<std::uint16_t>(2000 + i));
  CHECK(setup.handshakes.size() == limits::handshakes_per_address_max);
  const auto other = setup.connect(IpAddress::v4(0x01020305));
  CHECK(other->owner != nullptr);
  // Our own network may be many at a time.
  for (std::uint16_t i = 0; i < 300; ++i)
    setup.connect(IpAddress::v4(0x0a000001), static_cast<std::uint16_t>(2000 + i));
  CHECK(setup.handshakes.size() ==
        limits::handshakes_per_address_max + 1 + limits::handshakes_per_private_address_max);
}

TEST_CASE("connections of addresses that are turned away by now end") {
  Setup setup;
  const IpAddress one = IpAddress::v4(0x01020304);
  setup.connect(one);
  setup.connect(IpAddress::v4(0x01020305));
  setup.handshakes.end_those([&](const IpAddress& address) { return address == one; });
  setup.handshakes.on_turn_end(setup.clock.now());
  CHECK(setup.handshakes.size() == 1);
}

TEST_CASE("silent connections of one IPv6 network leave places to others") {
  Setup setup;
  for (int i = 1; i < 100; ++i) setup.connect(*IpAddress::parse("2001:db8::" + std::to_string(i)));
  CHECK(setup.handshakes.size() == limits::handshakes_per_address_max);
  CHECK(setup.connect(*IpAddress::parse("2001:db8:0:1::1"))->owner != nullptr);
}

TEST_CASE("when all places are taken the one that waited longest gives way") {
  Setup setup;
  std::vector<std::shared_ptr<Wire>> wires;
  for (std::uint32_t i = 0; i <= limits::handshakes_max; ++i) {
    wires.push_back(setup.connect(IpAddress::v4(0x01000001 + i)));
    setup.clock.advance(1ms);
  }
  setup.handshakes.on_turn_end(setup.clock.now());
  CHECK(setup.handshakes.size() == limits::handshakes_max);
  CHECK(wires.front()->owner == nullptr);
  CHECK(wires[1]->owner != nullptr);
  CHECK(wires.back()->owner != nullptr);
}

/// A seed, and a peer that has named it.
struct Named {
  torrent::test::OneTorrent one{true};
  Setup setup;
  std::shared_ptr<Wire> wire;

  explicit Named(bool room) {
    one.torrent().set_allowed(true);
    one.torrent().with_content([](const Result<void>&) {});
    one.load();
    REQUIRE(one.torrent().done());
    setup.torrent = &one.torrent();
    setup.room = room;
    wire = setup.connect(IpAddress::v4(0x01020304));
    REQUIRE(wire->owner != nullptr);
    peer::Local local;
    local.torrent = torrent::test::side_of(one.octets, torrent::test::peer_id(7));
    peer::Connection dialling(peer::Role::outgoing, local, Rng(7), setup.clock.now());
    Buffer greeting = torrent::test::drained(dialling.outgoing());
    wire->owner->on_bytes(greeting);
  }
};

TEST_CASE("while there are as many links as there may be it is heard who would come") {
  Named named(false);
  CHECK(named.setup.turned_away == 1);
  named.setup.handshakes.on_turn_end(named.setup.clock.now());
  CHECK(named.setup.handshakes.size() == 0);
  CHECK(named.wire->owner == nullptr);
  CHECK(named.one.ground.host.links == 0);
}

TEST_CASE("a place that is gone when a link could have it is waited for") {
  Named named(true);
  named.setup.room = false;
  named.setup.handshakes.on_turn_end(named.setup.clock.now());
  CHECK(named.setup.turned_away == 1);
  CHECK(named.setup.handshakes.size() == 0);
  CHECK(named.one.ground.host.links == 0);
}

TEST_CASE("a peer whose torrent lets go of its content in the same turn waits for it again") {
  Named named(true);
  auto& [one, setup, wire] = named;
  one.torrent().relocate(*SafePath::root("/data/torrents"), [](const Result<void>&) {});
  setup.handshakes.on_turn_end(setup.clock.now());
  CHECK(setup.handshakes.size() == 1);
  CHECK(one.ground.host.links == 0);
  one.load();
  setup.handshakes.on_turn_end(setup.clock.now());
  CHECK(setup.handshakes.size() == 0);
  CHECK(one.ground.host.links == 1);
  CHECK(setup.handed_over == 1);
  CHECK(wire->owner != nullptr);
}

}  // namespace
}  // namespace seed::session

#include "core/session/handshakes.h"

#include "core/base/limits.h"
#include "tests/unit/core/session/fixture.h"

namespace seed::session {
namespace {

using torrent::test::MemoryStream;
using torrent::test::Wire;

struct Setup final : HandshakesOwner {
  torrent::Torrent* torrent_by_hash(const Sha1&) override { return nullptr; }
  torrent::Torrent* torrent_by_id(TorrentId) override { return nullptr; }
  std::uint16_t listen_port() override { return 6881; }
  bool room_for_link() override { return room; }
  void on_handshakes_dirty() override { ++dirty; }

  /// Somebody connects and says nothing.
  std::shared_ptr<Wire> connect(const IpAddress& address, std::uint16_t port = 50'000) {
    auto wire = std::make_shared<Wire>();
    wire->remote = {address, port};
    handshakes.accept(std::make_unique<MemoryStream>(wire, nullptr));
    return wire;
  }

  torrent::test::ManualClock clock;
  bool room = true;
  int dirty = 0;
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

TEST_CASE("nobody is let in while there are as many links as there may be") {
  Setup setup;
  setup.room = false;
  CHECK(setup.connect(IpAddress::v4(0x01020304))->owner == nullptr);
  CHECK(setup.handshakes.size() == 0);
}

}  // namespace
}  // namespace seed::session

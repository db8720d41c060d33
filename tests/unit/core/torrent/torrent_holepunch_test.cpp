// Holepunching (BEP 55) of a torrent, over links to peers that take it.
#include <memory>
#include <vector>

#include "tests/unit/core/torrent/one_torrent.h"

namespace seed::torrent {
namespace {

using wire::UtHolepunch;

struct Setup : test::OneTorrent {
  explicit Setup(bool is_private = false) {
    auto record = test::record_of(octets);
    record.content.is_private = is_private;
    made.reset();
    made.emplace(ground.environment, TorrentId{1, 1}, 1, std::move(record), Rng(3));
    torrent().set_allowed(true);
    load();
  }
  static std::vector<UtHolepunch> heard(const test::FarPeer& peer) {
    std::vector<UtHolepunch> out;
    for (const auto& event : peer.events)
      if (const auto* said = std::get_if<UtHolepunch>(&event)) out.push_back(*said);
    return out;
  }
  void say(test::FarPeer& peer, UtHolepunch::Kind kind, const Endpoint& endpoint) {
    REQUIRE(peer.connection.send_extension(UtHolepunch{.kind = kind, .endpoint = endpoint}, now()));
    talk(peer);
  }
  bool dial() { return torrent().dial_next(ground.net, {}, {}); }
};

const Endpoint hidden = test::endpoint("10.0.0.9");

TEST_CASE("two links are brought together when one asks for the other") {
  Setup setup;
  const auto one = setup.connect("10.0.0.2", 2);
  const auto other = setup.connect("10.0.0.3", 3);
  setup.say(*one, UtHolepunch::Kind::rendezvous, test::endpoint("10.0.0.3"));
  setup.talk(*other);
  REQUIRE(Setup::heard(*one).size() == 1);
  CHECK(Setup::heard(*one)[0].kind == UtHolepunch::Kind::connect);
  CHECK(Setup::heard(*one)[0].endpoint == test::endpoint("10.0.0.3"));
  REQUIRE(Setup::heard(*other).size() == 1);
  CHECK(Setup::heard(*other)[0].endpoint == test::endpoint("10.0.0.2"));
}

TEST_CASE("who asks for somebody that is not linked hears so") {
  Setup setup;
  const auto one = setup.connect("10.0.0.2", 2);
  setup.say(*one, UtHolepunch::Kind::rendezvous, hidden);
  REQUIRE(Setup::heard(*one).size() == 1);
  CHECK(Setup::heard(*one)[0].kind == UtHolepunch::Kind::error);
  CHECK(Setup::heard(*one)[0].error == UtHolepunch::Error::not_connected);
}

TEST_CASE("whoever told of a peer that cannot be dialled is asked, and both are dialled by uTP") {
  Setup setup;
  const auto one = setup.connect("10.0.0.2", 2);
  wire::UtPex told;
  told.added.push_back({hidden, wire::PexPeer::supports_holepunch});
  REQUIRE(one->connection.send_extension(told, setup.now()));
  setup.talk(*one);
  REQUIRE(setup.dial());
  CHECK_FALSE(setup.ground.net.options_used.utp_only);
  setup.ground.net.dialled.back()->owner->on_end({FaultCode::timed_out, 0, "no answer"});
  setup.talk(*one);
  REQUIRE(Setup::heard(*one).size() == 1);
  CHECK(Setup::heard(*one)[0].kind == UtHolepunch::Kind::rendezvous);
  CHECK(Setup::heard(*one)[0].endpoint == hidden);
  CHECK_FALSE(setup.dial());
  setup.say(*one, UtHolepunch::Kind::connect, hidden);
  REQUIRE(setup.dial());
  CHECK(setup.ground.net.options_used.utp_only);
  CHECK(setup.ground.net.dialled.back()->remote == hidden);
}

TEST_CASE("who is told to dial somebody does so once") {
  Setup setup;
  const auto one = setup.connect("10.0.0.2", 2);
  setup.say(*one, UtHolepunch::Kind::connect, hidden);
  REQUIRE(setup.dial());
  CHECK(setup.ground.net.options_used.utp_only);
  setup.say(*one, UtHolepunch::Kind::connect, hidden);
  CHECK_FALSE(setup.dial());
}

TEST_CASE("a blocked peer is not dialled, whoever asks for it") {
  Setup setup;
  setup.ground.host.blocked = hidden.address;
  const auto one = setup.connect("10.0.0.2", 2);
  setup.say(*one, UtHolepunch::Kind::connect, hidden);
  CHECK_FALSE(setup.dial());
}

TEST_CASE("a private torrent takes no part in it") {
  Setup setup(true);
  const auto one = setup.connect("10.0.0.2", 2);
  CHECK_FALSE(one->connection.takes(wire::Extension::ut_holepunch));
}

}  // namespace
}  // namespace seed::torrent

#include "core/torrent/links.h"

#include "core/base/limits.h"
#include "tests/unit/core/torrent/some_links.h"

namespace seed::torrent {
namespace {

using test::endpoint;
using test::FarPeer;
using Setup = test::SomeLinks;

TEST_CASE("one address does not get all places") {
  Setup setup;
  std::vector<std::unique_ptr<FarPeer>> all;
  for (std::uint16_t i = 0; i < limits::links_per_address_max; ++i) {
    CHECK(setup.links.admits(endpoint("1.2.3.4", 1)));
    REQUIRE(setup.links.candidates().add(endpoint("1.2.3.4", static_cast<std::uint16_t>(7000 + i)),
                                         swarm::Source::tracker, {}, setup.now()));
    setup.dial();
  }
  CHECK_FALSE(setup.links.admits(endpoint("1.2.3.4", 1)));
  CHECK(setup.links.admits(endpoint("1.2.3.5", 1)));
}

TEST_CASE("one IPv6 network does not get all places") {
  Setup setup;
  for (std::size_t i = 0; i < limits::links_per_address_max; ++i) {
    const auto peer = endpoint("2001:db8:0:1::" + std::to_string(i + 1));
    CHECK(setup.links.admits(peer));
    REQUIRE(setup.links.candidates().add(peer, swarm::Source::tracker, {}, setup.now()));
    setup.dial();
  }
  CHECK_FALSE(setup.links.admits(endpoint("2001:db8:0:1:ffff::1")));
  CHECK(setup.links.admits(endpoint("2001:db8:0:2::1")));
}

TEST_CASE("a link that gave nothing makes room for a peer that waits") {
  Setup setup;
  setup.record.options.peer_limit = 2;
  const auto first = setup.connect("10.0.0.1", 2);
  setup.ground.clock.advance(10s);
  const auto second = setup.connect("10.0.0.2", 3);
  setup.ground.clock.advance(Links::useless_after);
  // Nobody waits.
  setup.links.make_room(false, setup.now());
  setup.turn();
  CHECK(setup.links.size() == 2);
  SECTION("a candidate") {
    setup.links.candidates().add(endpoint("10.0.0.3"), swarm::Source::tracker, {}, setup.now());
  }
  SECTION("one that came") { CHECK_FALSE(setup.links.admits(endpoint("10.0.0.3"))); }
  setup.links.make_room(false, setup.now());
  setup.links.make_room(false, setup.now());
  setup.turn();
  CHECK(setup.links.size() == 1);
  CHECK(first->wire().owner == nullptr);
  CHECK(second->wire().owner != nullptr);
  CHECK(setup.links.admits(endpoint("10.0.0.3")));
}

TEST_CASE("a link that is young or of use to somebody keeps its place") {
  Setup setup;
  setup.record.options.peer_limit = 1;
  const auto far = setup.connect("10.0.0.1", 2);
  setup.links.candidates().add(endpoint("10.0.0.3"), swarm::Source::tracker, {}, setup.now());
  setup.ground.clock.advance(Links::useless_after - 1s);
  setup.links.make_room(false, setup.now());
  far->connection.set_interested(true, setup.now());
  far->talk([&] { setup.turn(); }, setup.now());
  setup.ground.clock.advance(1min);
  // A seed waits for those that want something of it.
  setup.links.make_room(true, setup.now());
  setup.turn();
  CHECK(setup.links.size() == 1);
  setup.links.make_room(false, setup.now() + Links::turnover_every);
  setup.turn();
  CHECK(setup.links.size() == 0);
}

TEST_CASE("a seed waits no longer for who lets its turn pass") {
  Setup setup;
  setup.record.options.peer_limit = 1;
  const auto far = setup.connect("10.0.0.1", 2);
  far->connection.set_interested(true, setup.now());
  far->talk([&] { setup.turn(); }, setup.now());
  CHECK_FALSE(setup.links.admits(endpoint("10.0.0.3")));
  PeerLink* link = nullptr;
  setup.links.table().each([&](PeerLink& one) { link = &one; });
  setup.ground.clock.advance(Links::useless_after * 2);
  SECTION("that is over") { link->upload.passed_turn = true; }
  SECTION("that goes on and on") { link->upload.unchoked_at = setup.now() - Links::useless_after; }
  SECTION("but for one that has just begun") {
    link->upload.unchoked_at = setup.now() - 1s;
    setup.links.make_room(true, setup.now());
    CHECK(setup.links.size() == 1);
    link->upload.unchoked_at = Instant{};
  }
  setup.links.make_room(true, setup.now() + Links::turnover_every);
  setup.turn();
  CHECK(setup.links.size() == 0);
}

TEST_CASE("a seed that may send nothing throws nobody out who takes nothing") {
  Setup setup;
  setup.record.options.peer_limit = 1;
  config::TorrentOptions options;
  options.upload_limited = true;
  options.upload_limit = 0;
  setup.links.set_limits(options, setup.now());
  const auto far = setup.connect("10.0.0.1", 2);
  far->connection.set_interested(true, setup.now());
  far->talk([&] { setup.turn(); }, setup.now());
  CHECK_FALSE(setup.links.admits(endpoint("10.0.0.3")));
  const auto pass_turn = [&] {
    setup.links.table().each([](PeerLink& link) { link.upload.passed_turn = true; });
  };
  const auto make_room = [&] {
    setup.ground.clock.advance(Links::useless_after);
    setup.links.make_room(true, setup.now());
    setup.turn();
    return setup.links.size() == 0;
  };
  pass_turn();
  CHECK_FALSE(make_room());
  options.upload_limit = 10;
  setup.links.set_limits(options, setup.now());
  CHECK_FALSE(make_room());
  pass_turn();
  CHECK(make_room());
}

TEST_CASE("links beyond a limit that was lowered end, the least useful first") {
  Setup setup;
  const auto first = setup.connect("10.0.0.1", 2);
  setup.ground.clock.advance(1s);
  const auto second = setup.connect("10.0.0.2", 3);
  setup.ground.clock.advance(1s);
  const auto third = setup.connect("10.0.0.3", 4);
  setup.record.options.peer_limit = 1;
  setup.links.make_room(false, setup.now());
  setup.turn();
  CHECK(setup.links.size() == 1);
  CHECK(third->wire().owner != nullptr);
}

TEST_CASE("whom the session turns away is not dialled, and loses its link") {
  Setup setup;
  const auto far = setup.connect("10.0.0.1", 7);
  setup.links.candidates().add(endpoint("10.0.0.1", 7000), swarm::Source::pex, {}, setup.now());
  setup.ground.host.blocked = endpoint("10.0.0.1").address;
  CHECK_FALSE(setup.next());
  setup.links.end_blocked();
  CHECK(setup.links.on_turn_end(setup.now(), [](PeerLink&) {}));
}

TEST_CASE("a ban ends the links of that address and keeps it out") {
  Setup setup;
  const auto bad = setup.connect("10.0.0.1", 2);
  const auto good = setup.connect("10.0.0.2", 3);
  const std::vector<IpAddress> guilty{*IpAddress::parse("10.0.0.1")};
  setup.links.ban(guilty);
  setup.turn();
  CHECK(bad->wire().owner == nullptr);
  CHECK(good->wire().owner != nullptr);
  CHECK_FALSE(setup.links.admits(endpoint("10.0.0.1", 1000)));
  CHECK(setup.links.admits(endpoint("10.0.0.3")));
}

}  // namespace
}  // namespace seed::torrent

// What a torrent tells its trackers of how much it has.
#include <algorithm>
#include <set>

#include "tests/unit/core/torrent/one_torrent.h"

namespace seed::torrent {
namespace {

using test::FarPeer;
using Setup = test::OneTorrent;

/// All of it is there but the last piece, which is only in the second file: that has come, and has
/// yet to be hashed.
struct AllButHashed : Setup {
  AllButHashed() {
    torrent().set_trackers({{"http://tracker.example/announce"}});
    torrent().set_allowed(true);
    load();
    REQUIRE(announce());
    far = connect("10.0.0.1", 2);
    far->connection.send_bitfield(Bitfield(octets.pieces(), true), now());
    far->connection.set_choking(false, now());
    const PieceIndex last{octets.pieces() - 1};
    for (int round = 0; round < 5; ++round) {
      talk(*far);
      std::vector<BlockRef> wanted;
      for (const auto& event : far->events)
        if (const auto* asked = std::get_if<peer::BlockRequested>(&event))
          if (far->connection.peer_wants(asked->block) && asked->block.piece != last)
            wanted.push_back(asked->block);
      for (const auto& ref : wanted)
        far->connection.send_block(ref, Block::copy_of(octets.block(ref)), now());
    }
    const BlockRef block{.piece = last, .offset = 0, .length = octets.layout().piece_size(last)};
    REQUIRE(far->connection.peer_wants(block));
    far->connection.send_block(block, Block::copy_of(octets.block(block)), now());
    far->talk([] {}, now());
    REQUIRE_FALSE(torrent().done());
  }
  std::unique_ptr<FarPeer> far;
};

TEST_CASE("a last piece that lands after its file was deselected is told as completed") {
  AllButHashed setup;
  setup.torrent().set_wishes({FileWish::normal, FileWish::unwanted});
  REQUIRE(setup.torrent().done());
  CHECK_FALSE(setup.announce());
  setup.settle();
  const auto said = setup.announce();
  REQUIRE(said);
  CHECK(said->event == tracker::AnnounceEvent::completed);
  CHECK(said->left == 0);
  CHECK_FALSE(setup.announce());
}

TEST_CASE("a last piece that lands after the stop is told as completed, now or at the next start") {
  using tracker::AnnounceEvent;
  for (const bool heard_before : {false, true}) {
    AllButHashed setup;
    setup.torrent().stop();
    if (heard_before) CHECK(setup.announce()->event == AnnounceEvent::stopped);
    setup.settle();
    REQUIRE(setup.torrent().done());
    if (heard_before) {
      CHECK_FALSE(setup.announce());
      setup.torrent().start({});
      setup.torrent().set_allowed(true);
      setup.settle();
      CHECK(setup.announce()->event == AnnounceEvent::started);
    }
    CHECK(setup.announce()->event == AnnounceEvent::completed);
    if (!heard_before) CHECK(setup.announce()->event == AnnounceEvent::stopped);
    CHECK_FALSE(setup.announce());
  }
}

TEST_CASE("a tracker that refused for good before a restart is why nobody comes") {
  Setup setup(true);
  setup.torrent().set_trackers({{"http://tracker.example/announce"}});
  tracker::TrackerMemory before;
  before.url = "http://tracker.example/announce";
  before.refused_for_good = true;
  setup.torrent().announcing().machine().restore({before}, setup.now());
  setup.torrent().set_allowed(true);
  setup.load();
  REQUIRE(setup.torrent().status() == Status::seeding);
  const Reason main = setup.torrent().why({}).front();
  CHECK(main.code == ReasonCode::tracker_error);
  CHECK(main.detail == "tracker.example:80: The tracker has refused for good");
}

TEST_CASE("data that a check finds is not told as completed") {
  Setup setup(true);
  setup.torrent().set_trackers({{"http://tracker.example/announce"}});
  setup.torrent().set_allowed(true);
  setup.load();
  REQUIRE(setup.torrent().done());
  CHECK(setup.announce()->event == tracker::AnnounceEvent::started);
  CHECK_FALSE(setup.announce());
}

TEST_CASE("a partial seed tells what it misses, and completes when it has the whole") {
  using tracker::AnnounceEvent;
  Setup setup;
  setup.torrent().set_trackers({{"http://tracker.example/announce"}});
  setup.torrent().set_wishes({FileWish::normal, FileWish::unwanted});
  setup.torrent().set_allowed(true);
  setup.load();
  auto said = setup.announce();
  REQUIRE(said);
  CHECK(said->event == AnnounceEvent::started);
  CHECK(said->left == 100'000);
  CHECK_FALSE(said->partial_seed);
  const auto far = setup.connect("10.0.0.1", 2);
  setup.serve(*far);
  REQUIRE(setup.torrent().done());
  CHECK_FALSE(setup.announce());
  setup.pass(31min);
  said = setup.announce();
  REQUIRE(said);
  CHECK(said->event == AnnounceEvent::none);
  CHECK(said->left == 100'000 - 2 * 32768);
  CHECK(said->partial_seed);

  setup.torrent().set_wishes({});
  setup.load();
  REQUIRE_FALSE(setup.torrent().done());
  CHECK_FALSE(setup.torrent().announce_totals().partial_seed);
  const auto again = setup.connect("10.0.0.2", 3);
  setup.serve(*again);
  REQUIRE(setup.torrent().done());
  said = setup.announce();
  REQUIRE(said);
  CHECK(said->event == AnnounceEvent::completed);
  CHECK(said->left == 0);
  CHECK_FALSE(said->partial_seed);
}

TEST_CASE("a partial selection that was done at the start completes with the rest") {
  Setup setup;
  setup.torrent().set_trackers({{"http://tracker.example/announce"}});
  setup.torrent().set_wishes({FileWish::normal, FileWish::unwanted});
  setup.torrent().set_allowed(true);
  setup.load();
  setup.serve(*setup.connect("10.0.0.1", 2));
  REQUIRE(setup.torrent().done());
  setup.torrent().stop();
  setup.settle();
  setup.ground.host.dues.clear();
  // Another run: what is wanted is there from its start.
  auto record = *parse_record(setup.torrent().save_as(false).record, setup.torrent().hashes());
  record.running = true;
  record.trackers.clear();
  setup.made.emplace(setup.ground.environment, TorrentId{1, 1}, 1, std::move(record), Rng(3));
  setup.torrent().set_allowed(true);
  setup.load();
  auto said = setup.announce();
  REQUIRE(said);
  CHECK(said->event == tracker::AnnounceEvent::started);
  CHECK(said->partial_seed);
  setup.torrent().set_wishes({});
  setup.load();
  setup.serve(*setup.connect("10.0.0.2", 3));
  REQUIRE(setup.torrent().done());
  said = setup.announce();
  REQUIRE(said);
  CHECK(said->event == tracker::AnnounceEvent::completed);
}

/// A tracker's answer with peers, and with how it sees us.
void answer(Setup& setup, const std::string& external, const std::vector<std::string>& peers) {
  const auto dues = std::exchange(setup.ground.host.dues, {});
  const auto due = std::ranges::find(dues, false, &tracker::Announcer::Due::scrape);
  REQUIRE(due != dues.end());
  REQUIRE(setup.torrent().announcing().begin_announce(
      due->tracker, setup.torrent().announce_totals(), setup.now()));
  tracker::AnnounceReply reply;
  reply.interval = 30min;
  reply.external_ip = IpAddress::parse(external);
  for (const auto& peer : peers) reply.peers.push_back(*Endpoint::parse(peer));
  setup.torrent().on_tracker_reply(due->tracker, reply, 6881);
}

/// Whom it dials, in any order.
std::set<std::string> dials(Setup& setup) {
  while (setup.torrent().dial_next(setup.ground.net, {}, {})) continue;
  std::set<std::string> out;
  for (const auto& wire : setup.ground.net.dialled) out.insert(wire->remote.to_string());
  return out;
}

TEST_CASE("what a tracker says is our own address is not dialled") {
  Setup setup;
  setup.torrent().set_trackers({{"http://tracker.example/announce"}});
  setup.torrent().set_allowed(true);
  setup.load();
  // The tracker does not know which of its peers asks.
  answer(setup, "203.0.113.7", {"203.0.113.7:6881", "203.0.113.7:6882", "203.0.113.8:6881"});
  CHECK(dials(setup) == std::set<std::string>{"203.0.113.7:6882", "203.0.113.8:6881"});
}

TEST_CASE("our addresses of both families are kept apart") {
  Setup setup;
  setup.torrent().set_trackers({{"http://tracker.example/announce"}});
  setup.torrent().set_allowed(true);
  setup.load();
  answer(setup, "203.0.113.7", {});
  setup.pass(31min);
  answer(setup, "2001:db8::7", {"203.0.113.7:6881", "[2001:db8::7]:6881", "[2001:db8::8]:6881"});
  CHECK(dials(setup) == std::set<std::string>{"[2001:db8::8]:6881"});
}

TEST_CASE("a snapshot says when a manual announce is next allowed") {
  Setup setup(true);
  const auto allowed = [&] { return setup.torrent().snapshot({}).manual_announce; };
  const auto seconds_now = [&] { return unix_seconds(setup.ground.clock.wall()); };
  setup.torrent().set_trackers({{"http://tracker.example/announce"}});
  CHECK(allowed() == -1);
  setup.torrent().set_allowed(true);
  setup.load();
  CHECK(allowed() == seconds_now());
  answer(setup, "203.0.113.7", {});
  CHECK(allowed() == seconds_now() + 60);
  setup.pass(20s);
  CHECK(allowed() == seconds_now() + 40);
  setup.pass(2min);
  CHECK(allowed() == seconds_now());
  setup.torrent().set_trackers({});
  CHECK(allowed() == -1);
  setup.torrent().set_trackers({{"http://tracker.example/announce"}});
  CHECK(allowed() == seconds_now());
  setup.torrent().stop();
  CHECK(allowed() == -1);
}

}  // namespace
}  // namespace seed::torrent

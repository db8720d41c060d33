// What a torrent tells its trackers of how much it has.
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

}  // namespace
}  // namespace seed::torrent

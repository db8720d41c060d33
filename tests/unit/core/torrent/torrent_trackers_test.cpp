// What a torrent tells its trackers of how much it has.
#include "core/torrent/torrent.h"
#include "tests/unit/core/torrent/fixture.h"

namespace seed::torrent {
namespace {

using test::FarPeer;
using test::Ground;

/// One torrent in a session that loads and saves when the test says so.
struct Setup {
  Setup() { made.emplace(ground.environment, TorrentId{1, 1}, 1, test::record_of(octets), Rng(3)); }
  Torrent& torrent() { return *made; }
  Instant now() const { return ground.clock.now(); }

  void load() {
    made->on_content(LoadedContent{octets.metainfo, std::nullopt});
    settle();
  }
  void settle() {
    for (int i = 0; i < 20; ++i) {
      ground.workers.run_all();
      made->on_turn_end(now());
      ground.host.answer_saves();
    }
  }
  void pass(Duration time) {
    for (Duration step{}; step < time; step += 1s) {
      ground.clock.advance(1s);
      if (ground.host.deadline <= now()) made->on_deadline(now());
      settle();
    }
  }
  std::unique_ptr<FarPeer> connect(const std::string& address, std::uint8_t id) {
    made->add_candidate(test::endpoint(address), swarm::Source::tracker);
    REQUIRE(made->dial_next(ground.net, {}, {}, 6881));
    auto far = FarPeer::dialled(ground.net.dialled.back(), octets, test::peer_id(id), now());
    talk(*far);
    return far;
  }
  void talk(FarPeer& far) {
    for (int i = 0; i < 5; ++i) {
      far.talk([&] { made->on_turn_end(now()); }, now());
      ground.workers.run_all();
    }
  }

  /// Sends what is asked for until the torrent is done.
  void serve(FarPeer& far) {
    far.connection.send_bitfield(Bitfield(octets.pieces(), true), now());
    far.connection.set_choking(false, now());
    for (int round = 0; round < 20 && !made->done(); ++round) {
      talk(far);
      std::vector<BlockRef> wanted;
      for (const auto& event : far.events)
        if (const auto* asked = std::get_if<peer::BlockRequested>(&event))
          if (far.connection.peer_wants(asked->block)) wanted.push_back(asked->block);
      for (const auto& ref : wanted)
        far.connection.send_block(ref, Block::copy_of(octets.block(ref)), now());
    }
    settle();
  }
  /// What its tracker is told now, and takes; nothing when nothing is due.
  std::optional<tracker::AnnounceRequest> announce() {
    for (const auto& due : std::exchange(ground.host.dues, {})) {
      if (due.scrape) continue;
      const auto ready =
          made->announcing().begin_announce(due.tracker, made->announce_totals(), now());
      if (!ready) continue;
      made->on_tracker_reply(due.tracker, tracker::AnnounceReply{}, 6881);
      return ready->request;
    }
    return std::nullopt;
  }

  Ground ground;
  test::Content octets = test::Content::make({{"name/a", 60'000}, {"name/b", 40'000}}, 32768, 1);
  std::optional<Torrent> made;
};

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

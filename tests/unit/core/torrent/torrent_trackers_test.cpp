// What a torrent tells its trackers of how much it has.
#include "tests/unit/core/torrent/one_torrent.h"

namespace seed::torrent {
namespace {

using test::FarPeer;
using Setup = test::OneTorrent;

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

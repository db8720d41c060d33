#include "core/session/roots_watch.h"

#include "tests/unit/core/session/fixture.h"

namespace seed::session {
namespace {

struct Setup {
  test::Population all;
  std::vector<std::pair<TorrentId, bool>> told;
  RootsWatch watch{all.ground.storage.roots(), all.torrents,
                   [this](TorrentId id, const Result<void>& there) {
                     told.emplace_back(id, there.has_value());
                   }};

  /// Makes the folder known, as a torrent that uses it does.
  void use(const std::string& path) {
    all.ground.storage.roots().check(
        *SafePath::root(path), storage::RootUse::make,
        [](const Result<storage::KnownRoot>& known) { REQUIRE(known); });
    all.ground.workers.run_all();
  }
  void look() {
    told.clear();
    all.ground.clock.advance(RootsWatch::every);
    watch.on_deadline(all.ground.clock.now());
    all.ground.workers.run_all();
  }
};

TEST_CASE("folders are looked at every ten seconds from the start on") {
  Setup setup;
  CHECK(setup.watch.deadline() == never);
  const Instant begin = setup.all.ground.clock.now();
  setup.watch.start(begin);
  CHECK(setup.watch.deadline() == begin);
  setup.watch.on_deadline(begin);
  CHECK(setup.watch.deadline() == begin + RootsWatch::every);
}

TEST_CASE("a folder that was never used is not missing") {
  Setup setup;
  setup.all.add(1, "/data/not made yet");
  setup.watch.start(setup.all.ground.clock.now());
  setup.look();
  CHECK(setup.told.empty());
}

TEST_CASE("each torrent below a folder hears whether it is there") {
  Setup setup;
  setup.use("/data/torrents");
  const TorrentId first = setup.all.add(1).id();
  const TorrentId second = setup.all.add(2).id();
  setup.watch.start(setup.all.ground.clock.now());
  setup.look();
  CHECK(setup.told == std::vector<std::pair<TorrentId, bool>>{{first, true}, {second, true}});
  setup.all.ground.files.unmount("/data");
  setup.look();
  CHECK(setup.told == std::vector<std::pair<TorrentId, bool>>{{first, false}, {second, false}});
  setup.all.ground.files.remount("/data");
  setup.look();
  CHECK(setup.told == std::vector<std::pair<TorrentId, bool>>{{first, true}, {second, true}});
}

TEST_CASE("a folder that does not answer is not asked again meanwhile") {
  Setup setup;
  setup.use("/data/torrents");
  setup.all.add(1);
  setup.watch.start(setup.all.ground.clock.now());
  auto& workers = setup.all.ground.workers;
  for (int i = 0; i < 5; ++i) {
    setup.all.ground.clock.advance(RootsWatch::every);
    setup.watch.on_deadline(setup.all.ground.clock.now());
    CHECK(workers.pending() == 1);
  }
  workers.run_all();
  CHECK(setup.told.size() == 1);
  setup.look();
  CHECK(setup.told.size() == 1);
}

TEST_CASE("what was found of each folder is remembered for as long as torrents are below it") {
  Setup setup;
  setup.use("/data/torrents");
  setup.all.add(1);
  setup.all.add(2, "/data/not made yet");
  setup.watch.start(setup.all.ground.clock.now());
  setup.look();
  REQUIRE(setup.watch.found().size() == 1);
  const auto& found = setup.watch.found().at("/data/torrents");
  CHECK_FALSE(found);
  setup.all.ground.files.unmount("/data");
  setup.look();
  REQUIRE(found);
  CHECK(found->code == FaultCode::root_missing);
  setup.all.ground.files.remount("/data");
  setup.look();
  CHECK_FALSE(found);
}

TEST_CASE("a folder whose disk does not answer is known for it") {
  Setup setup;
  setup.use("/data/torrents");
  setup.all.add(1);
  setup.watch.start(setup.all.ground.clock.now());
  for (int i = 0; i < 2; ++i) {
    setup.all.ground.clock.advance(RootsWatch::every);
    setup.watch.on_deadline(setup.all.ground.clock.now());
  }
  REQUIRE(setup.watch.found().at("/data/torrents"));
  CHECK(setup.watch.found().at("/data/torrents")->code == FaultCode::timed_out);
  setup.all.ground.workers.run_all();
  CHECK_FALSE(setup.watch.found().at("/data/torrents"));
}

}  // namespace
}  // namespace seed::session

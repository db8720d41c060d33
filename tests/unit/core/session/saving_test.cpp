#include "core/session/saving.h"

#include "tests/unit/core/session/fixture.h"

namespace seed::session {
namespace {

using Kind = io::StoreChange::Kind;

struct Setup {
  test::Population all;
  SessionTotals totals{all.ground.clock.now()};
  Saving saving{all.workers, all.ground.clock, all.torrents, all.ground.storage.roots(), totals,
                {}};

  std::size_t commits() {
    all.workers.run_all();
    return all.store.commits.size();
  }
  /// How many changes of that kind the last commit had.
  std::size_t last(Kind kind) {
    std::size_t count = 0;
    for (const auto& change : all.store.commits.back()) count += change.kind == kind ? 1u : 0u;
    return count;
  }
};

TEST_CASE("nothing is written while nothing is due") {
  Setup setup;
  auto& torrent = setup.all.add(1);
  setup.saving.want(torrent.id(), {});
  setup.saving.flush();
  CHECK(setup.commits() == 0);
  setup.all.ground.clock.advance(PendingSaves::record_after);
  setup.saving.flush();
  REQUIRE(setup.commits() == 1);
  CHECK(setup.last(Kind::put_torrent) == 1);
  CHECK(setup.last(Kind::put_meta) == 1);  // the sums go along
}

TEST_CASE("a state that cannot be written shows, also while there is nothing to write") {
  Setup setup;
  const auto pass = [&](Duration time) {
    setup.all.ground.clock.advance(time);
    setup.saving.try_out();
    return setup.commits();
  };
  CHECK(pass(Saving::tried_every - 1s) == 0);
  CHECK(pass(1s) == 1);
  CHECK_FALSE(setup.saving.trouble());
  setup.all.store.broken = true;
  pass(Saving::tried_every - 1s);
  CHECK_FALSE(setup.saving.trouble());
  pass(1s);
  CHECK(setup.saving.trouble() == "no room");
  setup.all.store.broken = false;
  pass(Saving::retry_after - 1s);
  CHECK(setup.saving.trouble());
  pass(1s);
  CHECK_FALSE(setup.saving.trouble());
}

TEST_CASE("a write that does not end is trouble, and none is put behind it to see") {
  Setup setup;
  setup.saving.commit(std::vector<io::StoreChange>(1), [](const Result<void>&) {});
  setup.all.ground.clock.advance(Saving::slow_after);
  CHECK_FALSE(setup.saving.trouble());
  setup.all.ground.clock.advance(1s);
  REQUIRE(setup.saving.trouble());
  CHECK(setup.saving.trouble()->find("11 s") != std::string::npos);
  setup.all.ground.clock.advance(Saving::tried_every);
  setup.saving.try_out();
  CHECK(setup.commits() == 1);
  CHECK_FALSE(setup.saving.trouble());
}

TEST_CASE("all that is due goes in one commit, in the order of the ids") {
  Setup setup;
  for (std::uint8_t i = 1; i < 6; ++i)
    setup.saving.want(setup.all.add(i).id(), {.record = true, .progress = true});
  setup.all.ground.clock.advance(1s);
  setup.saving.flush();
  REQUIRE(setup.commits() == 1);
  REQUIRE(setup.last(Kind::put_torrent) == 5);
  CHECK(setup.all.store.commits[0][0].key == 1);
  CHECK(setup.all.store.commits[0][4].key == 5);
}

TEST_CASE("what cannot be saved is wanted again, until it can") {
  Setup setup;
  setup.saving.want(setup.all.add(1).id(), {.record = true, .progress = true});
  setup.all.ground.clock.advance(1s);
  setup.all.store.broken = true;
  setup.saving.flush();
  CHECK(setup.commits() == 0);
  setup.all.store.broken = false;
  setup.all.ground.clock.advance(Saving::retry_after);
  setup.saving.flush();
  CHECK(setup.commits() == 1);
}

TEST_CASE("folders that could not be saved are saved with what is saved next") {
  Setup setup;
  setup.all.ground.storage.roots().check(*SafePath::root("/data/torrents"), storage::RootUse::make,
                                         [](const Result<storage::KnownRoot>&) {});
  setup.all.ground.workers.run_all();
  setup.all.store.broken = true;
  setup.saving.flush();
  CHECK(setup.commits() == 0);
  setup.all.store.broken = false;
  setup.all.ground.clock.advance(Saving::retry_after);
  setup.saving.flush();
  REQUIRE(setup.commits() == 1);
  CHECK(setup.last(Kind::put_meta) == 2);  // the sums, and the folders
}

TEST_CASE("a store that stays broken is tried every ten seconds, not every second") {
  Setup setup;
  setup.saving.want(setup.all.add(1).id(), {.record = true, .progress = true});
  setup.all.store.broken = true;
  for (int i = 0; i < 60; ++i) {
    setup.all.ground.clock.advance(1s);
    setup.saving.flush();
    setup.commits();
  }
  CHECK(setup.all.store.asked >= 5);
  CHECK(setup.all.store.asked <= 7);
}

TEST_CASE("while a disk hangs, what is to be saved does not pile up") {
  Setup setup;
  auto& torrent = setup.all.add(1);
  for (int i = 0; i < 60; ++i) {
    setup.saving.want(torrent.id(), {.record = true, .progress = true});
    setup.all.ground.clock.advance(1s);
    setup.saving.flush();
  }
  REQUIRE(setup.commits() == 1);
  CHECK(setup.last(Kind::put_torrent) == 1);
  setup.saving.flush();
  REQUIRE(setup.commits() == 2);
  CHECK(setup.last(Kind::put_torrent) == 1);
  setup.saving.flush();
  CHECK(setup.commits() == 2);
}

TEST_CASE("a torrent that has no key any more is not written again") {
  Setup setup;
  auto& torrent = setup.all.add(1);
  setup.saving.want(torrent.id(), {.record = true, .progress = true});
  setup.all.torrents.entry(torrent.id())->key = 0;
  setup.all.ground.clock.advance(1s);
  setup.saving.flush();
  int answers = 0;
  setup.saving.save(torrent.id(), {}, [&](const Result<void>&) { ++answers; });
  setup.saving.save_records({&torrent}, [&](const Result<void>&) { ++answers; });
  CHECK(setup.commits() == 0);
  CHECK(answers == 2);
}

TEST_CASE("a torrent that is saved now need not be saved later") {
  Setup setup;
  auto& torrent = setup.all.add(1);
  setup.saving.want(torrent.id(), {.record = true, .progress = true});
  int answers = 0;
  setup.saving.save(torrent.id(), {}, [&](const Result<void>& saved) { answers += saved ? 1 : 9; });
  CHECK(answers == 0);
  CHECK(setup.commits() == 1);
  CHECK(answers == 1);
  setup.all.ground.clock.advance(1min);
  setup.saving.flush();
  CHECK(setup.commits() == 1);
}

TEST_CASE("what was to be saved later is not forgotten when to save it now fails") {
  Setup setup;
  auto& torrent = setup.all.add(1);
  setup.saving.want(torrent.id(), {.record = true, .progress = true});
  std::optional<Result<void>> saved;
  setup.all.store.broken = true;
  setup.saving.save(torrent.id(), {}, [&](Result<void> it) { saved = std::move(it); });
  CHECK(setup.commits() == 0);
  REQUIRE(saved);
  CHECK_FALSE(*saved);
  setup.all.store.broken = false;
  setup.all.ground.clock.advance(1s);
  setup.saving.flush();
  REQUIRE(setup.commits() == 1);
  CHECK(setup.last(Kind::put_torrent) == 1);
}

TEST_CASE("nobody is told of a torrent that is gone by then") {
  Setup setup;
  const TorrentId id = setup.all.add(1).id();
  bool told = false;
  setup.saving.save(id, {}, [&](const Result<void>&) { told = true; });
  setup.all.torrents.erase(id);
  CHECK(setup.commits() == 1);
  CHECK_FALSE(told);
}

TEST_CASE("at the end all is written, whether it was wanted or not") {
  Setup setup;
  setup.all.add(2);
  setup.all.add(1);
  bool saved = false;
  setup.saving.flush_all([&] { saved = true; });
  CHECK_FALSE(saved);
  REQUIRE(setup.commits() == 1);
  CHECK(saved);
  CHECK(setup.last(Kind::put_torrent) == 2);
  CHECK(setup.last(Kind::put_meta) == 2);  // sums and folders
}

}  // namespace
}  // namespace seed::session

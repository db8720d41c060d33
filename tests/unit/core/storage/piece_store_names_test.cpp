// Files of the user's under the names of a torrent's; see core/storage/piece_store.h.
#include "tests/unit/core/storage/fixture.h"

using namespace seed;
using namespace seed::storage;
using seed::test::FakeFiles;
using seed::test::Process;
using seed::test::same;
using seed::test::Torrent;

namespace {

/// A torrent of one file of three pieces, the first of which is downloaded and saved; beside it
/// a file of the user's, as long, under its last name.
struct Beside {
  FakeFiles files;
  Process process{files};
  Torrent torrent = Torrent::make({{"book", 160'000}}, 65536, 7);
  Buffer users = Buffer(160'000, 5);
  Progress saved;

  explicit Beside(bool full = false) {
    process.preallocation = config::Preallocation::sparse;
    process.open(torrent, "/srv/x");
    process.add_piece(torrent, 0);
    process.let_sync();
    files.put("/srv/x/book", users);
    if (full) process.add_all(torrent);
    process.let_sync();
    saved = process.store->progress();
  }
  void restart() { process.open(torrent, "", *parse_progress(encode(saved))); }
  bool untouched(const std::string& path = "/srv/x/book") const {
    return same(files.content(path), users);
  }
  bool whole(const std::string& path) const { return same(files.content(path), torrent.file(0)); }
};

SafePath root_of(const std::string& path) { return *SafePath::root(path); }

}  // namespace

TEST_CASE("a file with nothing of the torrent in it is a stranger, under its last name") {
  FakeFiles files;
  Process process(files);
  const auto torrent = Torrent::make({{"t/a.bin", 140'000}, {"t/tiny", 100}}, 65536, 7);
  const auto other = Torrent::make({{"t/a.bin", 140'000}}, 65536, 8);
  const auto look = [&](std::optional<Progress> saved = {}) {
    process.open(torrent, "/srv/x", std::move(saved));
    REQUIRE(process.to_check);
    REQUIRE(process.check(*process.to_check));
    const auto found = process.store->strangers(Bitfield(process.store->have().size(), true));
    return found.empty() ? std::nullopt : std::optional(found.front());
  };
  SECTION("another's") {
    other.put(files, "/srv/x");
    CHECK(look() == "/srv/x/t/a.bin");
  }
  SECTION("spoilt, but its own") {
    torrent.put(files, "/srv/x");
    files.corrupt("/srv/x/t/a.bin", 5);
    CHECK_FALSE(look());
  }
  SECTION("begun, with its suffix") {
    files.put("/srv/x/t/a.bin.part", other.file(0));
    CHECK_FALSE(look());
  }
  SECTION("too small for a piece of its own, and of another length") {
    files.put("/srv/x/t/tiny", as_bytes("anything"));
    CHECK(look() == "/srv/x/t/tiny");
  }
  SECTION("as long, and what it shares its piece with is not there") {
    files.put("/srv/x/t/tiny", Buffer(100, 1));
    CHECK_FALSE(look());
  }
  SECTION("as long, and what it shares its piece with is not there in full") {
    files.put("/srv/x/t/tiny", Buffer(100, 1));
    files.put("/srv/x/t/a.bin", torrent.file(0).first(135'000));
    CHECK_FALSE(look());
  }
  SECTION("as long, and all that it shares its piece with is there") {
    torrent.put(files, "/srv/x");
    files.put("/srv/x/t/tiny", Buffer(100, 1));
    CHECK(look() == "/srv/x/t/tiny");
  }
}

TEST_CASE("where unfinished files have no suffix a stranger is known by what was saved") {
  FakeFiles files;
  Process process(files);
  process.suffixes = false;
  const auto torrent = Torrent::make({{"t/a.bin", 140'000}, {"t/tiny", 100}}, 65536, 7);
  const auto is_stranger = [&](std::optional<Progress> saved) {
    process.open(torrent, "/srv/x", std::move(saved));
    REQUIRE(process.to_check);
    REQUIRE(process.check(*process.to_check));
    return !process.store->strangers(Bitfield(process.store->have().size(), true)).empty();
  };
  Progress saved;
  saved.have = Bitfield(torrent.pieces(), false);
  saved.placement.root = *SafePath::root("/srv/x");
  SECTION("somebody else's") {
    Torrent::make({{"t/a.bin", 140'000}}, 65536, 8).put(files, "/srv/x");
    CHECK(is_stranger({}));
    // It may have begun it.
    CHECK_FALSE(is_stranger(saved));
    saved.own = Bitfield(2, false);
    CHECK(is_stranger(saved));
    CHECK(is_stranger(*parse_progress(encode(process.store->progress()))));
  }
  SECTION("made by the torrent, of which no piece is left") {
    process.open(torrent, "/srv/x", saved);
    process.add_piece(torrent, 1);
    process.let_sync();
    saved.own = process.store->progress().own;
    files.corrupt("/srv/x/t/a.bin", 70'000);
    CHECK_FALSE(is_stranger(saved));
  }
}

TEST_CASE("a file of the user's beside a begun one is not taken for it after a restart") {
  Beside setup;
  auto& process = setup.process;
  SECTION("that was clean") { setup.restart(); }
  SECTION("that was none: the stamp is not saved") {
    setup.saved.stamps.clear();
    setup.restart();
    REQUIRE(process.check(*process.to_check));
  }
  SECTION("while suffixes are off: the stamp says which is ours") {
    process.suffixes = false;
    setup.restart();
  }
  CHECK(process.store->have().count() == 1);
  CHECK(process.store->strangers(Bitfield(process.store->have().size(), true)).empty());
  process.add_all(setup.torrent);
  CHECK(process.store->have().all());
  CHECK(setup.untouched());
  CHECK(setup.whole("/srv/x/book.part"));
}

TEST_CASE("a file whose last name is taken is an error, and loses nothing") {
  Beside setup(true);
  auto& process = setup.process;
  const auto check_refused = [&] {
    REQUIRE(process.owner.faults.size() == 1);
    CHECK(process.owner.faults[0].code == FaultCode::exists);
    CHECK(process.owner.faults[0].text.find("/srv/x/book is there already") == 0);
    CHECK(process.owner.completed.empty());
    CHECK(process.store->naming());
    CHECK(process.store->durable_have().all());
    CHECK(setup.untouched());
    CHECK(setup.whole("/srv/x/book.part"));
  };
  check_refused();
  SECTION("tried again") {
    process.owner.faults.clear();
    process.store->clear_fault();
    process.workers.run_all();
    check_refused();
  }
  SECTION("after a restart") {
    process.owner.faults.clear();
    setup.restart();
    CHECK(process.to_check->none());
    check_refused();
    // And what peers ask for is read from our file.
    const auto ref = setup.torrent.blocks({0}).front();
    (void)process.store->read({1, 1}, {&ref, 1});
    process.workers.run_all();
    REQUIRE(process.owner.read.size() == 1);
    CHECK(equal(std::as_const(process.owner.read[0].block).bytes(), setup.torrent.block(ref)));
  }
  REQUIRE(setup.files.remove_file(*root_of("/srv/x").child("book")));
  process.store->clear_fault();
  process.workers.run_all();
  CHECK(setup.whole("/srv/x/book"));
  CHECK(process.owner.completed.size() == 1);
  CHECK_FALSE(process.store->naming());
}

TEST_CASE("a file of the user's beside a begun one neither moves nor is renamed with it") {
  Beside setup;
  auto& process = setup.process;
  if (GENERATE(false, true)) setup.restart();
  const auto finish = [&](Result<void> begun) {
    REQUIRE(begun);
    process.store->finish_move([](Result<void> done) { CHECK(done); });
  };
  SECTION("moved") {
    process.store->begin_move(root_of("/srv/y"), finish);
    process.workers.run_all();
    CHECK(setup.files.is_there("/srv/y/book.part"));
  }
  SECTION("copied") {
    setup.files.mount("/mnt/y");
    process.store->begin_move(root_of("/mnt/y"), finish);
    process.workers.run_all();
    CHECK(setup.files.is_there("/mnt/y/book.part"));
  }
  SECTION("the move was cut off") {
    process.store->begin_move(root_of("/srv/y"), [](Result<void> begun) { CHECK(begun); });
    process.workers.run_all();
    setup.saved = process.store->progress();
    setup.restart();
    CHECK(setup.files.is_there("/srv/y/book.part"));
    CHECK(process.store->have().count() == 1);
  }
  SECTION("renamed") {
    process.store->begin_rename("book", "novel", [&](Result<void> begun) {
      REQUIRE(begun);
      process.store->finish_rename([](Result<void> done) { CHECK(done); });
    });
    process.workers.run_all();
    CHECK(setup.files.is_there("/srv/x/novel.part"));
  }
  SECTION("the renaming was cut off") {
    process.store->begin_rename("book", "novel", [](Result<void> begun) { CHECK(begun); });
    process.workers.run_all();
    setup.saved = process.store->progress();
    setup.restart();
    CHECK(setup.files.is_there("/srv/x/novel.part"));
  }
  CHECK_FALSE(setup.files.is_there("/srv/x/book.part"));
  CHECK(setup.untouched());
}

TEST_CASE("a file of the user's beside a begun one is not removed with it") {
  Beside setup(GENERATE(false, true));
  auto& process = setup.process;
  const auto& layout = setup.torrent.layout();
  Removal removal;
  removal.metainfo = setup.torrent.metainfo;
  removal.placement = setup.saved.placement;
  SECTION("while it is open") {
    removal.ownership = process.store->own_files();
    removal.names = process.store->known_names();
  }
  SECTION("while it rests") {
    removal.ownership = files_with(layout, setup.saved.have);
    removal.names = known_names(layout, setup.saved, true);
  }
  remove_files(*process.storage, removal, [](Result<void> removed) { CHECK(removed); });
  process.workers.run_all();
  CHECK(setup.untouched());
  CHECK_FALSE(setup.files.is_there("/srv/x/book.part"));
}

TEST_CASE("what comes under the last name of a file before that is begun is not written to") {
  FakeFiles files;
  Process process(files);
  const auto torrent = Torrent::make({{"book", 160'000}}, 65536, 7);
  process.open(torrent, "/srv/x");
  Buffer users(160'000, 5);
  files.put("/srv/x/book", users);
  SECTION("unread") {}
  SECTION("and read by a check") {
    REQUIRE(process.check(Bitfield(torrent.pieces(), true)));
    CHECK(process.store->have().none());
  }
  SECTION("but it is ours when a check finds something of it") {
    std::ranges::copy(torrent.piece({1}), users.begin() + 65536);
    files.put("/srv/x/book", users);
    REQUIRE(process.check(Bitfield(torrent.pieces(), true)));
    CHECK(process.store->have().count() == 1);
    process.add_all(torrent);
    CHECK(same(files.content("/srv/x/book"), torrent.file(0)));
    CHECK_FALSE(files.is_there("/srv/x/book.part"));
    return;
  }
  process.add_all(torrent);
  process.let_sync();
  CHECK(same(files.content("/srv/x/book"), users));
  CHECK(same(files.content("/srv/x/book.part"), torrent.file(0)));
  REQUIRE(process.owner.faults.size() == 1);
  CHECK(process.owner.faults[0].code == FaultCode::exists);
}

TEST_CASE("a begun file that is gone is missed though there is one under its last name") {
  Beside setup;
  auto& process = setup.process;
  REQUIRE(setup.files.remove_file(*root_of("/srv/x").child("book.part")));
  process.clock.advance(OpenFiles::trusted_for);
  process.add_piece(setup.torrent, 1);
  process.let_sync();
  REQUIRE(process.owner.faults.size() == 1);
  CHECK(process.owner.faults[0].code == FaultCode::not_found);
  CHECK(setup.untouched());
}

TEST_CASE("of a begun file that is gone no sync claims what lies under its last name") {
  FakeFiles files;
  Process process(files);
  const auto torrent = Torrent::make({{"book", 160'000}}, 65536, 7);
  process.open(torrent, "/srv/x");
  process.add_piece(torrent, 0);
  process.workers.run_all();
  process.storage->open_files().forget(process.store->id());
  files.put("/srv/x/book", Buffer(160'000, 5));
  REQUIRE(files.remove_file(*root_of("/srv/x").child("book.part")));
  process.let_sync();
  CHECK(process.store->durable_have().none());
  CHECK(process.store->progress().stamps.empty());
  REQUIRE(process.owner.faults.size() == 1);
  CHECK(process.owner.faults[0].code == FaultCode::not_found);
}

TEST_CASE("a file that is longer than the torrent's is cut when the torrent completes it") {
  FakeFiles files;
  Process process(files);
  const auto torrent = Torrent::make({{"t/book", 160'000}, {"t/empty", 0}}, 65536, 7);
  Buffer longer(torrent.file(0).begin(), torrent.file(0).end());
  longer.resize(200'000, 1);
  SECTION("in part ours") {
    longer[100'000] ^= 1;
    files.put("/srv/x/t/book", longer);
    process.open(torrent, "/srv/x");
    REQUIRE(process.check(*process.to_check));
    CHECK(process.store->have().count() == 2);
    process.add_all(torrent);
    CHECK(same(files.content("/srv/x/t/book"), torrent.file(0)));
  }
  SECTION("but not one that is complete") {
    files.put("/srv/x/t/book", longer);
    process.open(torrent, "/srv/x");
    REQUIRE(process.check(*process.to_check));
    CHECK(process.store->have().all());
    process.let_sync();
    CHECK(same(files.content("/srv/x/t/book"), longer));
  }
  SECTION("nor one that is where the torrent has an empty one") {
    files.put("/srv/x/t/empty", longer);
    process.open(torrent, "/srv/x");
    const FileIndex empty{1};
    process.store->make_empty_files({&empty, 1}, [](Result<void> made) { CHECK(made); });
    process.workers.run_all();
    CHECK(same(files.content("/srv/x/t/empty"), longer));
  }
}

TEST_CASE("a file is read and synced while it loses its suffix") {
  FakeFiles files;
  Process process(files);
  Rng dice(GENERATE(range(1u, 20u)));
  process.workers.set_dice(&dice);
  const auto torrent = Torrent::make({{"book", 160'000}}, 65536, 7);
  process.open(torrent, "/srv/x");
  for (std::uint32_t i = 0; i < torrent.pieces(); ++i) {
    process.add_piece(torrent, i);
    while (!process.store->have().test(PieceIndex{i}))
      if (!process.workers.run_next() || dice.below(2) == 0) (void)process.workers.deliver_next();
    // It is opened by its name.
    process.storage->open_files().forget(process.store->id());
    process.clock.advance(sync_delay);
    process.store->on_deadline();
    const auto ref = torrent.blocks({i}).front();
    (void)process.store->read({1, 1}, {&ref, 1});
  }
  process.workers.run_all();
  process.let_sync();
  CHECK(process.owner.faults.empty());
  CHECK(process.store->durable_have().all());
  CHECK(same(files.content("/srv/x/book"), torrent.file(0)));
  CHECK(process.owner.completed.size() == 1);
}

TEST_CASE("what bears its last name after a power cut is all there, and no stranger") {
  FakeFiles files;
  Rng dice(GENERATE(range(1u, 60u)));
  const auto torrent = Torrent::make({{"t/a", 160'000}, {"t/b", 150}, {"t/c", 90'000}}, 65536, 7);
  Progress saved;
  {
    Process process(files);
    process.preallocation = config::Preallocation::sparse;
    process.workers.set_dice(&dice);
    process.open(torrent, "/srv/x");
    REQUIRE(files.sync_folder(root_of("/srv")));
    saved = process.store->progress();
    for (std::uint32_t i = 0; i < torrent.pieces(); ++i) process.add_piece(torrent, i);
    // The power goes in the midst of it.
    for (auto steps = dice.below(20); steps > 0; --steps)
      if (!process.workers.run_next() || dice.below(2) == 0) (void)process.workers.deliver_next();
    files.crash(&dice);
    process.workers.clear();
  }
  for (std::uint32_t i = 0; i < torrent.layout().file_count(); ++i) {
    const auto found = files.content("/srv/x/" + torrent.layout().path(FileIndex{i}));
    CHECK((!found || same(found, torrent.file(i))));
  }
  Process next(files);
  next.open(torrent, "/srv/x", *parse_progress(encode(saved)));
  REQUIRE(next.to_check);
  REQUIRE(next.check(*next.to_check));
  CHECK(next.store->strangers(Bitfield(torrent.pieces(), true)).empty());
  next.add_all(torrent);
  CHECK(next.store->have().all());
  CHECK(next.owner.completed.size() == 3);
}

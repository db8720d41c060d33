// What is saved and what a start makes of it; see core/storage/piece_store.h.
#include "tests/unit/core/storage/fixture.h"

using namespace seed;
using namespace seed::storage;
using seed::test::FakeFiles;
using seed::test::Process;
using seed::test::same;
using seed::test::Torrent;
using seed::test::two_files;

TEST_CASE("a piece that a sync has passed by is found again after a kill") {
  FakeFiles files;
  Process process(files);
  const auto torrent = Torrent::make({{"one", 60'000}}, 16384, 4);
  process.open(torrent, "/srv/x");
  process.add_piece(torrent, 0);
  process.workers.run_all();
  process.add_piece(torrent, 1);
  REQUIRE(process.workers.run_next());  // on the disk, its result is on the way
  process.clock.advance(sync_delay);
  process.store->on_deadline();
  REQUIRE(process.workers.run_next());  // the sync, whose stamp is from after that write
  process.workers.run_all();
  CHECK(process.store->have().count() == 2);
  const Progress saved = process.store->progress();
  CHECK(saved.have.count() == 1);
  Process next(files);
  next.open(torrent, "", saved);
  REQUIRE(next.to_check);
  CHECK(next.check(*next.to_check));
  CHECK(next.store->have().count() == 2);
}

TEST_CASE("a clean stop leaves nothing to be checked") {
  FakeFiles files;
  const auto torrent = two_files();
  Progress saved;
  {
    Process process(files);
    process.open(torrent, "/srv/x");
    process.add_piece(torrent, 0);
    process.add_piece(torrent, 2);
    bool flushed = false;
    process.store->flush([&](Result<void> done) { flushed = done.has_value(); });
    process.workers.run_all();
    REQUIRE(flushed);
    saved = process.store->progress();
  }
  Process process(files);
  process.open(torrent, "/srv/x", *parse_progress(encode(saved)));
  REQUIRE(process.to_check);
  CHECK(process.to_check->none());
  CHECK(process.store->have() == saved.have);
  CHECK(saved.have.count() == 2);
}

TEST_CASE("of a file that changed all pieces are checked, of the others none") {
  FakeFiles files;
  const auto torrent = two_files();
  torrent.put(files, "/srv/x");
  Progress saved;
  {
    Process process(files);
    process.open(torrent, "/srv/x");
    REQUIRE(process.check(*process.to_check));
    process.let_sync();
    saved = process.store->progress();
    CHECK(saved.have.all());
  }
  files.touch("/srv/x/t/sub/b.bin");
  Process process(files);
  process.open(torrent, "/srv/x", saved);
  REQUIRE(process.to_check);
  CHECK(process.to_check->count() == 3);  // b.bin is in pieces 1, 2 and 3
  CHECK(process.store->have().count() == 1);
  files.corrupt("/srv/x/t/sub/b.bin", 140'000);
  REQUIRE(process.check(*process.to_check));
  CHECK(process.store->have().count() == 3);
}

TEST_CASE("pieces of a file that is gone are no longer claimed and not checked") {
  FakeFiles files;
  const auto torrent = two_files();
  torrent.put(files, "/srv/x");
  Process first(files);
  first.open(torrent, "/srv/x");
  REQUIRE(first.check(*first.to_check));
  first.let_sync();
  const auto saved = first.store->progress();
  first.store.reset();
  (void)files.remove_file(*SafePath::root("/srv/x")->descend("t/sub/b.bin"));
  Process process(files);
  process.open(torrent, "/srv/x", saved);
  CHECK(process.store->have().count() == 1);
  CHECK(process.to_check->none());
}

TEST_CASE("small files that are partly there and good are recognised and completed") {
  FakeFiles files;
  Process process(files);
  const auto torrent = Torrent::make(
      {{"t/a", 100}, {"t/b", 100}, {"t/c", 65536}, {"t/d", 100}, {"t/e", 100}}, 65536, 7);
  torrent.put(files, "/srv/x");
  const auto missing = GENERATE(as<std::string>(), "a", "c", "e");
  REQUIRE(files.remove_file(*SafePath::root("/srv/x")->descend("t/" + missing)));
  process.open(torrent, "/srv/x");
  REQUIRE(process.check(*process.to_check));
  CHECK(process.store->strangers(Bitfield(process.store->have().size(), true)).empty());
  process.add_all(torrent);
  CHECK(process.store->have().all());
  for (std::uint32_t i = 0; i < 5; ++i)
    CHECK(same(files.content("/srv/x/" + torrent.layout().path(FileIndex{i})), torrent.file(i)));
  process.let_sync();
  // And so they are at the next start, however little is had of them.
  process.open(torrent, "", process.store->progress());
  CHECK(process.store->strangers(Bitfield(process.store->have().size(), true)).empty());
}

TEST_CASE("small files of a download that was killed are no strangers to it") {
  FakeFiles files;
  const auto torrent = Torrent::make({{"t/a", 100}, {"t/b", 100}, {"t/c", 70'000}}, 65536, 7);
  files.put("/srv/x/t/a", torrent.file(0));
  Process process(files);
  process.preallocation = config::Preallocation::sparse;
  process.open(torrent, "/srv/x");
  REQUIRE(process.check(*process.to_check));
  CHECK(process.store->strangers(Bitfield(process.store->have().size(), true)).empty());
  process.add_piece(torrent, 1);
  process.let_sync();
  process.open(torrent, "", process.store->progress());
  REQUIRE(process.check(*process.to_check));
  CHECK(process.store->strangers(Bitfield(process.store->have().size(), true)).empty());
}

TEST_CASE("a file that has only the short last piece for itself is guarded like any other") {
  FakeFiles files;
  Process process(files);
  const auto stranger_in = [&](const Torrent& torrent, const std::string& name) {
    files.put("/srv/x/" + name, as_bytes("somebody else's"));
    process.open(torrent, "/srv/x");
    REQUIRE(process.to_check);
    REQUIRE(process.check(*process.to_check));
    const auto found = process.store->strangers(Bitfield(process.store->have().size(), true));
    return found.empty() ? std::string() : found.front();
  };
  SECTION("alone") {
    CHECK(stranger_in(Torrent::make({{"book", 50'000}}, 65536, 7), "book") == "/srv/x/book");
  }
  SECTION("behind others") {
    const auto torrent = Torrent::make({{"t/a", 65536}, {"t/b", 100}}, 65536, 7);
    CHECK(stranger_in(torrent, "t/b") == "/srv/x/t/b");
  }
  SECTION("with nothing but a pad behind it") {
    const auto torrent = Torrent::make({{"t/a", 100}, {"t/pad", 50, true}}, 65536, 7);
    CHECK(stranger_in(torrent, "t/a") == "/srv/x/t/a");
  }
  SECTION("with a pad up to the next file") {
    const auto torrent =
        Torrent::make({{"t/a", 100}, {"t/pad", 65436, true}, {"t/b", 100}}, 65536, 7);
    CHECK(stranger_in(torrent, "t/a") == "/srv/x/t/a");
  }
  SECTION("and one that shares it") {
    const auto torrent = Torrent::make({{"t/a", 65000}, {"t/b", 100}}, 65536, 7);
    CHECK(stranger_in(torrent, "t/b") == "/srv/x/t/b");
  }
}

TEST_CASE("a damaged file that was the torrent's is no stranger") {
  FakeFiles files;
  Process process(files);
  const auto torrent = Torrent::make({{"book", 140}}, 65536, 7);
  process.open(torrent, "/srv/x");
  process.add_piece(torrent, 0);
  process.let_sync();
  const auto saved = process.store->progress();
  process.store.reset();
  files.corrupt("/srv/x/book", 10);
  process.open(torrent, "", saved);
  REQUIRE(process.check(Bitfield(torrent.pieces(), true)));
  CHECK(process.store->have().none());
  CHECK(process.store->strangers(Bitfield(process.store->have().size(), true)).empty());
}

TEST_CASE("a file is the torrent's own when something of it is in there, or was") {
  FakeFiles files;
  Process process(files);
  process.suffixes = false;
  const auto torrent = two_files();
  files.put("/srv/x/t/a.bin", as_bytes("somebody else's"));
  process.open(torrent, "/srv/x");
  process.add_piece(torrent, 3);
  process.let_sync();
  const std::vector unlooked{Ownership::unchecked, Ownership::held, Ownership::none};
  const std::vector own{Ownership::none, Ownership::held, Ownership::none};
  CHECK(process.store->own_files() == unlooked);
  const auto saved = process.store->progress();
  process.store.reset();
  files.corrupt("/srv/x/t/sub/b.bin", 140'000);
  process.open(torrent, "", saved);
  REQUIRE(process.check(Bitfield(torrent.pieces(), true)));
  CHECK(process.store->have().none());
  CHECK(process.store->own_files() == own);
}

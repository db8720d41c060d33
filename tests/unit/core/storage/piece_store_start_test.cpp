// What is saved and what a start makes of it; see core/storage/piece_store.h.
#include "tests/unit/core/storage/fixture.h"

using namespace seed;
using namespace seed::storage;
using seed::test::FakeFiles;
using seed::test::Process;
using seed::test::two_files;

TEST_CASE("a piece that a sync has passed by is found again after a kill") {
  FakeFiles files;
  Process process(files);
  const auto torrent = two_files();
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

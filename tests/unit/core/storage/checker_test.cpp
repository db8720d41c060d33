#include "core/storage/checker.h"

#include "tests/unit/core/storage/fixture.h"

using namespace seed;
using namespace seed::storage;
using seed::test::FakeFiles;
using seed::test::FileFault;
using seed::test::FileOp;
using seed::test::Process;
using seed::test::Torrent;

TEST_CASE("a check finds what is right, what is wrong and what is not there") {
  FakeFiles files;
  Process process(files);
  const auto torrent = test::two_files();
  torrent.put(files, "/srv/x");
  files.corrupt("/srv/x/t/a.bin", 5);
  process.open(torrent, "/srv/x");
  (void)files.remove_file(*SafePath::root("/srv/x")->descend("t/sub/b.bin"));
  CHECK(process.check(Bitfield(torrent.pieces(), true)));
  CHECK(process.owner.checked.size() == torrent.pieces());
  CHECK(process.store->have().none());
  torrent.put(files, "/srv/x");
  CHECK(process.check(Bitfield(torrent.pieces(), true)));
  CHECK(process.store->have().all());
  CHECK(process.store->durable_have().none());
  process.let_sync();
  CHECK(process.store->durable_have().all());
}

TEST_CASE("pieces that no file holds cost no reading") {
  FakeFiles files;
  Process process(files);
  const auto torrent = Torrent::make({{"one", 4u << 20}}, 65536, 3);
  process.open(torrent, "/srv/x");
  const auto before = files.counts();
  CHECK(process.check(Bitfield(torrent.pieces(), true)));
  CHECK(files.counts().reads == before.reads);
  CHECK(process.store->have().none());
}

TEST_CASE("a check looks at what has the name now, not at what had it when it was opened") {
  FakeFiles files;
  Process process(files);
  const auto torrent = Torrent::make({{"one", 200'000}}, 32768, 3);
  torrent.put(files, "/srv/x");
  process.open(torrent, "/srv/x");
  const auto check = [&] {
    process.store->check(Bitfield(torrent.pieces(), true), [](const Result<void>&) {});
    process.workers.run_all();
  };
  check();
  REQUIRE(process.store->have().all());
  REQUIRE(files.remove_file(*SafePath::root("/srv/x")->descend("one")));
  SECTION("nothing") {
    check();
    CHECK(process.store->have().none());
  }
  SECTION("another file") {
    files.put("/srv/x/one", Buffer(200'000, 1));
    check();
    CHECK(process.store->have().none());
  }
}

TEST_CASE("a check may be stopped, and another started") {
  FakeFiles files;
  Process process(files);
  const auto torrent = Torrent::make({{"one", 48u << 20}}, 1u << 17, 3);
  torrent.put(files, "/srv/x");
  process.open(torrent, "/srv/x");
  std::vector<Result<void>> answers;
  const auto start = [&] {
    process.store->check(Bitfield(torrent.pieces(), true),
                         [&](Result<void> answer) { answers.push_back(std::move(answer)); });
  };
  auto& checker = process.storage->checker();
  start();
  CHECK(checker.is_waiting(process.store->id()));
  for (int i = 0; i < 4; ++i)
    REQUIRE((process.workers.run_next() && process.workers.deliver_next()));
  const auto progress = checker.progress(process.store->id());
  REQUIRE(progress);
  CHECK(*progress > 0);
  CHECK(*progress < 1);
  process.store->stop_check();
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].error().code == FaultCode::cancelled);
  CHECK_FALSE(checker.progress(process.store->id()));
  start();
  process.workers.run_all();
  REQUIRE(answers.size() == 2);
  CHECK(answers[1]);
  CHECK(process.store->have().all());
}

TEST_CASE("one torrent a device is checked at a time, two devices at once") {
  FakeFiles files;
  files.mount("/mnt/y");
  Process first(files);
  const auto torrent = Torrent::make({{"one", 20u << 20}}, 1u << 20, 3);
  for (const auto* root : {"/srv/x", "/srv/z", "/mnt/y"}) torrent.put(files, root);
  first.open(torrent, "/srv/x");
  test::Owner owners[2];
  PieceStore second(*first.storage, first.store_options(torrent, "/srv/z"), owners[0]);
  PieceStore third(*first.storage, first.store_options(torrent, "/mnt/y"), owners[1]);
  for (auto* store : {&second, &third}) store->resume(std::nullopt, [](Result<Bitfield>) {});
  first.workers.run_all();
  int done = 0;
  for (auto* store : {first.store.get(), &second, &third})
    store->check(Bitfield(torrent.pieces(), true), [&](Result<void> answer) {
      CHECK(answer);
      ++done;
    });
  for (int i = 0; i < 3; ++i) REQUIRE((first.workers.run_next() && first.workers.deliver_next()));
  auto& checker = first.storage->checker();
  CHECK_FALSE(checker.is_waiting(first.store->id()));
  CHECK(checker.is_waiting(second.id()));
  CHECK_FALSE(checker.is_waiting(third.id()));
  first.workers.run_all();
  CHECK(done == 3);
}

TEST_CASE("so many torrents are checked at once in all, and more when more may be") {
  FakeFiles files;
  files.mount("/mnt/y");
  Process first(files);
  const auto torrent = Torrent::make({{"one", 20u << 20}}, 1u << 20, 3);
  for (const auto* root : {"/srv/x", "/mnt/y"}) torrent.put(files, root);
  first.open(torrent, "/srv/x");
  test::Owner owner;
  PieceStore other(*first.storage, first.store_options(torrent, "/mnt/y"), owner);
  other.resume(std::nullopt, [](const Result<Bitfield>&) {});
  first.workers.run_all();
  auto& checker = first.storage->checker();
  checker.set_max(1);
  int done = 0;
  for (auto* store : {first.store.get(), &other})
    store->check(Bitfield(torrent.pieces(), true), [&](const Result<void>&) { ++done; });
  for (int i = 0; i < 2; ++i) REQUIRE((first.workers.run_next() && first.workers.deliver_next()));
  CHECK_FALSE(checker.is_waiting(first.store->id()));
  CHECK(checker.is_waiting(other.id()));
  checker.set_max(2);
  CHECK_FALSE(checker.is_waiting(other.id()));
  first.workers.run_all();
  CHECK(done == 2);
}

TEST_CASE("a disk that hangs does not keep others from being checked") {
  FakeFiles files;
  files.mount("/mnt/y");
  Process hanging(files);
  const auto torrent = Torrent::make({{"one", 60u << 20}}, 1u << 20, 3);
  for (const auto* root : {"/srv/x", "/mnt/y"}) torrent.put(files, root);
  hanging.open(torrent, "/srv/x");
  test::Owner owner;
  PieceStore good(*hanging.storage, hanging.store_options(torrent, "/mnt/y"), owner);
  good.resume(std::nullopt, [](const Result<Bitfield>&) {});
  hanging.workers.run_all();
  const Bitfield all(torrent.pieces(), true);
  int hung = 0;
  hanging.store->check(all, [&](const Result<void>&) { ++hung; });
  hanging.workers.run_last();  // it learns its device
  const std::size_t stuck = hanging.workers.waiting();
  // Started again and again it takes no more.
  for (int i = 0; i < 5; ++i) {
    hanging.store->check(all, [&](const Result<void>&) { ++hung; });
    hanging.workers.run_last();
  }
  CHECK(hanging.workers.waiting() == stuck);
  bool done = false;
  good.check(all, [&](const Result<void>& outcome) { done = outcome.has_value(); });
  for (int i = 0; i < 100 && hanging.workers.waiting() > stuck; ++i) hanging.workers.run_last();
  CHECK(done);
  CHECK(hung == 5);
}

TEST_CASE("a check of many small files, and the sync behind it, hold few of them open") {
  FakeFiles files;
  std::vector<test::FileSpec> small;
  for (int i = 0; i < 4000; ++i) small.push_back({"t/" + std::to_string(i), 300});
  const auto torrent = Torrent::make(small, 16384, 3);
  torrent.put(files, "/srv/x");
  Process process(files);
  process.open(torrent, "/srv/x");
  CHECK(process.check(Bitfield(torrent.pieces(), true)));
  CHECK(process.store->have().all());
  process.let_sync();
  CHECK(process.store->durable_have().all());
  // As many as may stay open, and two jobs of 256 and a piece more.
  CHECK(files.counts().open_most < StorageOptions{}.open_files_max + 2 * (256 + 16384 / 300 + 2));
}

TEST_CASE("a disk that cannot be read ends the check with its fault") {
  FakeFiles files;
  Process process(files);
  const auto torrent = test::two_files();
  torrent.put(files, "/srv/x");
  process.open(torrent, "/srv/x");
  files.set_hook([](FileOp op, const std::string&) -> std::optional<FileFault> {
    if (op == FileOp::read) return FileFault{{FaultCode::io, 5, "cannot read"}, 0};
    return std::nullopt;
  });
  const auto outcome = process.check(Bitfield(torrent.pieces(), true));
  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().code == FaultCode::io);
}

TEST_CASE("what a check that was cut off did not come to is checked after the next start") {
  FakeFiles files;
  Process process(files);
  const auto torrent = Torrent::make({{"one", 48u << 20}}, 1u << 17, 3);
  torrent.put(files, "/srv/x");
  process.open(torrent, "/srv/x");
  process.store->check(Bitfield(torrent.pieces(), true), [](Result<void>) {});
  for (int i = 0; i < 4; ++i)
    REQUIRE((process.workers.run_next() && process.workers.deliver_next()));
  process.store->stop_check();
  process.let_sync();
  REQUIRE_FALSE(process.store->durable_have().none());
  CHECK_FALSE(process.store->all_checked());
  const auto saved = process.store->progress();
  process.open(torrent, "", saved);
  REQUIRE(process.to_check);
  CHECK(process.store->have().count() + process.to_check->count() == torrent.pieces());
}

TEST_CASE("a move ends when the jobs of a check that was stopped have ended") {
  FakeFiles files;
  Process process(files);
  const auto torrent = Torrent::make({{"one", 48u << 20}}, 1u << 17, 3);
  torrent.put(files, "/srv/x");
  process.open(torrent, "/srv/x");
  REQUIRE(process.check(*process.to_check));
  process.let_sync();
  files.corrupt("/srv/x/one", 5);
  std::vector<Result<void>> answers;
  const auto verify = [&] {
    process.store->check(Bitfield(torrent.pieces(), true),
                         [&](Result<void> answer) { answers.push_back(std::move(answer)); });
  };
  verify();
  REQUIRE((process.workers.run_next() && process.workers.deliver_next()));  // it has its device
  REQUIRE(process.workers.run_next());                                      // and jobs under way
  SECTION("it was stopped") {
    process.store->stop_check();
    // What it finds then is no longer asked for.
    process.workers.run_all();
    CHECK(process.store->have().all());
  }
  SECTION("another was begun") { verify(); }
  std::optional<Result<void>> moved;
  process.store->begin_move(*SafePath::root("/srv/y"), [&](const Result<void>& begun) {
    REQUIRE(begun);
    process.store->finish_move([&](Result<void> done) { moved = std::move(done); });
  });
  process.workers.run_all();
  REQUIRE(moved);
  CHECK(*moved);
  CHECK(files.is_there("/srv/y/one"));
  REQUIRE_FALSE(answers.empty());
  CHECK(answers[0].error().code == FaultCode::cancelled);
  if (answers.size() == 2) {
    CHECK(answers[1]);
    CHECK(process.store->have().count() == torrent.pieces() - 1);
  }
  CHECK(process.owner.lost.empty());
}

// Moving and renaming, killed at every step; see core/storage/piece_store.h.
#include "tests/unit/core/storage/fixture.h"

using namespace seed;
using namespace seed::storage;
using seed::test::FakeFiles;
using seed::test::FileFault;
using seed::test::FileOp;
using seed::test::Process;
using seed::test::same;
using seed::test::Torrent;
using seed::test::two_files;

namespace {

SafePath root_of(const std::string& path) { return *SafePath::root(path); }

/// A finished torrent in /srv/x, open and saved.
Progress seed_it(Process& process, const Torrent& torrent) {
  torrent.put(process.files, "/srv/x");
  process.open(torrent, "/srv/x");
  REQUIRE(process.check(*process.to_check));
  process.let_sync();
  REQUIRE(process.store->durable_have().all());
  return process.store->progress();
}

struct Moved {
  std::optional<Result<void>> begun, finished;
  std::optional<Progress> saved;
};

/// As the engine does it: begin, save, finish, save.
Moved move(Process& process, const std::string& to) {
  Moved out;
  process.store->begin_move(root_of(to), [&](Result<void> begun) { out.begun = std::move(begun); });
  process.workers.run_all();
  if (!out.begun || !*out.begun) return out;
  out.saved = *parse_progress(encode(process.store->progress()));
  process.store->finish_move([&](Result<void> done) { out.finished = std::move(done); });
  process.workers.run_all();
  if (out.finished && *out.finished) out.saved = process.store->progress();
  return out;
}

void check_whole_at(FakeFiles& files, const Torrent& torrent, const std::string& root) {
  CHECK(same(files.content(root + "/t/a.bin"), torrent.file(0)));
  CHECK(same(files.content(root + "/t/sub/b.bin"), torrent.file(1)));
}

/// Kills the move after 0, 1, 2 ... changes, then starts anew with what was saved.
void kill_at_every_step(bool other_device, bool power_cut) {
  const auto torrent = two_files();
  bool done = false;
  for (std::uint64_t step = 0; !done; ++step) {
    REQUIRE(step < 500);
    FakeFiles files;
    if (other_device) files.mount("/mnt/y");
    Progress saved;
    {
      Process process(files);
      saved = seed_it(process, torrent);
      files.kill_after(step);
      const auto moved = move(process, "/mnt/y/z");
      if (moved.saved) saved = *moved.saved;
      done = !files.killed() && moved.finished && *moved.finished;
    }
    Rng dice(step);
    files.revive();
    if (power_cut) files.crash(&dice);
    const std::string old_root = "/srv/x";
    const bool switched = saved.placement.root != root_of(old_root);
    Process process(files);
    process.open(torrent, "", saved);
    INFO("killed after " << step << " changes, switched: " << switched);
    REQUIRE(process.to_check);
    // A power cut may cost the new files their times, and then they are looked at.
    if (!power_cut) CHECK(process.to_check->none());
    if (!process.to_check->none()) REQUIRE(process.check(*process.to_check));
    CHECK(process.store->have().all());
    check_whole_at(files, torrent, saved.placement.root.full());
    if (switched) {
      CHECK_FALSE(files.is_there(old_root + "/t"));
    } else {
      // And the move can be tried again, whatever the first try left.
      const auto again = move(process, "/mnt/y/z");
      REQUIRE(again.finished);
      CHECK(*again.finished);
      check_whole_at(files, torrent, "/mnt/y/z");
      CHECK_FALSE(files.is_there(old_root + "/t"));
    }
    for (const auto& path : files.paths())
      CHECK(path.find(std::string(moving_suffix)) == std::string::npos);
  }
}

}  // namespace

TEST_CASE("a move on one file system renames, and rechecks nothing") {
  FakeFiles files;
  Process process(files);
  const auto torrent = two_files();
  (void)seed_it(process, torrent);
  const auto before = files.counts();
  const auto moved = move(process, "/srv/y");
  REQUIRE(moved.finished);
  CHECK(*moved.finished);
  CHECK(files.counts().bytes_written - before.bytes_written == 0);
  check_whole_at(files, torrent, "/srv/y");
  process.store.reset();
  process.open(torrent, "", moved.saved);
  CHECK(process.to_check->none());
  CHECK(process.store->have().all());
}

TEST_CASE("a move to another file system copies, and rechecks nothing") {
  FakeFiles files;
  files.mount("/mnt/y");
  Process process(files);
  const auto torrent = two_files();
  (void)seed_it(process, torrent);
  const auto moved = move(process, "/mnt/y");
  REQUIRE(moved.finished);
  CHECK(*moved.finished);
  check_whole_at(files, torrent, "/mnt/y");
  CHECK_FALSE(files.is_there("/srv/x/t"));
  process.store.reset();
  process.open(torrent, "", moved.saved);
  CHECK(process.to_check->none());
  CHECK(process.store->have().all());
}

TEST_CASE("peers are served from the old place while files are copied") {
  FakeFiles files;
  files.mount("/mnt/y");
  Process process(files);
  const auto torrent = two_files();
  (void)seed_it(process, torrent);
  bool begun = false;
  process.store->begin_move(root_of("/mnt/y"),
                            [&](Result<void> answer) { begun = answer.has_value(); });
  process.workers.run_all();
  REQUIRE(begun);
  const BlockRef ref{{1}, 0, block_size};
  (void)process.store->read({1, 1}, {&ref, 1});
  process.workers.run_all();
  REQUIRE(process.owner.read.size() == 1);
  CHECK(equal(process.owner.read[0].block.bytes(), torrent.block(ref)));
  CHECK(process.store->refuses_blocks());
  process.store->cancel_move();
  CHECK(process.store->progress().placement.root == root_of("/srv/x"));
  CHECK_FALSE(process.store->refuses_blocks());
}

TEST_CASE("a move over something that is there is refused and changes nothing") {
  FakeFiles files;
  Process process(files);
  const auto torrent = two_files();
  (void)seed_it(process, torrent);
  files.put("/srv/y/t/sub/b.bin", as_bytes("mine"));
  const auto moved = move(process, "/srv/y");
  REQUIRE(moved.begun);
  REQUIRE_FALSE(*moved.begun);
  CHECK(moved.begun->error().code == FaultCode::exists);
  check_whole_at(files, torrent, "/srv/x");
  CHECK(same(files.content("/srv/y/t/sub/b.bin"), as_bytes("mine")));
  CHECK_FALSE(process.store->refuses_blocks());
}

TEST_CASE("of two torrents with one name, one moves to a place and the other stays whole") {
  FakeFiles files;
  if (GENERATE(false, true)) files.mount("/mnt/y");
  Process process(files);
  const auto torrent = two_files();
  const auto other = Torrent::make({{"t/a.bin", 70'000}}, 65536, 8);
  torrent.put(files, "/srv/x");
  other.put(files, "/srv/w");
  process.open(torrent, "/srv/x");
  REQUIRE(process.check(*process.to_check));
  auto first = std::move(process.store);
  process.open(other, "/srv/w");
  REQUIRE(process.check(*process.to_check));
  std::optional<Result<void>> one;
  std::optional<Result<void>> two;
  first->begin_move(root_of("/mnt/y"), [&](Result<void> begun) { one = std::move(begun); });
  process.store->begin_move(root_of("/mnt/y"), [&](Result<void> begun) { two = std::move(begun); });
  process.workers.run_all();
  REQUIRE(one);
  CHECK(one->has_value());
  REQUIRE(two);
  REQUIRE_FALSE(two->has_value());
  CHECK(two->error().code == FaultCode::exists);
  first->finish_move([&](Result<void> done) { one = std::move(done); });
  process.workers.run_all();
  CHECK(one->has_value());
  check_whole_at(files, torrent, "/mnt/y");
  CHECK(same(files.content("/srv/w/t/a.bin"), other.file(0)));
}

TEST_CASE("what comes to the new place after it was looked at is not taken for our own") {
  FakeFiles files;
  if (GENERATE(false, true)) files.mount("/mnt/y");
  Process process(files);
  const auto torrent = two_files();
  (void)seed_it(process, torrent);
  std::optional<Result<void>> out;
  process.store->begin_move(root_of("/mnt/y"), [&](Result<void> begun) { out = std::move(begun); });
  process.workers.run_all();
  REQUIRE((out && *out));
  Buffer foreign(torrent.file(0).begin(), torrent.file(0).end());
  SECTION("of another size") { foreign.resize(100); }
  SECTION("as large as ours") { foreign.back() ^= 1; }
  files.put("/mnt/y/t/a.bin", foreign);
  process.store->finish_move([&](Result<void> done) { out = std::move(done); });
  process.workers.run_all();
  REQUIRE_FALSE(*out);
  CHECK(out->error().code == FaultCode::exists);
  CHECK(out->error().text.find("/mnt/y/t/a.bin") != std::string::npos);
  check_whole_at(files, torrent, "/srv/x");
  CHECK(same(files.content("/mnt/y/t/a.bin"), foreign));
  CHECK_FALSE(process.store->refuses_blocks());
  CHECK(process.store->progress().placement.root == root_of("/srv/x"));
  // Out of the way, the move can be made.
  REQUIRE(files.remove_file(*root_of("/mnt/y").descend("t/a.bin")));
  const auto again = move(process, "/mnt/y");
  REQUIRE(again.finished);
  CHECK(*again.finished);
  check_whole_at(files, torrent, "/mnt/y");
}

TEST_CASE("a move to a disk that is too small leaves nothing behind") {
  FakeFiles files;
  files.mount("/mnt/y", 150'000);
  Process process(files);
  const auto torrent = two_files();
  (void)seed_it(process, torrent);
  const auto moved = move(process, "/mnt/y");
  REQUIRE(moved.begun);
  REQUIRE_FALSE(*moved.begun);
  CHECK(moved.begun->error().code == FaultCode::disk_full);
  check_whole_at(files, torrent, "/srv/x");
  CHECK_FALSE(files.is_there("/mnt/y/t"));
}

TEST_CASE("a check that meets the files on their way finds nothing wrong") {
  FakeFiles files;
  Process process(files);
  const auto torrent = Torrent::make({{"t/a.bin", 40u << 20}, {"t/sub/b.bin", 8u << 20}}, 65536, 8);
  (void)seed_it(process, torrent);
  const bool by_rename = GENERATE(false, true);
  std::optional<Result<void>> checked;
  std::optional<Result<void>> begun;
  std::optional<Result<void>> finished;
  process.clock.advance(OpenFiles::trusted_for);
  const auto step = [&] { return process.workers.run_next() && process.workers.deliver_next(); };
  if (by_rename)
    process.store->begin_rename("t", "u", [&](Result<void> answer) { begun = std::move(answer); });
  else
    process.store->begin_move(root_of("/srv/y"),
                              [&](Result<void> answer) { begun = std::move(answer); });
  while (!begun) REQUIRE(step());
  REQUIRE(*begun);
  process.store->check(Bitfield(torrent.pieces(), true),
                       [&](Result<void> answer) { checked = std::move(answer); });
  REQUIRE(step());  // the device
  const auto finish = [&](Result<void> answer) { finished = std::move(answer); };
  if (by_rename)
    process.store->finish_rename(finish);
  else
    process.store->finish_move(finish);
  while (!finished) REQUIRE(step());
  CHECK(finished->has_value());
  process.let_sync();
  REQUIRE(checked);
  CHECK(checked->has_value());
  CHECK(process.store->have().all());
}

TEST_CASE("an unfinished file keeps its suffix when it moves") {
  FakeFiles files;
  files.mount("/mnt/y");
  Process process(files);
  const auto torrent = two_files();
  process.open(torrent, "/srv/x");
  process.add_piece(torrent, 0);
  process.let_sync();
  const auto moved = move(process, "/mnt/y");
  REQUIRE(moved.finished);
  CHECK(*moved.finished);
  CHECK(files.is_there("/mnt/y/t/a.bin.part"));
  CHECK(process.store->have().count() == 1);
  process.add_all(torrent);
  check_whole_at(files, torrent, "/mnt/y");
}

TEST_CASE("a move within a file system, killed at every step, leaves the data whole") {
  kill_at_every_step(false, false);
}
TEST_CASE("a move across file systems, killed at every step, leaves the data whole") {
  kill_at_every_step(true, false);
}
TEST_CASE("a move across file systems, with the power cut at every step, leaves the data whole") {
  kill_at_every_step(true, true);
}

TEST_CASE("copies of a move that was killed half way go at the next start") {
  const bool removed = GENERATE(false, true);
  const auto torrent = two_files();
  bool done = false;
  for (std::uint64_t step = 0; !done; ++step) {
    REQUIRE(step < 500);
    FakeFiles files;
    files.mount("/mnt/y");
    Progress saved;
    {
      Process process(files);
      (void)seed_it(process, torrent);
      const int told = process.owner.progresses;
      process.store->begin_move(root_of("/mnt/y/z"), [&](const Result<void>&) { done = true; });
      while (process.owner.progresses == told)
        REQUIRE((process.workers.run_next() || process.workers.deliver_next()));
      saved = *parse_progress(encode(process.store->progress()));
      CHECK(saved.placement.copying_to == root_of("/mnt/y/z"));
      files.kill_after(step);
      process.workers.run_all();
      done = !files.killed();
      process.workers.clear();
    }
    files.revive();
    INFO("killed after " << step << " changes");
    Process process(files);
    if (!removed) {
      process.open(torrent, "", saved);
      REQUIRE(process.to_check);
      CHECK(process.to_check->none());
      CHECK_FALSE(process.store->progress().placement.copying_to);
      check_whole_at(files, torrent, "/srv/x");
    } else {
      Removal removal{{}, torrent.metainfo, saved.placement, {}, {}};
      removal.ownership = files_with(torrent.layout(), saved.have);
      removal.names = known_names(torrent.layout(), saved, true);
      remove_files(*process.storage, removal, [](Result<void> gone) { CHECK(gone); });
      process.workers.run_all();
    }
    for (const auto& path : files.paths()) CHECK(path.find("/mnt/y/z/t") == std::string::npos);
  }
}

TEST_CASE("copies on a disk that is away at the next start are remembered") {
  FakeFiles files;
  files.mount("/mnt");
  const auto torrent = two_files();
  Process process(files);
  auto saved = seed_it(process, torrent);
  saved.placement.copying_to = root_of("/mnt/y");
  files.put("/mnt/y/t/a.bin.seedd-moving", as_bytes("half"));
  files.unmount("/mnt");
  process.open(torrent, "", saved);
  CHECK(process.store->progress().placement.copying_to);
  files.remount("/mnt");
  process.open(torrent, "", process.store->progress());
  CHECK_FALSE(process.store->progress().placement.copying_to);
  CHECK_FALSE(files.is_there("/mnt/y/t"));
}

TEST_CASE("a renamed folder and file are found again after a restart") {
  FakeFiles files;
  Process process(files);
  const auto torrent = two_files();
  (void)seed_it(process, torrent);
  const auto rename = [&](const std::string& path, const std::string& name) {
    std::optional<Result<void>> out;
    process.store->begin_rename(path, name, [&](Result<void> answer) { out = std::move(answer); });
    process.workers.run_all();
    REQUIRE(out);
    if (!*out) return *out;
    process.store->finish_rename([&](Result<void> answer) { out = std::move(answer); });
    process.workers.run_all();
    return *out;
  };
  CHECK(rename("t/sub", "new"));
  CHECK(rename("t", "top"));
  CHECK(rename("top/a.bin", "c"));
  CHECK(same(files.content("/srv/x/top/c"), torrent.file(0)));
  CHECK(same(files.content("/srv/x/top/new/b.bin"), torrent.file(1)));
  CHECK(rename("top/c", "new").error().code == FaultCode::exists);
  CHECK(rename("top/c", "a/b").error().code == FaultCode::malformed);
  CHECK(rename("t/a.bin", "d").error().code == FaultCode::not_found);
  files.put("/srv/x/top/foreign", as_bytes("mine"));
  CHECK(rename("top/c", "foreign").error().code == FaultCode::exists);
  const auto saved = *parse_progress(encode(process.store->progress()));
  process.store.reset();
  process.open(torrent, "", saved);
  CHECK(process.to_check->none());
  CHECK(process.store->have().all());
  CHECK(process.store->placement().name_of({1}) == "top/new/b.bin");
}

TEST_CASE("a rename that was saved and not done is done at the next start") {
  FakeFiles files;
  const auto torrent = two_files();
  Progress saved;
  {
    Process process(files);
    (void)seed_it(process, torrent);
    process.store->begin_rename("t/sub", "new", [](Result<void> begun) { CHECK(begun); });
    process.workers.run_all();
    saved = process.store->progress();
  }
  Process process(files);
  process.open(torrent, "", saved);
  CHECK(process.to_check->none());
  CHECK(same(files.content("/srv/x/t/new/b.bin"), torrent.file(1)));
}

TEST_CASE("a rename that is called off is not saved, and stands in the way of nothing") {
  FakeFiles files;
  const auto torrent = two_files();
  torrent.put(files, "/srv/x");
  Process process(files);
  process.open(torrent, "/srv/x");
  process.store->begin_rename("t/sub", "new", [](Result<void> begun) { CHECK(begun); });
  process.workers.run_all();
  REQUIRE(process.store->progress().placement.renaming);
  process.store->cancel_rename();
  CHECK(process.store->progress().placement.renames.empty());
  CHECK_FALSE(process.store->progress().placement.renaming);
  process.store->begin_rename("t/sub", "other", [](Result<void> begun) { CHECK(begun); });
  process.workers.run_all();
  std::optional<Result<void>> renamed;
  process.store->finish_rename([&](Result<void> outcome) { renamed = std::move(outcome); });
  // Nothing is called off that is being carried out.
  process.store->cancel_rename();
  process.workers.run_all();
  REQUIRE(renamed);
  CHECK(*renamed);
  CHECK(process.store->placement().name_of(FileIndex{1}) == "t/other/b.bin");
  CHECK(files.is_there("/srv/x/t/other/b.bin"));
}

TEST_CASE("a rename that is done is not done again: its old name may be another's by then") {
  FakeFiles files;
  const auto torrent = two_files();
  Progress saved;
  {
    Process process(files);
    process.open(torrent, "/srv/x");
    bool done = false;
    process.store->begin_rename("t", "t (2nd)", [](Result<void> begun) { CHECK(begun); });
    process.workers.run_all();
    process.store->finish_rename([&](Result<void> finished) { done = finished.has_value(); });
    process.workers.run_all();
    REQUIRE(done);
    saved = *parse_progress(encode(process.store->progress()));
    CHECK_FALSE(saved.placement.renaming);
  }
  torrent.put(files, "/srv/x");  // a torrent of the same name
  Process process(files);
  process.open(torrent, "", saved);
  check_whole_at(files, torrent, "/srv/x");
  CHECK(process.store->placement().name_of({1}) == "t (2nd)/sub/b.bin");
}

TEST_CASE("a rename that was cut off is settled by the next start, and saved so") {
  FakeFiles files;
  const auto torrent = two_files();
  Progress saved;
  {
    Process process(files);
    (void)seed_it(process, torrent);
    process.store->begin_rename("t", "u", [](Result<void> begun) { CHECK(begun); });
    process.workers.run_all();
    saved = *parse_progress(encode(process.store->progress()));
    CHECK(saved.placement.renaming);
  }
  Process process(files);
  process.open(torrent, "", saved);
  CHECK(same(files.content("/srv/x/u/a.bin"), torrent.file(0)));
  CHECK_FALSE(process.store->progress().placement.renaming);
}

TEST_CASE("what an earlier move left half copied is never taken for whole") {
  FakeFiles files;
  Process process(files);
  const auto torrent = two_files();
  (void)seed_it(process, torrent);
  files.put("/srv/y/t/a.bin" + std::string(moving_suffix), as_bytes("half"));
  const auto moved = move(process, "/srv/y");
  REQUIRE(moved.finished);
  CHECK(*moved.finished);
  check_whole_at(files, torrent, "/srv/y");
}

TEST_CASE("a move whose old disk was taken away after all had arrived is over") {
  FakeFiles files;
  files.mount("/srv/x");
  files.mount("/mnt/y");
  const auto torrent = two_files();
  Progress saved;
  {
    Process process(files);
    (void)seed_it(process, torrent);
    const auto moved = move(process, "/mnt/y");
    REQUIRE(moved.finished);
    saved = *moved.saved;
    saved.placement.moving_from = root_of("/srv/x/gone");  // as saved before the end was
  }
  files.unmount("/srv/x");
  Process process(files);
  process.open(torrent, "", saved);
  REQUIRE(process.to_check);
  CHECK(process.store->have().all());
}

TEST_CASE("files that are found complete while they are copied get their names after that") {
  FakeFiles files;
  files.mount("/mnt/y");
  Process process(files);
  const auto torrent = two_files();
  files.put("/srv/x/t/a.bin.part", torrent.file(0));
  files.put("/srv/x/t/sub/b.bin", torrent.file(1));
  process.open(torrent, "/srv/x");
  std::optional<Result<void>> out;
  process.store->begin_move(root_of("/mnt/y"), [&](Result<void> begun) { out = std::move(begun); });
  process.workers.run_all();
  REQUIRE((out && *out));
  REQUIRE(process.check(*process.to_check));
  const bool called_off = GENERATE(false, true);
  if (called_off)
    process.store->cancel_move();
  else
    process.store->finish_move([&](Result<void> done) { out = std::move(done); });
  process.workers.run_all();
  CHECK(out->has_value());
  process.let_sync();
  check_whole_at(files, torrent, called_off ? "/srv/x" : "/mnt/y");
  CHECK_FALSE(process.store->naming());
  for (const auto& path : files.paths())
    CHECK(path.find(std::string(moving_suffix)) == std::string::npos);
}

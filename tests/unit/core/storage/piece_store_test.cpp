#include "core/storage/piece_store.h"

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

TEST_CASE("a downloaded torrent lies on disk under its names, without suffix") {
  FakeFiles files;
  Process process(files);
  const auto torrent = two_files();
  process.open(torrent, "/srv/x");
  REQUIRE(process.to_check);
  CHECK(process.to_check->none());
  process.add_piece(torrent, 0);
  process.workers.run_all();
  CHECK(files.is_there("/srv/x/t/a.bin.part"));
  CHECK_FALSE(files.is_there("/srv/x/t/sub/b.bin.part"));
  process.add_all(torrent);
  CHECK(process.store->have().all());
  CHECK(same(files.content("/srv/x/t/a.bin"), torrent.file(0)));
  CHECK(same(files.content("/srv/x/t/sub/b.bin"), torrent.file(1)));
  CHECK_FALSE(files.is_there("/srv/x/t/a.bin.part"));
  CHECK(process.owner.completed.size() == 2);
  CHECK(process.owner.verified.size() == torrent.pieces());
  CHECK(process.storage->memory().held() == 0);
}

TEST_CASE("a file deleted while it is downloaded is missed, not made again") {
  FakeFiles files;
  Process process(files);
  const auto torrent = two_files();
  process.open(torrent, "/srv/x");
  process.add_piece(torrent, 0);
  process.let_sync();
  REQUIRE(files.is_there("/srv/x/t/a.bin.part"));
  const auto path = *SafePath::root("/srv/x")->descend("t/a.bin.part");
  REQUIRE(files.remove_file(path));
  process.clock.advance(OpenFiles::trusted_for);
  process.add_piece(torrent, 1);
  process.workers.run_all();
  REQUIRE(process.owner.faults.size() == 1);
  CHECK(process.owner.faults[0].code == FaultCode::not_found);
  CHECK(process.owner.faults[0].text.find("a.bin") != std::string::npos);
  CHECK_FALSE(files.is_there("/srv/x/t/a.bin.part"));
  CHECK(process.owner.lost == std::vector{PieceIndex{1}});
}

TEST_CASE("a file deleted just before its last piece is missed when it loses its suffix") {
  FakeFiles files;
  Process process(files);
  const auto torrent = Torrent::make({{"one", 100'000}}, 65536, 3);
  process.open(torrent, "/srv/x");
  process.add_piece(torrent, 0);
  process.workers.run_all();
  REQUIRE(files.remove_file(*SafePath::root("/srv/x")->descend("one.part")));
  process.add_piece(torrent, 1);
  process.workers.run_all();
  REQUIRE(process.owner.faults.size() == 1);
  CHECK(process.owner.faults[0].code == FaultCode::not_found);
}

TEST_CASE("a suffix that cannot be dropped goes when the fault is mended") {
  FakeFiles files;
  Process process(files);
  const auto torrent = Torrent::make({{"one", 20'000}}, 16384, 3);
  process.open(torrent, "/srv/x");
  bool full = true;
  files.set_hook([&](FileOp op, const std::string&) {
    return full && op == FileOp::rename
               ? std::optional<FileFault>({{FaultCode::disk_full, 28, "full"}, 0})
               : std::nullopt;
  });
  process.add_all(torrent);
  CHECK(process.store->have().all());
  CHECK(process.store->naming());
  CHECK(process.owner.completed.empty());
  CHECK(process.owner.faults.size() == 1);
  CHECK(files.is_there("/srv/x/one.part"));
  full = false;
  process.store->clear_fault();
  process.workers.run_all();
  CHECK_FALSE(process.store->naming());
  CHECK(process.owner.completed.size() == 1);
  CHECK(same(files.content("/srv/x/one"), torrent.file(0)));
}

TEST_CASE("a file deleted while it is seeded is missed") {
  FakeFiles files;
  Process process(files);
  const auto torrent = two_files();
  torrent.put(files, "/srv/x");
  process.open(torrent, "/srv/x");
  REQUIRE(process.check(*process.to_check));
  REQUIRE(files.remove_file(*SafePath::root("/srv/x")->descend("t/a.bin")));
  process.clock.advance(OpenFiles::trusted_for);
  const auto block = torrent.blocks({0}).front();
  REQUIRE(process.store->read({1, 1}, {&block, 1}).token != 0);
  process.workers.run_all();
  REQUIRE(process.owner.faults.size() == 1);
  CHECK(process.owner.faults[0].code == FaultCode::not_found);
}

TEST_CASE("a piece is written in one gathered write a file, hashed from memory") {
  FakeFiles files;
  Process process(files);
  const auto torrent = Torrent::make({{"one", 1u << 20}}, 1u << 20, 3);
  process.open(torrent, "/srv/x");
  const auto before = files.counts();
  process.add_all(torrent);
  CHECK(files.counts().writes - before.writes == 1);
  CHECK(files.counts().reads == before.reads);
}

TEST_CASE("blocks off the grid, of the wrong size or already here are not taken") {
  FakeFiles files;
  Process process(files);
  const auto torrent = two_files();
  process.open(torrent, "/srv/x");
  const auto add = [&](BlockRef ref, std::uint32_t size) {
    return process.store->add_block(ref, Block::of_size(size), {1, 1});
  };
  CHECK(add({{0}, 1, block_size}, block_size) == AddResult::refused);
  CHECK(add({{0}, 0, block_size - 1}, block_size - 1) == AddResult::refused);
  CHECK(add({{0}, 0, block_size}, 100) == AddResult::refused);
  CHECK(add({{0}, 65536, block_size}, block_size) == AddResult::refused);
  CHECK(add({{99}, 0, block_size}, block_size) == AddResult::refused);
  CHECK(add({{0}, 0, block_size}, block_size) == AddResult::taken);
  CHECK(add({{0}, 0, block_size}, block_size) == AddResult::duplicate);
  CHECK(process.store->unverified_bytes() == block_size);
  process.store->drop_incomplete();
  CHECK(process.owner.lost == std::vector{PieceIndex{0}});
  CHECK(process.storage->memory().held() == 0);
}

TEST_CASE("a bad piece is not written, and its blocks' digests tell whose was bad") {
  FakeFiles files;
  Process process(files);
  const auto torrent = two_files();
  process.open(torrent, "/srv/x");
  const auto refs = torrent.blocks({0});
  for (const auto ref : refs) {
    auto block = Block::copy_of(torrent.block(ref));
    if (ref.offset == block_size) block.bytes()[5] ^= 1;
    (void)process.store->add_block(ref, std::move(block), {ref.offset == block_size ? 2u : 1u, 1});
  }
  process.workers.run_all();
  REQUIRE(process.owner.failed.size() == 1);
  CHECK(process.store->have().none());
  process.add_piece(torrent, 0);
  process.workers.run_all();
  REQUIRE(process.owner.verified.size() == 1);
  const auto& bad = process.owner.failed[0].blocks;
  const auto& good = process.owner.verified[0].blocks;
  REQUIRE(bad.size() == good.size());
  for (std::size_t i = 0; i < bad.size(); ++i)
    CHECK((bad[i].digest == good[i].digest) == (bad[i].from.slot == 1));
}

TEST_CASE("a piece is claimed only after a sync that began after its write") {
  FakeFiles files;
  Process process(files);
  const auto torrent = two_files();
  process.open(torrent, "/srv/x");
  process.add_piece(torrent, 0);
  process.workers.run_all();
  CHECK(process.store->have().count() == 1);
  CHECK(process.store->progress().have.none());
  REQUIRE(process.store->deadline());
  process.let_sync();
  CHECK(process.store->progress().have.count() == 1);
  CHECK(process.owner.progresses == 1);
  CHECK_FALSE(process.store->is_dirty());
}

TEST_CASE("a piece written while a sync runs waits for the next") {
  FakeFiles files;
  Process process(files);
  process.suffixes = false;  // no file waits for its last name
  const auto torrent = two_files();
  process.open(torrent, "/srv/x");
  process.add_piece(torrent, 0);
  process.workers.run_all();
  process.clock.advance(sync_delay);
  process.store->on_deadline();
  REQUIRE(process.workers.run_next());  // the sync ran, its result is on the way
  process.add_piece(torrent, 1);
  process.workers.run_all();
  CHECK(process.store->have().count() == 2);
  CHECK(process.store->durable_have().count() == 1);
  process.let_sync();
  CHECK(process.store->durable_have().count() == 2);
}

TEST_CASE("a sync for which there is no descriptor is tried again, and loses nothing") {
  FakeFiles files;
  Process process(files);
  process.suffixes = false;  // no file waits for its last name
  const auto torrent = two_files();
  process.open(torrent, "/srv/x");
  process.add_all(torrent);
  files.set_hook([](FileOp op, const std::string&) -> std::optional<FileFault> {
    if (op != FileOp::open && op != FileOp::sync_folder) return std::nullopt;
    return FileFault{fault_from_errno(24, "no descriptor"), 0};
  });
  process.clock.advance(OpenFiles::trusted_for);
  process.let_sync();
  CHECK(process.owner.lost.empty());
  CHECK(process.store->have().all());
  CHECK(process.store->durable_have().none());
  REQUIRE(process.owner.faults.size() == 1);
  CHECK(process.owner.faults[0].code == FaultCode::out_of_resources);
  files.set_hook({});
  process.let_sync();
  CHECK(process.store->durable_have().all());
}

TEST_CASE("when a sync fails its pieces are given up, for the system may have dropped them") {
  FakeFiles files;
  Process process(files);
  const auto torrent = two_files();
  process.open(torrent, "/srv/x");
  process.add_piece(torrent, 0);
  process.workers.run_all();
  files.set_hook([](FileOp op, const std::string&) -> std::optional<FileFault> {
    if (op == FileOp::sync) return FileFault{{FaultCode::io, 5, "cannot sync"}, 0};
    return std::nullopt;
  });
  process.let_sync();
  CHECK(process.store->have().none());
  CHECK(process.owner.lost == std::vector{PieceIndex{0}});
  CHECK(process.owner.faults.size() == 1);
  files.set_hook(nullptr);
  process.store->clear_fault();
  process.add_piece(torrent, 0);
  process.let_sync();
  CHECK(process.store->durable_have().count() == 1);
}

TEST_CASE("a full disk is reported once, nothing is claimed, and it goes on after a retry") {
  FakeFiles files;
  files.mount("/srv/x", 80'000);
  Process process(files);
  const auto torrent = two_files();
  process.open(torrent, "/srv/x");
  for (std::uint32_t i = 0; i < torrent.pieces(); ++i) process.add_piece(torrent, i);
  process.workers.run_all();
  REQUIRE(process.owner.faults.size() == 1);
  CHECK(process.owner.faults[0].code == FaultCode::disk_full);
  CHECK(process.owner.faults[0].text.find("/srv/x/t/") != std::string::npos);
  CHECK(process.store->have().count() + process.owner.lost.size() == torrent.pieces());
  CHECK(process.store->refuses_blocks());
  CHECK(process.storage->memory().held() == 0);
  files.set_capacity("/srv/x", 1u << 30);
  process.store->clear_fault();
  process.add_all(torrent);
  CHECK(process.store->have().all());
  CHECK(same(files.content("/srv/x/t/sub/b.bin"), torrent.file(1)));
}

TEST_CASE("when memory is short blocks are written early, and the piece still verifies") {
  FakeFiles files;
  StorageOptions options;
  options.block_memory_bytes = 256 * 1024;
  Process process(files, options);
  const auto torrent = Torrent::make({{"big/a", 900'000}, {"big/b", 500'000}}, 1u << 20, 5);
  process.open(torrent, "/srv/x");
  const auto refs = torrent.blocks({0});
  for (const auto ref : refs) {
    process.add(torrent, ref);
    process.workers.run_all();
    CHECK_FALSE(process.storage->memory().under_pressure());
  }
  CHECK(process.owner.verified.size() == 1);
  process.add_all(torrent);
  CHECK(process.store->have().all());
  CHECK(same(files.content("/srv/x/big/a"), torrent.file(0)));
  CHECK(process.storage->memory().held() == 0);
}

TEST_CASE("a disk that gives back what was not written to it makes nobody's block a bad one") {
  FakeFiles files;
  StorageOptions options;
  options.block_memory_bytes = 256 * 1024;
  Process process(files, options);
  process.preallocation = config::Preallocation::sparse;
  const auto torrent = Torrent::make({{"one", 1u << 20}}, 1u << 20, 5);
  process.open(torrent, "/srv/x");
  const auto refs = torrent.blocks({0});
  for (std::size_t i = 0; i + 1 < refs.size(); ++i) process.add(torrent, refs[i]);
  process.workers.run_all();
  files.corrupt("/srv/x/one.part", 100);
  process.add(torrent, refs.back());
  process.workers.run_all();
  CHECK(process.owner.failed.empty());
  CHECK(process.owner.lost == std::vector{PieceIndex{0}});
  REQUIRE(process.owner.faults.size() == 1);
  CHECK(process.owner.faults[0].code == FaultCode::io);
  CHECK(process.owner.faults[0].text.find("/srv/x/one.part") != std::string::npos);
  process.store->clear_fault();
  SECTION("it is well again") {
    process.add_all(torrent);
    CHECK(process.store->have().all());
  }
  SECTION("and a bad block is still found") {
    auto bad = Block::copy_of(torrent.block(refs[0]));
    bad.bytes()[5] ^= 1;
    (void)process.store->add_block(refs[0], std::move(bad), {2, 1});
    process.add_all(torrent);
    REQUIRE(process.owner.failed.size() == 1);
    CHECK(process.owner.failed[0].blocks[0].from == LinkId{2, 1});
    CHECK(process.owner.faults.size() == 1);
  }
}

TEST_CASE("blocks of a dropped piece wait until its early writes have landed") {
  FakeFiles files;
  StorageOptions options;
  options.block_memory_bytes = 128 * 1024;
  Process process(files, options);
  const auto torrent = Torrent::make({{"one", 1u << 20}}, 1u << 20, 5);
  process.open(torrent, "/srv/x");
  for (const auto ref : torrent.blocks({0}))
    if (ref.offset < 10 * block_size) process.add(torrent, ref);
  process.store->drop_incomplete();
  const auto first = torrent.blocks({0})[0];
  CHECK(process.store->add_block(first, Block::copy_of(torrent.block(first)), {1, 1}) ==
        AddResult::refused);
  process.workers.run_all();
  process.add_all(torrent);
  CHECK(process.store->have().all());
}

TEST_CASE("many pieces in work under a small memory never stop for good") {
  FakeFiles files;
  StorageOptions options;
  options.block_memory_bytes = 512 * 1024;
  Process process(files, options);
  const auto torrent = Torrent::make({{"one", 4u << 20}}, 256 * 1024, 5);
  process.open(torrent, "/srv/x");
  // The first block of each piece, then the second of each, and so on: nothing becomes whole for
  // long.
  for (std::uint32_t offset = 0; offset < 256 * 1024; offset += block_size) {
    for (std::uint32_t piece = 0; piece < torrent.pieces(); ++piece) {
      while (process.storage->memory().under_pressure())
        REQUIRE((process.workers.run_next() || process.workers.deliver_next()));
      process.add(torrent, {{piece}, offset, block_size});
    }
  }
  process.workers.run_all();
  CHECK(process.store->have().all());
  CHECK(process.storage->memory().held() == 0);
}

TEST_CASE("a result for a store that is gone is dropped and its memory given back") {
  FakeFiles files;
  Process process(files);
  const auto torrent = two_files();
  process.open(torrent, "/srv/x");
  process.add_piece(torrent, 0);
  const auto ref = torrent.blocks({1})[0];
  process.add(torrent, ref);
  process.store.reset();
  process.workers.run_all();
  CHECK(process.storage->memory().held() == 0);
  CHECK(process.owner.verified.empty());
  // What waited wrote nothing: by then the files may be another's.
  CHECK_FALSE(files.is_there("/srv/x/t/a.bin.part"));
}

TEST_CASE("blocks are read in runs, with what follows read ahead") {
  FakeFiles files;
  Process process(files);
  const auto torrent = Torrent::make({{"one", 1u << 20}, {"two", 1u << 20}}, 1u << 20, 9);
  torrent.put(files, "/srv/x");
  process.open(torrent, "/srv/x");
  REQUIRE(process.check(*process.to_check));
  const auto before = files.counts();
  const auto refs = torrent.blocks({0});
  std::size_t got = 0;
  for (const auto ref : refs) {
    auto read = process.store->read({1, 1}, {&ref, 1});
    for (const auto& block : read.ready) {
      CHECK(equal(block.block.bytes(), torrent.block(block.ref)));
      ++got;
    }
    process.workers.run_all();
  }
  for (const auto& block : process.owner.read) {
    CHECK(equal(block.block.bytes(), torrent.block(block.ref)));
    ++got;
  }
  CHECK(got == refs.size());
  CHECK(files.counts().reads - before.reads < 10);
  CHECK(process.storage->memory().held() == 0);
}

TEST_CASE("blocks asked for together come together and in order") {
  FakeFiles files;
  Process process(files);
  const auto torrent = two_files();
  torrent.put(files, "/srv/x");
  process.open(torrent, "/srv/x");
  REQUIRE(process.check(*process.to_check));
  std::vector<BlockRef> refs{{{2}, 0, block_size}, {{1}, 16384, 100}, {{1}, 16484, 50},
                             {{99}, 0, 1},         {{0}, 65535, 2},   {{0}, 0, 0}};
  const auto asked = process.store->read({1, 1}, refs);
  CHECK(asked.ready.empty());
  process.workers.run_all();
  CHECK(process.owner.tokens == std::vector{asked.token});
  REQUIRE(process.owner.read.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(process.owner.read[i].ref == refs[i]);
    CHECK(equal(process.owner.read[i].block.bytes(), torrent.block(refs[i])));
  }
  process.store->forget_reader({1, 1});
  CHECK(process.storage->memory().held() == 0);
}

TEST_CASE("uploads wait for memory and go on when there is some") {
  FakeFiles files;
  StorageOptions options;
  options.block_memory_bytes = 128 * 1024;
  Process process(files, options);
  const auto torrent = Torrent::make({{"one", 1u << 20}}, 1u << 20, 9);
  torrent.put(files, "/srv/x");
  process.open(torrent, "/srv/x");
  REQUIRE(process.check(*process.to_check));
  process.storage->memory().take(MemoryUse::unsent, 64 * 1024);
  const auto refs = torrent.blocks({0});
  (void)process.store->read({1, 1}, refs);
  process.workers.run_all();
  process.storage->on_turn_end();
  CHECK(process.owner.tokens.empty());
  process.storage->memory().give_back(MemoryUse::unsent, 64 * 1024);
  for (int turn = 0; turn < 100 && process.owner.tokens.empty(); ++turn) {
    process.storage->on_turn_end();
    process.workers.run_all();
  }
  CHECK(process.owner.read.size() == refs.size());
}

TEST_CASE("a file that is cut short while seeding is a fault that names it") {
  FakeFiles files;
  Process process(files);
  const auto torrent = two_files();
  torrent.put(files, "/srv/x");
  process.open(torrent, "/srv/x");
  REQUIRE(process.check(*process.to_check));
  files.put("/srv/x/t/a.bin", Bytes(torrent.file(0)).first(10));
  const BlockRef ref{{0}, 16384, 16384};
  (void)process.store->read({1, 1}, {&ref, 1});
  process.workers.run_all();
  CHECK(process.owner.read_faults.size() == 1);
  REQUIRE(process.owner.faults.size() == 1);
  CHECK(process.owner.faults[0].text.find("/srv/x/t/a.bin") != std::string::npos);
}

TEST_CASE("empty files are made, and pad files never") {
  FakeFiles files;
  Process process(files);
  const auto torrent = Torrent::make(
      {{"t/a", 10'000}, {"t/.pad/1", 6'384, true}, {"t/e", 0}, {"t/b", 20'000}}, 16384, 2);
  process.open(torrent, "/srv/x");
  process.add_all(torrent);
  const std::vector<FileIndex> all{{0}, {1}, {2}, {3}};
  process.store->make_empty_files(all, [](Result<void> made) { CHECK(made); });
  process.workers.run_all();
  CHECK(files.paths() ==
        std::vector<std::string>{"/srv/x/.seedd-root", "/srv/x/t/a", "/srv/x/t/b", "/srv/x/t/e"});
  CHECK(process.store->have().all());
  CHECK(same(files.content("/srv/x/t/b"), torrent.file(3)));
  Bitfield pieces(torrent.pieces(), true);
  REQUIRE(process.check(pieces));
  CHECK(process.store->have().all());
}

TEST_CASE("a torrent with a file called x.part gets no suffixes") {
  FakeFiles files;
  Process process(files);
  const auto torrent = Torrent::make({{"t/x", 20'000}, {"t/x.part", 20'000}}, 16384, 2);
  process.open(torrent, "/srv/x");
  process.add_all(torrent);
  CHECK(same(files.content("/srv/x/t/x"), torrent.file(0)));
  CHECK(same(files.content("/srv/x/t/x.part"), torrent.file(1)));
}

TEST_CASE("files are given their size beforehand when asked") {
  FakeFiles files;
  Process process(files);
  process.preallocation = config::Preallocation::sparse;
  const auto torrent = two_files();
  process.open(torrent, "/srv/x");
  process.add_piece(torrent, 0);
  process.workers.run_all();
  CHECK(files.content("/srv/x/t/a.bin.part")->size() == 100'000);
}

TEST_CASE("a root whose disk is gone is not taken for an empty one") {
  FakeFiles files;
  files.mount("/srv/x");
  const auto torrent = two_files();
  Process process(files);
  process.open(torrent, "/srv/x");
  process.add_all(torrent);
  process.let_sync();
  const auto saved = process.store->progress();
  process.store.reset();
  files.unmount("/srv/x");
  const auto before = files.paths();
  process.open(torrent, "/srv/x", saved);
  REQUIRE(process.resume_fault);
  CHECK(process.resume_fault->code == FaultCode::root_missing);
  CHECK(files.paths() == before);
  files.remount("/srv/x");
  process.open(torrent, "/srv/x", saved);
  REQUIRE(process.to_check);
  CHECK(process.to_check->none());
  CHECK(process.store->have().all());
}

TEST_CASE("a disk that goes while downloading gets no new files in its place") {
  FakeFiles files;
  files.mount("/srv/x");
  const auto torrent = two_files();
  Process process(files);
  process.open(torrent, "/srv/x");
  files.unmount("/srv/x");
  process.add_piece(torrent, 0);
  process.workers.run_all();
  REQUIRE(process.owner.faults.size() == 1);
  CHECK(process.owner.faults[0].code == FaultCode::root_missing);
  CHECK(files.paths().empty());
}

TEST_CASE("removing takes the torrent's files and empty folders, and nothing else") {
  FakeFiles files;
  const auto torrent = two_files();
  torrent.put(files, "/srv/x");
  files.put("/srv/x/t/sub/mine", as_bytes("mine"));
  files.put("/srv/x/other", as_bytes("other"));
  Process process(files);
  Removal removal;
  removal.metainfo = torrent.metainfo;
  removal.placement.root = *SafePath::root("/srv/x");
  removal.ownership = {Ownership::held, Ownership::held, Ownership::none};
  removal.names.resize(3);
  remove_files(*process.storage, removal, [](Result<void> removed) { CHECK(removed); });
  process.workers.run_all();
  CHECK(files.paths() == std::vector<std::string>{"/srv/x/other", "/srv/x/t/sub/mine"});
}

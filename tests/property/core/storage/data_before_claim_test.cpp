// Whatever blocks come in whatever order, whatever fails and whenever the power goes: each piece
// that was saved as held is right on the disk, no complete file is checked again, and what was had
// is found again while the power stays on.
#include "tests/unit/core/storage/fixture.h"

using namespace seed;
using namespace seed::storage;
using seed::test::FakeFiles;
using seed::test::FileFault;
using seed::test::FileOp;
using seed::test::FileSpec;
using seed::test::Process;
using seed::test::Torrent;

namespace {

constexpr const char* root = "/srv/x";

Torrent draw_torrent(Rng& dice) {
  std::vector<FileSpec> specs;
  const std::uint64_t count = 1 + dice.below(6);
  for (std::uint64_t i = 0; i < count; ++i)
    specs.push_back({"t/f" + std::to_string(i), dice.below(200'000), dice.below(8) == 0});
  specs.push_back({"t/last", 1 + dice.below(100'000)});
  const std::uint32_t sizes[] = {16384, 32768, 50'000, 131072};
  return Torrent::make(specs, sizes[dice.below(4)], dice.next());
}

/// The octets of a piece as they are on disk; zeros where nothing is.
Buffer on_disk(const FakeFiles& files, const Torrent& torrent, PieceIndex piece) {
  Buffer out;
  for (const auto& slice : torrent.layout().slices(piece)) {
    Buffer part(slice.length);
    const auto path = std::string(root) + "/" + torrent.layout().path(slice.file);
    auto content = files.content(path);
    if (!content) content = files.content(path + std::string(partial_suffix));
    if (content && !torrent.layout().is_pad(slice.file))
      for (std::size_t i = 0; i < slice.length && slice.offset + i < content->size(); ++i)
        part[i] = (*content)[slice.offset + i];
    out.insert(out.end(), part.begin(), part.end());
  }
  return out;
}

void check_right(const FakeFiles& files, const Torrent& torrent, const Bitfield& claimed) {
  for (std::uint32_t i = 0; i < torrent.pieces(); ++i) {
    if (!claimed.test({i})) continue;
    INFO("piece " << i);
    CHECK(equal(on_disk(files, torrent, {i}), torrent.piece({i})));
  }
}

/// Pieces of complete files that border on no other are not to be read again.
void check_nothing_for_nothing(const Torrent& torrent, const Progress& saved,
                               const Bitfield& to_check) {
  for (std::uint32_t i = 0; i < torrent.layout().file_count(); ++i) {
    const auto pieces = torrent.layout().pieces_of({i});
    if (torrent.layout().is_pad({i}) ||
        saved.have.next_clear(pieces.first.value) < pieces.last.value)
      continue;
    for (auto piece = pieces.first; piece < pieces.last; ++piece.value) {
      INFO("file " << i << " piece " << piece.value);
      if (torrent.layout().files_of(piece).size() == 1) CHECK_FALSE(to_check.test(piece));
    }
  }
}

/// But pieces that are nothing but padding are nowhere.
void check_nothing_lost(const Torrent& torrent, const Bitfield& before, const Bitfield& now) {
  for (std::uint32_t i = 0; i < torrent.pieces(); ++i) {
    const auto slices = torrent.layout().slices(PieceIndex{i});
    const bool on_disk = std::any_of(slices.begin(), slices.end(), [&](const auto& slice) {
      return !torrent.layout().is_pad(slice.file);
    });
    INFO("piece " << i);
    if (on_disk && before.test({i})) CHECK(now.test({i}));
  }
}

FakeFiles::Hook draw_faults(Rng& dice) {
  return [&dice](FileOp op, const std::string&) -> std::optional<FileFault> {
    const bool may = op == FileOp::open || op == FileOp::write || op == FileOp::sync ||
                     op == FileOp::read || op == FileOp::rename || op == FileOp::sync_folder;
    if (!may || dice.below(40) != 0) return std::nullopt;
    const bool full = op == FileOp::write && dice.below(2) == 0;
    return FileFault{{full ? FaultCode::disk_full : FaultCode::io, 0, "drawn"}, dice.below(60'000)};
  };
}

/// What a life leaves: what was saved last, and what it had.
struct Left {
  std::optional<Progress> saved;
  std::optional<Bitfield> had;  ///< while the disk kept it
};

/// One life of the process: ends at any point.
Left live(FakeFiles& files, const Torrent& torrent, Left before, Rng& dice, bool faults) {
  auto saved = std::move(before.saved);
  StorageOptions options;
  options.block_memory_bytes = 64 * 1024u << dice.below(6);
  Process process(files, options, dice.next());
  process.preallocation = static_cast<config::Preallocation>(dice.below(3));
  process.open(torrent, saved ? "" : root, saved);
  REQUIRE(process.to_check);
  if (saved) check_nothing_for_nothing(torrent, *saved, *process.to_check);
  REQUIRE(process.check(*process.to_check));
  check_right(files, torrent, process.store->have());
  if (before.had) check_nothing_lost(torrent, *before.had, process.store->have());

  process.workers.set_dice(&dice);
  if (faults) files.set_hook(draw_faults(dice));
  int told = 0;
  std::vector<PieceIndex> working;
  const std::uint64_t steps = dice.below(600);
  for (std::uint64_t step = 0; step < steps; ++step) {
    const auto what = dice.below(20);
    if (what < 10) {
      if (working.size() < 4)
        working.push_back({static_cast<std::uint32_t>(dice.below(torrent.pieces()))});
      const auto at = dice.below(working.size());
      const auto refs = torrent.blocks(working[at]);
      const auto ref = refs[dice.below(refs.size())];
      auto block = Block::copy_of(torrent.block(ref));
      if (dice.below(200) == 0) block.bytes()[0] ^= 1;
      (void)process.store->add_block(ref, std::move(block), {1, 1});
      if (process.store->have().test(working[at]))
        working.erase(working.begin() + static_cast<std::ptrdiff_t>(at));
    } else if (what < 14) {
      (void)process.workers.run_next();
    } else if (what < 18) {
      (void)process.workers.deliver_next();
    } else if (what == 18) {
      process.clock.advance(1s);
      if (process.store->deadline().value_or(never) <= process.clock.now())
        process.store->on_deadline();
      process.store->clear_fault();
    } else {
      const BlockRef ref = torrent.blocks({0})[0];
      (void)process.store->read({2, 1}, {&ref, 1});
    }
    if (process.owner.progresses != told) {
      told = process.owner.progresses;
      saved = *parse_progress(encode(process.store->progress()));
    }
  }
  for (const auto& block : process.owner.read)
    CHECK(equal(block.block.bytes(), torrent.block(block.ref)));
  files.set_hook(nullptr);
  process.workers.clear();
  const Bitfield had = process.store->have();
  process.store.reset();
  return {std::move(saved), had};
}

void run(std::uint64_t seed, bool faults) {
  INFO("seed " << seed);
  Rng dice(seed);
  FakeFiles files;
  const auto torrent = draw_torrent(dice);
  Left left;
  for (int life = 0; life < 3; ++life) {
    left = live(files, torrent, std::move(left), dice, faults);
    if (dice.below(2) == 0) {
      files.crash(dice.below(2) == 0 ? &dice : nullptr);
      left.had.reset();
    }
    if (left.saved) check_right(files, torrent, left.saved->have);
  }
  const auto& saved = left.saved;
  // Once nothing fails any more, all comes to a good end.
  Process process(files);
  process.open(torrent, saved ? "" : root, saved);
  REQUIRE(process.to_check);
  REQUIRE(process.check(*process.to_check));
  process.add_all(torrent);
  process.let_sync();
  CHECK(process.store->durable_have().all());
  CHECK(process.storage->memory().held() == 0);
  check_right(files, torrent, process.store->have());
  files.crash();
  check_right(files, torrent, process.store->have());
}

}  // namespace

TEST_CASE("what is claimed is on the disk after any crash, and a kill loses nothing that was had") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) run(seed, false);
}

TEST_CASE("what is claimed is on the disk after any crash and any fault") {
  for (std::uint64_t seed = 1; seed <= 120; ++seed) run(seed, true);
}

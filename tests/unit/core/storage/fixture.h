// What tests of core/storage stand on: a torrent of random octets, a store in memory, an owner that
// writes down what it hears.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/metainfo/file_layout_builder.h"
#include "core/storage/piece_store.h"
#include "tests/support/catch.h"
#include "tests/support/fake_files.h"
#include "tests/support/inline_workers.h"

namespace seed::test {

class ManualClock final : public io::Clock {
 public:
  Instant now() const override { return now_; }
  WallTime wall() const override { return WallTime{}; }
  LocalTime local() const override { return {}; }
  void advance(Duration by) { now_ += by; }

 private:
  Instant now_{1h};
};

class SeededEntropy final : public io::Entropy {
 public:
  explicit SeededEntropy(std::uint64_t seed) : rng_(seed) {}
  void fill(MutableBytes out) override { rng_.fill(out); }

 private:
  Rng rng_;
};

struct FileSpec {
  std::string path;  ///< components joined by '/', the torrent's name first
  std::uint64_t length = 0;
  bool pad = false;
};

/// A torrent and its octets, end to end; pads are zeros.
struct Torrent {
  std::shared_ptr<const metainfo::Metainfo> metainfo;
  Buffer content;

  static Torrent make(const std::vector<FileSpec>& files, std::uint32_t piece_length,
                      std::uint64_t seed) {
    metainfo::FileLayoutBuilder builder(piece_length, metainfo::Alignment::contiguous);
    Torrent out;
    Rng rng(seed);
    for (const auto& file : files) {
      metainfo::FileEntry entry;
      entry.length = file.length;
      entry.attributes.pad = file.pad;
      std::string rest = file.path;
      for (std::size_t slash; (slash = rest.find('/')) != rest.npos; rest.erase(0, slash + 1))
        entry.path.push_back(rest.substr(0, slash));
      entry.path.push_back(rest);
      REQUIRE(builder.add(entry));
      Buffer octets(file.length);
      if (!file.pad) rng.fill(octets);
      out.content.insert(out.content.end(), octets.begin(), octets.end());
    }
    auto info = std::make_shared<metainfo::Metainfo>();
    auto layout = std::move(builder).finish();
    REQUIRE(layout);
    info->layout = *std::move(layout);
    info->hashes.v1.emplace().octets.fill(0xaa);
    for (std::size_t at = 0; at < out.content.size(); at += piece_length) {
      const Sha1 digest =
          sha1(Bytes(out.content)
                   .subspan(at, std::min<std::size_t>(piece_length, out.content.size() - at)));
      info->info.insert(info->info.end(), digest.octets.begin(), digest.octets.end());
    }
    out.metainfo = std::move(info);
    return out;
  }

  const metainfo::FileLayout& layout() const { return metainfo->layout; }
  std::uint32_t pieces() const { return layout().piece_count(); }
  Bytes piece(PieceIndex piece) const {
    return Bytes(content).subspan(std::size_t{piece.value} * layout().piece_length(),
                                  layout().piece_size(piece));
  }
  Bytes block(BlockRef ref) const { return piece(ref.piece).subspan(ref.offset, ref.length); }
  Bytes file(std::uint32_t index) const {
    return Bytes(content).subspan(layout().offset(FileIndex{index}),
                                  layout().length(FileIndex{index}));
  }
  std::vector<BlockRef> blocks(PieceIndex piece) const {
    std::vector<BlockRef> out;
    for (std::uint32_t at = 0; at < layout().piece_size(piece); at += block_size)
      out.push_back({piece, at, std::min(block_size, layout().piece_size(piece) - at)});
    return out;
  }
  /// Puts all its files below `root`, as a finished torrent has them.
  void put(FakeFiles& files, const std::string& root) const {
    for (std::uint32_t i = 0; i < layout().file_count(); ++i)
      if (!layout().is_pad(FileIndex{i}))
        files.put(root + "/" + layout().path(FileIndex{i}), file(i));
  }
};

struct Owner final : storage::PieceStoreOwner {
  void on_piece_verified(const storage::PieceOutcome& outcome) override {
    verified.push_back(outcome);
  }
  void on_piece_failed(const storage::PieceOutcome& outcome) override { failed.push_back(outcome); }
  void on_pieces_lost(std::span<const PieceIndex> pieces) override {
    lost.insert(lost.end(), pieces.begin(), pieces.end());
  }
  void on_piece_checked(PieceIndex piece, bool good) override { checked.emplace_back(piece, good); }
  void on_blocks_read(storage::ReadToken token, LinkId,
                      Result<std::vector<storage::ReadBlock>> blocks) override {
    tokens.push_back(token);
    if (!blocks) {
      read_faults.push_back(blocks.error());
      return;
    }
    for (auto& block : *blocks) read.push_back(std::move(block));
  }
  void on_file_completed(FileIndex file) override { completed.push_back(file); }
  void on_progress() override { ++progresses; }
  void on_storage_fault(const Fault& fault) override { faults.push_back(fault); }
  void on_store_deadline() override {}

  std::vector<storage::PieceOutcome> verified, failed;
  std::vector<PieceIndex> lost;
  std::vector<std::pair<PieceIndex, bool>> checked;
  std::vector<storage::ReadToken> tokens;
  std::vector<storage::ReadBlock> read;
  std::vector<Fault> read_faults, faults;
  std::vector<FileIndex> completed;
  int progresses = 0;
};

/// One process: it may end (`restart`) while the disk stays.
struct Process {
  explicit Process(FakeFiles& on, storage::StorageOptions with = {}, std::uint64_t seed = 1)
      : files(on),
        workers(files, no_store),
        entropy(seed),
        options(with),
        storage(std::make_unique<storage::Storage>(workers, clock, entropy, options)) {}

  storage::StoreOptions store_options(const Torrent& torrent, const std::string& root) const {
    storage::StoreOptions out;
    out.metainfo = torrent.metainfo;
    if (!root.empty()) out.placement.root = *SafePath::root(root);
    out.preallocation = preallocation;
    out.rename_partial_files = suffixes;
    return out;
  }
  /// Opens a store and resumes it, at `root` or where it was saved; what is to be checked goes to
  /// `to_check`.
  void open(const Torrent& torrent, const std::string& root,
            std::optional<storage::Progress> saved = std::nullopt) {
    auto with = store_options(torrent, root);
    if (saved) with.placement = saved->placement;
    store = std::make_unique<storage::PieceStore>(*storage, std::move(with), owner);
    to_check.reset();
    resume_fault.reset();
    store->resume(std::move(saved), [this](Result<Bitfield> answer) {
      if (answer) {
        to_check = *answer;
      } else {
        resume_fault = answer.error();
      }
    });
    workers.run_all();
  }
  void add(const Torrent& torrent, BlockRef ref, LinkId from = {1, 1}) {
    (void)store->add_block(ref, Block::copy_of(torrent.block(ref)), from);
  }
  void add_piece(const Torrent& torrent, std::uint32_t piece) {
    for (const auto ref : torrent.blocks({piece})) add(torrent, ref);
  }
  void add_all(const Torrent& torrent) {
    for (std::uint32_t i = 0; i < torrent.pieces(); ++i) add_piece(torrent, i);
    workers.run_all();
  }
  /// Lets the sync come that is due some time after a write.
  void let_sync() {
    workers.run_all();
    clock.advance(storage::sync_delay);
    store->on_deadline();
    workers.run_all();
  }
  Result<void> check(Bitfield pieces) {
    Result<void> out = fail(FaultCode::timed_out, "no answer");
    store->check(std::move(pieces), [&](Result<void> answer) { out = std::move(answer); });
    workers.run_all();
    return out;
  }

  FakeFiles& files;
  NoStore no_store;
  InlineWorkers workers;
  ManualClock clock;
  SeededEntropy entropy;
  storage::StorageOptions options;
  config::Preallocation preallocation = config::Preallocation::off;
  bool suffixes = true;
  Owner owner;
  std::unique_ptr<storage::Storage> storage;
  std::unique_ptr<storage::PieceStore> store;
  std::optional<Bitfield> to_check;
  std::optional<Fault> resume_fault;
};

inline Torrent two_files() {
  return Torrent::make({{"t/a.bin", 100'000}, {"t/sub/b.bin", 150'000}, {"t/empty", 0}}, 65536, 7);
}

inline bool same(const std::optional<Buffer>& found, Bytes expected) {
  return found && equal(*found, expected);
}

}  // namespace seed::test

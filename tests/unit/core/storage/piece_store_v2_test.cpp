// A torrent of BitTorrent v2 in a PieceStore, and the hashes that it gives.
#include "core/storage/piece_store.h"
#include "tests/unit/core/storage/v2_fixture.h"

using namespace seed;
using namespace seed::storage;
using namespace seed::test;

namespace {

constexpr std::uint32_t piece_length = 65536;

/// Files of one block, of less than a piece, of whole pieces and of more.
Torrent several() {
  return make_v2({{"a", 100}, {"b", 40'000}, {"c", 4 * piece_length}, {"d", 300'000}}, piece_length,
                 5);
}

struct Setup {
  FakeFiles files;
  Process process{files};
  Torrent torrent = several();

  Setup() { process.open(torrent, "/srv/x"); }

  Result<Buffer> hashes(std::uint32_t file, const metainfo::HashRange& range) {
    Result<Buffer> out = fail(FaultCode::timed_out, "no answer");
    process.store->give_hashes({file}, range,
                               [&](Result<Buffer> answer) { out = std::move(answer); });
    process.workers.run_all();
    return out;
  }
  unsigned height(std::uint32_t file) const {
    return metainfo::tree_height(torrent.layout().length({file}));
  }
  metainfo::HashRange proven(unsigned base, std::uint32_t index, std::uint32_t length,
                             std::uint32_t file) const {
    return metainfo::with_full_proof({base, index, length, 0}, height(file));
  }
};

}  // namespace

TEST_CASE("a torrent of v2 alone lies on disk, each file from a piece's beginning on") {
  Setup setup;
  setup.process.add_all(setup.torrent);
  CHECK(setup.process.store->have().all());
  for (std::uint32_t i = 0; i < 4; ++i)
    CHECK(same(setup.files.content("/srv/x/" + setup.torrent.layout().path({i})),
               setup.torrent.file(i)));
  CHECK(setup.process.owner.failed.empty());
  CHECK(setup.process.owner.completed.size() == 4);
}

TEST_CASE("a spoiled block fails its piece, whose blocks are known by their leaves") {
  Setup setup;
  const auto blocks = setup.torrent.blocks({2});
  REQUIRE(blocks.size() == 4);
  for (const auto ref : blocks) {
    Buffer octets = to_buffer(setup.torrent.block(ref));
    if (ref.offset == block_size) octets[7] ^= 1;
    (void)setup.process.store->add_block(ref, Block::copy_of(octets), {1, 1});
  }
  setup.process.workers.run_all();
  REQUIRE(setup.process.owner.failed.size() == 1);
  const auto& told = setup.process.owner.failed[0].blocks;
  REQUIRE(told.size() == 4);
  for (std::size_t i = 0; i < 4; ++i) {
    const auto leaf = sha256(setup.torrent.block(blocks[i]));
    CHECK((told[i].digest == ByteReader(leaf.bytes()).u64()) == (i != 1));
  }
  CHECK_FALSE(setup.process.store->have().test(PieceIndex{2}));
}

TEST_CASE("a check finds what is good of it, and what is not") {
  Setup setup;
  setup.process.add_all(setup.torrent);
  setup.process.let_sync();
  REQUIRE(setup.process.check(Bitfield(setup.torrent.pieces(), true)));
  CHECK(setup.process.owner.checked.size() == setup.torrent.pieces());
  for (const auto& [piece, good] : setup.process.owner.checked) CHECK(good);
  setup.process.owner.checked.clear();
  Buffer other = to_buffer(setup.torrent.file(3));
  other.back() ^= 1;
  setup.files.put("/srv/x/" + setup.torrent.layout().path({3}), other);
  REQUIRE(setup.process.check(Bitfield(setup.torrent.pieces(), true)));
  for (const auto& [piece, good] : setup.process.owner.checked)
    CHECK(good == (piece.value + 1 != setup.torrent.pieces()));
}

TEST_CASE("hashes of leaves and of the piece layer are given with what proves them") {
  Setup setup;
  setup.process.add_all(setup.torrent);
  struct Case {
    std::uint32_t file;
    metainfo::HashRange range;
  };
  const Case cases[] = {
      {1, setup.proven(0, 0, 4, 1)},  {1, setup.proven(0, 2, 2, 1)},
      {2, setup.proven(0, 4, 4, 2)},  {2, setup.proven(0, 6, 2, 2)},
      {2, setup.proven(0, 8, 8, 2)},  {2, setup.proven(2, 0, 4, 2)},
      {2, setup.proven(2, 2, 2, 2)},  {3, setup.proven(0, 16, 4, 3)},
      {3, setup.proven(0, 0, 32, 3)}, {3, setup.proven(0, 16, 16, 3)},
      {3, setup.proven(2, 4, 4, 3)},
  };
  for (const auto& [file, range] : cases) {
    INFO(file << ": " << range.base << " " << range.index << " " << range.length);
    const auto given = setup.hashes(file, range);
    REQUIRE(given);
    const auto root = *setup.torrent.metainfo->pieces_root({file});
    CHECK(metainfo::is_proven(range, *given, setup.height(file), root));
    // Less of the same proof, as one asks who knows the layers above.
    auto less = range;
    less.proof_layers = 0;
    const auto alone = setup.hashes(file, less);
    REQUIRE(alone);
    CHECK(equal(*alone, Bytes(*given).first(range.length * Sha256::size)));
  }
}

TEST_CASE("hashes of what is not had, of other layers and beyond the file are not given") {
  Setup setup;
  setup.process.add_piece(setup.torrent, 2);
  setup.process.workers.run_all();
  CHECK(setup.hashes(2, setup.proven(0, 0, 4, 2)));
  const auto missing = setup.hashes(2, setup.proven(0, 4, 4, 2));
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == FaultCode::not_found);
  const auto layer = setup.hashes(2, setup.proven(1, 0, 2, 2));
  REQUIRE_FALSE(layer);
  CHECK(layer.error().code == FaultCode::unsupported);
  CHECK_FALSE(setup.hashes(3, setup.proven(0, 24, 8, 3)));
  // The piece layer is known from the metainfo.
  CHECK(setup.hashes(3, setup.proven(2, 0, 8, 3)));
}

TEST_CASE("what would make up a file's last piece is read as zeros, but not stored") {
  Setup setup;
  setup.process.add_all(setup.torrent);
  const BlockRef made_up{{0}, 0, block_size};  // of a file of 100 octets
  (void)setup.process.store->read({1, 1}, std::array{made_up});
  setup.process.workers.run_all();
  REQUIRE(setup.process.owner.read.size() == 1);
  const Bytes got = std::as_const(setup.process.owner.read[0].block).bytes();
  REQUIRE(got.size() == block_size);
  CHECK(equal(got, setup.torrent.piece({0}).size() == 100
                       ? Bytes(setup.torrent.content).first(block_size)
                       : Bytes()));
  CHECK(setup.process.store->add_block(made_up, Block::of_size(block_size), {1, 1}) ==
        AddResult::refused);
  setup.process.owner.read.clear();
  (void)setup.process.store->read({1, 1}, std::array{BlockRef{{0}, 100, 10}});
  setup.process.workers.run_all();
  CHECK(setup.process.owner.read.empty());
}

#include "core/storage/incoming.h"

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::storage;

namespace {

constexpr std::uint32_t piece_size = 3 * block_size + 100;

bool add(Incoming& incoming, std::uint32_t piece, std::uint32_t index) {
  const std::uint32_t length = Incoming::block_length(piece_size, index * block_size);
  return incoming.add({{piece}, index * block_size, length}, piece_size, Block::of_size(length),
                      {index, 1});
}

}  // namespace

TEST_CASE("a block has one length, on the grid") {
  CHECK(Incoming::block_length(piece_size, 0) == block_size);
  CHECK(Incoming::block_length(piece_size, 3 * block_size) == 100);
  CHECK(Incoming::block_length(piece_size, 1) == 0);
  CHECK(Incoming::block_length(piece_size, 4 * block_size) == 0);
  CHECK(Incoming::block_length(0, 0) == 0);
}

TEST_CASE("a piece of which something is written early says so") {
  Incoming incoming;
  CHECK(add(incoming, 5, 0));
  CHECK(incoming.early().empty());
  const auto spilled = incoming.spill();
  REQUIRE(spilled);
  CHECK(incoming.early() == std::vector{PieceIndex{5}});
  incoming.on_spilled(spilled->piece, spilled->offsets, {});
  CHECK(incoming.early() == std::vector{PieceIndex{5}});
  (void)incoming.take({5});
  CHECK(incoming.early().empty());
}

TEST_CASE("a piece is whole when each block is here once") {
  Incoming incoming;
  for (std::uint32_t i : {3u, 0u, 2u}) CHECK(add(incoming, 5, i));
  CHECK_FALSE(add(incoming, 5, 2));
  CHECK_FALSE(incoming.find({5})->whole());
  CHECK(incoming.holds({{5}, 0, block_size}));
  CHECK_FALSE(incoming.holds({{5}, block_size, block_size}));
  CHECK(add(incoming, 5, 1));
  CHECK(incoming.find({5})->whole());
  CHECK(incoming.bytes() == piece_size);
  const auto piece = incoming.take({5});
  REQUIRE(piece);
  CHECK(piece->from[3] == LinkId{3, 1});
  CHECK(incoming.bytes() == 0);
  CHECK(incoming.memory_bytes() == 0);
}

TEST_CASE("the piece that holds most is written early, the longest untouched first") {
  Incoming incoming;
  (void)add(incoming, 1, 0);
  (void)add(incoming, 2, 0);
  (void)add(incoming, 3, 0);
  (void)add(incoming, 3, 1);
  auto spill = incoming.spill();
  REQUIRE(spill);
  CHECK(spill->piece == PieceIndex{3});
  CHECK(spill->bytes == 2 * block_size);
  CHECK(incoming.memory_bytes() == 2 * block_size);
  CHECK(incoming.bytes() == 4 * block_size);
  CHECK(incoming.spill()->piece == PieceIndex{1});
  incoming.on_spilled({3}, spill->offsets, {});
  CHECK(incoming.find({3})->state[1] == BlockState::disk);
  CHECK(incoming.find({3})->spills == 0);
}

TEST_CASE("a piece taken out while written early takes no blocks until that is over") {
  Incoming incoming;
  (void)add(incoming, 1, 0);
  const auto spill = incoming.spill();
  (void)incoming.take({1});
  CHECK(incoming.blocked({1}));
  CHECK_FALSE(add(incoming, 1, 0));
  incoming.on_spilled({1}, spill->offsets, {});
  CHECK_FALSE(incoming.blocked({1}));
  CHECK(add(incoming, 1, 0));
}

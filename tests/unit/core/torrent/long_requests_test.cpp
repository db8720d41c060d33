#include "core/torrent/long_requests.h"

#include "tests/support/catch.h"

namespace seed::torrent {
namespace {

constexpr BlockRef request{PieceIndex{3}, 16384, 40'000};

Block block_of(BlockRef ref, std::uint8_t octet) {
  Block block = Block::of_size(ref.length);
  for (auto& one : block.bytes()) one = octet;
  return block;
}

TEST_CASE("a long request is made of blocks, the last one as long as the rest") {
  const auto parts = LongRequests::parts_of(request);
  REQUIRE(parts.size() == 3);
  CHECK(parts[0] == BlockRef{PieceIndex{3}, 16384, 16384});
  CHECK(parts[1] == BlockRef{PieceIndex{3}, 32768, 16384});
  CHECK(parts[2] == BlockRef{PieceIndex{3}, 49152, 7232});
  CHECK(LongRequests::parts_of({PieceIndex{0}, 5, 32768}).size() == 2);
}

TEST_CASE("it is whole when all its parts are there, in whatever order they come") {
  LongRequests open;
  CHECK(open.missing_of(request).size() == 3);
  const auto parts = LongRequests::parts_of(request);
  for (const std::size_t i : {2u, 0u}) {
    Block block = block_of(parts[i], static_cast<std::uint8_t>(i));
    CHECK_FALSE(open.add(parts[i], block));
    CHECK_FALSE(block);
  }
  CHECK(open.bytes() == 16384 + 7232);
  CHECK(open.missing_of(request) == std::vector<BlockRef>{parts[1]});
  Block last = block_of(parts[1], 1);
  const auto whole = open.add(parts[1], last);
  REQUIRE(whole);
  CHECK(whole->request == request);
  REQUIRE(whole->parts.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) CHECK(whole->parts[i].bytes()[0] == i);
  CHECK_FALSE(open.contains(request));
  CHECK(open.bytes() == 0);
}

TEST_CASE("a block that is no part of a request stays with who has it") {
  LongRequests open;
  open.missing_of(request);
  for (const BlockRef ref :
       {BlockRef{PieceIndex{2}, 16384, 16384}, BlockRef{PieceIndex{3}, 0, 16384},
        BlockRef{PieceIndex{3}, 16385, 16384}, BlockRef{PieceIndex{3}, 49152, 16384},
        BlockRef{PieceIndex{3}, 65536, 16384}}) {
    Block block = block_of(ref, 1);
    CHECK_FALSE(open.add(ref, block));
    CHECK(block);
  }
}

TEST_CASE("a part that is there already is left for another request") {
  LongRequests open;
  open.missing_of({PieceIndex{0}, 0, 32768});
  open.missing_of({PieceIndex{0}, 0, 49152});
  const BlockRef first{PieceIndex{0}, 0, 16384};
  Block one = block_of(first, 1);
  Block two = block_of(first, 2);
  Block three = block_of(first, 3);
  open.add(first, one);
  open.add(first, two);
  open.add(first, three);
  CHECK_FALSE(one);
  CHECK_FALSE(two);
  CHECK(three);
}

TEST_CASE("what is dropped is not gathered any more") {
  LongRequests open;
  open.missing_of(request);
  Block here = block_of(LongRequests::parts_of(request)[1], 1);
  open.add(LongRequests::parts_of(request)[1], here);
  CHECK(open.bytes() == 16384);
  CHECK(open.drop(request));
  CHECK(open.bytes() == 0);
  CHECK_FALSE(open.drop(request));
  Block block = block_of(LongRequests::parts_of(request)[0], 1);
  CHECK_FALSE(open.add(LongRequests::parts_of(request)[0], block));
  CHECK(block);
}

}  // namespace
}  // namespace seed::torrent

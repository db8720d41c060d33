#include "core/swarm/shape.h"

#include "tests/support/catch.h"

using namespace seed;
using swarm::Shape;

TEST_CASE("lengths and blocks follow the piece") {
  const Shape shape{4, 40'000, 100, {{{1}, 16'385}}};
  REQUIRE(shape.valid());
  CHECK(shape.length_of({0}) == 40'000);
  CHECK(shape.length_of({1}) == 16'385);
  CHECK(shape.length_of({3}) == 100);
  CHECK(shape.length_of({4}) == 0);
  CHECK(shape.blocks_of({0}) == 3);
  CHECK(shape.blocks_of({1}) == 2);
  CHECK(shape.block_ref({0}, 2) == BlockRef{{0}, 32'768, 7'232});
  CHECK(shape.block_ref({1}, 1) == BlockRef{{1}, 16'384, 1});
}

TEST_CASE("only exact blocks are blocks") {
  const Shape shape{2, 40'000, 100};
  CHECK(shape.is_block({{0}, 16'384, 16'384}));
  CHECK_FALSE(shape.is_block({{0}, 16'384, 16'383}));
  CHECK_FALSE(shape.is_block({{0}, 1, 16'384}));
  CHECK_FALSE(shape.is_block({{0}, 49'152, 16'384}));
  CHECK_FALSE(shape.is_block({{0}, 0xffffc000, 16'384}));
  CHECK_FALSE(shape.is_block({{2}, 0, 100}));
  CHECK(shape.is_block({{1}, 0, 100}));
}

TEST_CASE("a shape that contradicts itself is not valid") {
  CHECK_FALSE(Shape{}.valid());
  CHECK_FALSE(Shape{1, 100, 101}.valid());
  CHECK_FALSE(Shape{1, 100, 0}.valid());
  CHECK_FALSE(Shape{2, 100, 100, {{{2}, 5}}}.valid());
  CHECK_FALSE(Shape{3, 100, 100, {{{1}, 5}, {{0}, 5}}}.valid());
}

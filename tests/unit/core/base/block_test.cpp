#include "core/base/block.h"

#include "tests/support/catch.h"

namespace seed {
namespace {

TEST_CASE("a block holds its payload and lends its head room") {
  Block block = Block::copy_of(as_bytes("payload"));
  CHECK(block.size() == 7);
  const MutableBytes whole = block.with_header(13);
  CHECK(whole.size() == 20);
  std::memcpy(whole.data(), "0123456789abc", 13);
  CHECK(as_text(block.with_header(13)) == "0123456789abcpayload");
  CHECK(as_text(block.bytes()) == "payload");
  CHECK(block.with_header(Block::headroom).size() == Block::headroom + 7);
}

TEST_CASE("a block that was moved from is empty") {
  Block block = Block::of_size(block_size);
  const auto* where = block.bytes().data();
  Block other = std::move(block);
  CHECK(other.bytes().data() == where);
  CHECK(other.size() == block_size);
  CHECK_FALSE(block);
  CHECK(block.size() == 0);
  block = std::move(other);
  CHECK(block.size() == block_size);
  CHECK_FALSE(other);
}

TEST_CASE("no block is not an empty block") {
  CHECK_FALSE(Block());
  CHECK(Block::of_size(0));
}

}  // namespace
}  // namespace seed

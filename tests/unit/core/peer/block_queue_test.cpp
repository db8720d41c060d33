#include "core/peer/block_queue.h"

#include <algorithm>
#include <vector>

#include "core/base/rng.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::peer;

namespace {
BlockRef block(std::uint32_t i) { return {PieceIndex{i / 4}, i % 4 * 16384, 16384}; }
}  // namespace

TEST_CASE("blocks stay in the order they were added and say since when") {
  BlockQueue queue;
  CHECK(queue.empty());
  CHECK_FALSE(queue.contains(block(1)));
  queue.add(block(1), Instant{} + 1s);
  queue.add(block(2), Instant{} + 2s);
  queue.add(block(3), Instant{} + 3s);
  CHECK(queue.take(block(2)) == Instant{} + 2s);
  CHECK_FALSE(queue.take(block(2)));
  CHECK(queue.take(block(1)) == Instant{} + 1s);
  CHECK(queue.size() == 1);
  CHECK(*queue.begin() == BlockQueue::Entry{block(3), Instant{} + 3s});
}

TEST_CASE("a block of another length is another block") {
  BlockQueue queue;
  queue.add({PieceIndex{1}, 0, 16384}, Instant{});
  CHECK_FALSE(queue.contains({PieceIndex{1}, 0, 16383}));
}

TEST_CASE("a queue agrees with a plain list whatever is added and taken") {
  const std::uint64_t seed = GENERATE(range(1, 21));
  INFO("seed " << seed);
  Rng rng(seed);
  BlockQueue queue;
  std::vector<BlockRef> plain;
  for (int step = 0; step < 3000; ++step) {
    // Few enough to be met again, more than there are marks.
    const BlockRef one = block(static_cast<std::uint32_t>(rng.below(1500)));
    const auto found = std::ranges::find(plain, one);
    REQUIRE(queue.contains(one) == (found != plain.end()));
    switch (rng.below(4)) {
      case 0:
      case 1:
        if (found == plain.end() && plain.size() < 600) {
          queue.add(one, Instant{});
          plain.push_back(one);
        }
        break;
      case 2:
        REQUIRE(queue.take(one).has_value() == (found != plain.end()));
        if (found != plain.end()) plain.erase(found);
        break;
      default:
        if (!plain.empty()) {
          REQUIRE(queue.take(plain.front()));
          plain.erase(plain.begin());
        }
    }
    REQUIRE(queue.size() == plain.size());
  }
  REQUIRE(std::ranges::equal(queue, plain, {}, &BlockQueue::Entry::block));
  const auto odd = [](const BlockRef& ref) { return ref.piece.value % 2 == 1; };
  std::vector<BlockRef> gone;
  std::ranges::copy_if(plain, std::back_inserter(gone), odd);
  std::erase_if(plain, odd);
  CHECK(queue.take_if(odd) == gone);
  CHECK(std::ranges::equal(queue, plain, {}, &BlockQueue::Entry::block));
}

#include "core/storage/jobs/hash_leaves.h"

#include "core/base/piece.h"
#include "tests/unit/core/storage/v2_fixture.h"

using namespace seed;
using namespace seed::storage;

namespace {

/// One file of 50 blocks and a bit, in pieces of 24 blocks.
struct Ground {
  test::FakeFiles files;
  test::NoStore store;
  Buffer content = Buffer(50 * block_size + 7);
  HashLeaves job;

  Ground() {
    Rng(4).fill(content);
    files.put("/srv/a", content);
    job.guard.root = *SafePath::root("/srv");
    FileTarget target;
    target.path = target.other = *job.guard.root.child("a");
    job.targets.push_back(target);
  }
  void add(std::uint32_t first_block, std::uint32_t length) {
    job.pieces.push_back({{0, std::uint64_t{first_block} * block_size, length}});
  }
};

}  // namespace

TEST_CASE("a leaf is the digest of a block, the last one of what there is") {
  Ground ground;
  ground.add(0, 24 * block_size);
  ground.add(48, 2 * block_size + 7);
  const auto outcome = ground.job({ground.files, ground.store});
  REQUIRE(outcome.leaves);
  const Buffer all = test::leaves_of(ground.content);
  Buffer wanted(all.begin(), all.begin() + 24 * 32);
  wanted.insert(wanted.end(), all.begin() + 48 * 32, all.end());
  CHECK(*outcome.leaves == wanted);
  CHECK(outcome.opened.size() == 1);
}

TEST_CASE("a file that has become too short is a fault, and no leaves") {
  Ground ground;
  ground.files.put("/srv/a", Bytes(ground.content).first(block_size));
  ground.add(0, 24 * block_size);
  const auto outcome = ground.job({ground.files, ground.store});
  REQUIRE_FALSE(outcome.leaves);
  CHECK(outcome.leaves.error().code == FaultCode::io);
}

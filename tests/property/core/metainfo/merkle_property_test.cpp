// Trees agree with one that has all its nodes in memory.
#include <vector>

#include "core/base/rng.h"
#include "core/metainfo/merkle.h"
#include "tests/support/catch.h"

namespace seed::metainfo {
namespace {

Sha256 parent(const Sha256& left, const Sha256& right) {
  Buffer both = to_buffer(left.bytes());
  both.insert(both.end(), right.octets.begin(), right.octets.end());
  return sha256(both);
}

/// layers[h] has all nodes of height h, padding included.
std::vector<std::vector<Sha256>> naive_tree(std::vector<Sha256> leaves) {
  std::size_t width = 1;
  while (width < leaves.size()) width *= 2;
  leaves.resize(width);
  std::vector<std::vector<Sha256>> layers{std::move(leaves)};
  while (layers.back().size() > 1) {
    std::vector<Sha256> next;
    for (std::size_t i = 0; i < layers.back().size(); i += 2)
      next.push_back(parent(layers.back()[i], layers.back()[i + 1]));
    layers.push_back(std::move(next));
  }
  return layers;
}

/// Of a layer, what the leaves reach into.
Buffer without_padding(const std::vector<Sha256>& layer, std::size_t leaves, unsigned height) {
  Buffer out;
  for (std::size_t i = 0; i << height < leaves; ++i)
    out.insert(out.end(), layer[i].octets.begin(), layer[i].octets.end());
  return out;
}

void check_ranges(Rng& rng, const std::vector<std::vector<Sha256>>& tree, Bytes layer,
                  unsigned base) {
  const auto height = static_cast<unsigned>(tree.size() - 1);
  const Sha256 root = tree.back().front();
  const auto widths = height - base;
  const auto length = std::uint32_t{2} << rng.below(widths);
  const auto index = static_cast<std::uint32_t>(rng.below((1u << widths) / length)) * length;
  const auto range = with_full_proof({base, index, length, 0}, height);
  REQUIRE(range.is_within(height));
  const Buffer hashes = hashes_of(layer, range);
  CHECK(is_proven(range, hashes, height, root));
  for (std::uint32_t at = 0; at < length; ++at)
    CHECK(Sha256::from(Bytes(hashes).subspan(at * 32, 32)) == tree[base][index + at]);

  Buffer bad = hashes;
  bad[rng.below(bad.size())] ^= static_cast<std::uint8_t>(1 + rng.below(255));
  CHECK_FALSE(is_proven(range, bad, height, root));

  HashRange part = range;
  part.proof_layers = static_cast<std::uint32_t>(rng.below(range.proof_layers + 1));
  const unsigned reached = part.top() + part.uncle_count();
  CHECK(proven_node(part, hashes_of(layer, part)) == tree[reached][index >> (reached - base)]);
}

TEST_CASE("any layer of any tree leads to its root and proves its parts") {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    INFO("seed " << seed);
    Rng rng(seed);
    std::vector<Sha256> leaves(1 + rng.below(70));
    for (Sha256& leaf : leaves) rng.fill(leaf.octets);
    const auto tree = naive_tree(leaves);
    const auto height = height_over(leaves.size());
    REQUIRE(tree.size() == height + 1);
    TreeHasher hasher;
    for (const Sha256& leaf : leaves) hasher.add(leaf);
    CHECK(hasher.finish(height) == tree.back().front());
    for (unsigned base = 0; base <= height; ++base) {
      const Buffer layer = without_padding(tree[base], leaves.size(), base);
      CHECK(root_of(layer, base, height) == tree.back().front());
      if (base < height) check_ranges(rng, tree, layer, base);
    }
  }
}

}  // namespace
}  // namespace seed::metainfo

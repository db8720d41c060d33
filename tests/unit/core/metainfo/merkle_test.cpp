#include "core/metainfo/merkle.h"

#include <string>

#include "tests/support/catch.h"

namespace seed::metainfo {
namespace {

Sha256 hex(std::string_view digits) { return *Sha256::parse_hex(digits); }

Sha256 parent(const Sha256& left, const Sha256& right) {
  Buffer both = to_buffer(left.bytes());
  both.insert(both.end(), right.octets.begin(), right.octets.end());
  return sha256(both);
}

Buffer layer_of(const std::vector<Sha256>& nodes) {
  Buffer out;
  for (const Sha256& node : nodes) out.insert(out.end(), node.octets.begin(), node.octets.end());
  return out;
}

/// Distinct digests to stand for nodes.
std::vector<Sha256> some_nodes(std::size_t count) {
  std::vector<Sha256> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(sha256(as_bytes(std::to_string(i))));
  return out;
}

// test64K and test1MB of libtorrent's test torrents: both all the same octets, so the first is one
// piece of the second.
const Sha256 piece_of_test1MB =
    hex("60aae9c7b428f87e0713e88229e18f0adf12cd7b22a0dd8a92bb2485eb7af242");
const Sha256 root_of_test1MB =
    hex("515ea9181744b817744ded9d2e8e9dc6a8450c0b0c52e24b5077f302ffbd9008");

TEST_CASE("heights are those of the next power of two") {
  CHECK(block_count(0) == 0);
  CHECK(block_count(1) == 1);
  CHECK(block_count(block_size) == 1);
  CHECK(block_count(block_size + 1) == 2);
  CHECK(block_count(~std::uint64_t{0}) == std::uint64_t{1} << 50);
  CHECK(height_over(1) == 0);
  CHECK(height_over(2) == 1);
  CHECK(height_over(3) == 2);
  CHECK(height_over(4) == 2);
  CHECK(height_over(17) == 5);
  CHECK(tree_height(0) == 0);
  CHECK(tree_height(std::uint64_t{1} << 63) == height_max);
  CHECK(piece_height(16384) == 0);
  CHECK(piece_height(65536) == 2);
}

TEST_CASE("a tree without leaves is made of zeros") {
  CHECK(pad_hash(0).is_zero());
  CHECK(pad_hash(1) == sha256(Buffer(64)));
  CHECK(pad_hash(2) == parent(pad_hash(1), pad_hash(1)));
  CHECK(TreeHasher().finish(3) == pad_hash(3));
}

TEST_CASE("sixteen pieces of libtorrent's test1MB make its pieces root") {
  const Buffer layer = layer_of(std::vector<Sha256>(16, piece_of_test1MB));
  CHECK(root_of(layer, piece_height(65536), tree_height(1 << 20)) == root_of_test1MB);
}

TEST_CASE("missing nodes are roots of what is missing") {
  const auto nodes = some_nodes(3);
  const Sha256 root = parent(parent(nodes[0], nodes[1]), parent(nodes[2], pad_hash(5)));
  CHECK(root_of(layer_of(nodes), 5, 7) == root);
  CHECK(root_of(layer_of(nodes), 5, 8) == parent(root, pad_hash(7)));
  CHECK(node_of(layer_of(nodes), 5, 6, 1) == parent(nodes[2], pad_hash(5)));
  CHECK(node_of(layer_of(nodes), 5, 6, 2) == pad_hash(6));
  CHECK(node_of(layer_of(nodes), 5, 5, 1) == nodes[1]);
}

TEST_CASE("a tree hasher starts anew") {
  const auto nodes = some_nodes(2);
  TreeHasher hasher;
  hasher.add(nodes[0]);
  CHECK(hasher.finish(0) == nodes[0]);
  hasher.add(nodes[0]);
  hasher.add(nodes[1]);
  CHECK(hasher.finish(1) == parent(nodes[0], nodes[1]));
}

TEST_CASE("a range is what BEP 52 lets one ask for") {
  CHECK(HashRange{0, 0, 2, 2}.is_within(3));
  CHECK(HashRange{0, 6, 2, 0}.is_within(3));
  CHECK(HashRange{1, 0, 4, 1}.is_within(3));
  CHECK_FALSE(HashRange{0, 0, 1, 0}.is_within(3));
  CHECK_FALSE(HashRange{0, 0, 0, 0}.is_within(3));
  CHECK_FALSE(HashRange{0, 0, 3, 0}.is_within(3));
  CHECK_FALSE(HashRange{0, 1, 2, 0}.is_within(3));
  CHECK_FALSE(HashRange{0, 8, 2, 0}.is_within(3));
  CHECK_FALSE(HashRange{0, 0, 16, 0}.is_within(3));
  CHECK_FALSE(HashRange{0, 0, 2, 3}.is_within(3));
  CHECK_FALSE(HashRange{3, 0, 2, 0}.is_within(3));
  CHECK_FALSE(HashRange{0, 0xfffffffe, 2, 0}.is_within(3));
  CHECK_FALSE(HashRange{0, 0, 2, 0}.is_within(height_max + 1));
}

TEST_CASE("layers that follow from the digests have no uncle but count") {
  CHECK(HashRange{0, 0, 2, 0}.uncle_count() == 0);
  CHECK(HashRange{0, 0, 2, 1}.uncle_count() == 1);
  CHECK(HashRange{0, 0, 8, 2}.uncle_count() == 0);
  CHECK(HashRange{0, 0, 8, 5}.uncle_count() == 3);
  CHECK(with_full_proof({2, 0, 4, 0}, 10).proof_layers == 7);
}

TEST_CASE("uncles come from the digests up") {
  const auto n = some_nodes(5);
  const Buffer layer = layer_of(n);
  const auto range = with_full_proof({2, 2, 2, 0}, 5);
  const Buffer expected =
      layer_of({n[2], n[3], parent(n[0], n[1]), parent(parent(n[4], pad_hash(2)), pad_hash(3))});
  CHECK(hashes_of(layer, range) == expected);
  CHECK(is_proven(range, expected, 5, root_of(layer, 2, 5)));
  // Beyond the file's end.
  const auto end = with_full_proof({2, 6, 2, 0}, 5);
  const Buffer behind = hashes_of(layer, end);
  CHECK(Sha256::from(Bytes(behind).first(32)) == pad_hash(2));
  CHECK(is_proven(end, behind, 5, root_of(layer, 2, 5)));
}

TEST_CASE("what is wrong, too short or too long is not proven") {
  const Buffer layer = layer_of(some_nodes(5));
  const Sha256 root = root_of(layer, 0, 3);
  const auto range = with_full_proof({0, 4, 2, 0}, 3);
  const Buffer good = hashes_of(layer, range);
  REQUIRE(is_proven(range, good, 3, root));
  for (std::size_t at = 0; at < good.size(); at += 31) {
    Buffer bad = good;
    bad[at] ^= 1;
    CHECK_FALSE(is_proven(range, bad, 3, root));
  }
  Buffer longer = good;
  longer.resize(good.size() + 32);
  CHECK_FALSE(is_proven(range, longer, 3, root));
  CHECK_FALSE(is_proven(range, Bytes(good).first(good.size() - 32), 3, root));
  CHECK_FALSE(is_proven(range, Bytes(good).first(good.size() - 1), 3, root));
  CHECK_FALSE(is_proven({0, 6, 2, 2}, good, 3, root));
  // A proof that ends below the root shows nothing of the root.
  CHECK_FALSE(is_proven({0, 4, 2, 1}, hashes_of(layer, {0, 4, 2, 1}), 3, root));
  CHECK(proven_node({0, 4, 2, 1}, hashes_of(layer, {0, 4, 2, 1})) == node_of(layer, 0, 2, 1));
}

TEST_CASE("uncles of a leaf go on above its piece") {
  const auto leaves = some_nodes(8);  // two pieces of four blocks
  const Buffer all = layer_of(leaves);
  const Buffer pieces = layer_of({node_of(all, 0, 2, 0), node_of(all, 0, 2, 1)});
  Buffer uncles;
  append_uncles(uncles, Bytes(all).subspan(4 * 32), 0, 1, 2, 0);
  append_uncles(uncles, pieces, 2, 2, 3, 1);
  const Buffer expected = hashes_of(all, with_full_proof({0, 4, 2, 0}, 3));
  CHECK(equal(uncles, Bytes(expected).subspan(64)));
}

}  // namespace
}  // namespace seed::metainfo

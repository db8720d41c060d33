#include "core/storage/jobs/expected_piece.h"

#include "core/base/rng.h"
#include "tests/support/catch.h"

namespace seed::storage {
namespace {

/// The root over the leaves of `bytes`, made up to 2^height.
Sha256 naive_root(Bytes bytes, unsigned height) {
  std::vector<Sha256> layer;
  for (std::size_t at = 0; at < bytes.size(); at += block_size)
    layer.push_back(
        sha256(bytes.subspan(at, std::min<std::size_t>(block_size, bytes.size() - at))));
  layer.resize(std::size_t{1} << height);
  while (layer.size() > 1) {
    for (std::size_t i = 0; i < layer.size() / 2; ++i) {
      Buffer both = to_buffer(layer[2 * i].bytes());
      both.insert(both.end(), layer[2 * i + 1].octets.begin(), layer[2 * i + 1].octets.end());
      layer[i] = sha256(both);
    }
    layer.resize(layer.size() / 2);
  }
  return layer.front();
}

bool passes(const ExpectedPiece& expected, Bytes bytes, std::size_t step) {
  PieceHasher hasher(expected);
  for (std::size_t at = 0; at < bytes.size(); at += step)
    hasher.update(bytes.subspan(at, std::min(step, bytes.size() - at)));
  return hasher.finish();
}

Buffer content(std::size_t size) {
  Buffer out(size);
  Rng(3).fill(out);
  return out;
}

}  // namespace

TEST_CASE("a piece is known by the SHA-1 of its octets, in parts of any length") {
  const Buffer bytes = content(70'000);
  for (const std::size_t step : {1'000, 16'384, 70'000}) CHECK(passes(sha1(bytes), bytes, step));
  CHECK_FALSE(passes(sha1(bytes), Bytes(bytes).first(69'999), 1'000));
}

TEST_CASE("a piece is known by the tree of its blocks, in parts of any length") {
  for (const std::uint32_t size : {1, 16'384, 16'385, 65'536, 100'000}) {
    const Buffer bytes = content(size);
    for (const unsigned height : {3U, 5U}) {
      const PieceTree tree{naive_root(bytes, height), height, size};
      for (const std::size_t step : {999, 16'384, 50'000}) CHECK(passes(tree, bytes, step));
      Buffer other = bytes;
      other.back() ^= 1;
      CHECK_FALSE(passes(tree, other, 16'384));
      CHECK_FALSE(passes(tree, Bytes(bytes).first(size - 1), 16'384));
    }
  }
}

TEST_CASE("what pads a piece behind its file has no part in its tree") {
  Buffer bytes = content(40'000);
  const PieceTree tree{naive_root(Bytes(bytes).first(20'000), 2), 2, 20'000};
  CHECK(passes(tree, bytes, 7'000));
  CHECK(hashed_part(tree, 0, Bytes(bytes).first(block_size)).size() == block_size);
  CHECK(hashed_part(tree, block_size, Bytes(bytes).first(block_size)).size() ==
        20'000 - block_size);
  CHECK(hashed_part(tree, 2 * block_size, Bytes(bytes).first(100)).empty());
  CHECK(hashed_part(sha1(bytes), 2 * block_size, Bytes(bytes).first(100)).size() == 100);
}

}  // namespace seed::storage

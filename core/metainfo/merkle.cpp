#include "core/metainfo/merkle.h"

#include <algorithm>
#include <bit>

#include "core/base/check.h"

namespace seed::metainfo {
namespace {

Sha256 parent_of(Sha256Hasher& hasher, const Sha256& left, const Sha256& right) {
  hasher.update(left.bytes());
  hasher.update(right.bytes());
  return hasher.finish();
}

Sha256 digest_at(Bytes layer, std::uint64_t index) {
  return *Sha256::from(layer.subspan(static_cast<std::size_t>(index) * Sha256::size, Sha256::size));
}

void append(Buffer& out, const Sha256& digest) {
  out.insert(out.end(), digest.octets.begin(), digest.octets.end());
}

}  // namespace

unsigned height_over(std::uint64_t nodes) {
  return nodes <= 1 ? 0 : static_cast<unsigned>(std::bit_width(nodes - 1));
}

const Sha256& pad_hash(unsigned height) {
  static const auto table = [] {
    std::array<Sha256, height_max + 1> made{};
    Sha256Hasher hasher;
    for (unsigned at = 1; at <= height_max; ++at)
      made[at] = parent_of(hasher, made[at - 1], made[at - 1]);
    return made;
  }();
  SEED_CHECK(height <= height_max);
  return table[height];
}

Sha256 TreeHasher::parent(const Sha256& left, const Sha256& right) {
  return parent_of(hasher_, left, right);
}

void TreeHasher::push(Node node) {
  while (!open_.empty() && open_.back().height == node.height) {
    node = {parent(open_.back().hash, node.hash), node.height + 1};
    open_.pop_back();
  }
  open_.push_back(node);
}

void TreeHasher::add(const Sha256& node) { push({node, base_}); }

Sha256 TreeHasher::finish(unsigned height) {
  SEED_CHECK(height >= base_);
  if (open_.empty()) return pad_hash(height);
  while (open_.size() > 1 || open_.back().height < height) {
    const unsigned lowest = open_.back().height;
    push({pad_hash(lowest), lowest});
  }
  SEED_CHECK(open_.back().height == height);
  const Sha256 root = open_.back().hash;
  open_.clear();
  return root;
}

Sha256 node_of(Bytes layer, unsigned base, unsigned height, std::uint64_t index) {
  SEED_CHECK(base <= height && height <= height_max);
  const std::uint64_t count = layer.size() / Sha256::size;
  const std::uint64_t width = std::uint64_t{1} << (height - base);
  const std::uint64_t first = std::min(count, index * width);
  const std::uint64_t last = std::min(count, first + width);
  TreeHasher hasher(base);
  for (std::uint64_t at = first; at < last; ++at) hasher.add(digest_at(layer, at));
  return hasher.finish(height);
}

bool HashRange::is_within(unsigned height) const {
  if (base >= height || height > height_max) return false;
  if (length < 2 || !std::has_single_bit(length) || index % length != 0) return false;
  const std::uint64_t width = std::uint64_t{1} << (height - base);
  return std::uint64_t{index} + length <= width && proof_layers < height - base;
}

std::uint32_t HashRange::uncle_count() const {
  const std::uint32_t implied = height_over(length) - 1;
  return proof_layers > implied ? proof_layers - implied : 0;
}

HashRange with_full_proof(HashRange range, unsigned height) {
  range.proof_layers = height - range.base - 1;
  return range;
}

void append_uncles(Buffer& out, Bytes layer, unsigned base, unsigned from, unsigned to,
                   std::uint64_t index) {
  for (unsigned height = from; height < to; ++height, index /= 2)
    append(out, node_of(layer, base, height, index ^ 1));
}

Buffer hashes_of(Bytes layer, const HashRange& range) {
  Buffer out;
  const std::uint64_t count = layer.size() / Sha256::size;
  out.reserve((std::size_t{range.length} + range.uncle_count()) * Sha256::size);
  for (std::uint64_t at = range.index; at < std::uint64_t{range.index} + range.length; ++at)
    append(out, at < count ? digest_at(layer, at) : pad_hash(range.base));
  append_uncles(out, layer, range.base, range.top(), range.top() + range.uncle_count(),
                range.index / range.length);
  return out;
}

std::optional<Sha256> proven_node(const HashRange& range, Bytes hashes) {
  const std::size_t uncles = range.uncle_count();
  if (hashes.size() != (range.length + uncles) * Sha256::size) return std::nullopt;
  Sha256 node =
      root_of(hashes.first(std::size_t{range.length} * Sha256::size), range.base, range.top());
  Sha256Hasher hasher;
  std::uint64_t index = range.index / range.length;
  for (std::size_t at = 0; at < uncles; ++at, index /= 2) {
    const Sha256 uncle = digest_at(hashes, range.length + at);
    node = index % 2 == 0 ? parent_of(hasher, node, uncle) : parent_of(hasher, uncle, node);
  }
  return node;
}

bool is_proven(const HashRange& range, Bytes hashes, unsigned height, const Sha256& root) {
  if (!range.is_within(height) || range.top() + range.uncle_count() != height) return false;
  return proven_node(range, hashes) == root;
}

}  // namespace seed::metainfo

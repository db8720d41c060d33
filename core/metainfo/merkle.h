// Merkle: the hash trees of BEP 52 ("pieces root", "piece layers", "hash request" and "hashes").
//
// A file's tree is binary. A leaf is the SHA-256 of a block of 16 KiB (the last one of what is
// there), all above that of its two children. The leaves are made up to a power of two with zero
// octets where a digest would stand. Height counts from the leaves: 0 is a leaf, tree_height() the
// root. A layer is what there is of one height, as digests one behind the other; what is missing
// behind its end is pad_hash() of that height.
//
// Pure functions of values; O(layer) digests unless said otherwise. Bounds: a tree of height_max.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/digest.h"
#include "core/base/piece.h"

namespace seed::metainfo {

/// No tree is higher: a file of 2^63 octets has 2^49 blocks.
inline constexpr unsigned height_max = 49;

/// Blocks of a file or piece of `bytes` octets: its leaves without padding.
constexpr std::uint64_t block_count(std::uint64_t bytes) {
  return bytes / block_size + (bytes % block_size != 0 ? 1 : 0);
}
/// Height of the tree over `nodes` of one layer, at least 1, measured from that layer: log2, up.
unsigned height_over(std::uint64_t nodes);
/// Height of the tree of a file of `bytes` octets. It has no tree when it is empty, and then 0.
inline unsigned tree_height(std::uint64_t bytes) { return height_over(block_count(bytes)); }
/// Height at which one digest covers a piece, whose length is a power of two and a block at least.
inline unsigned piece_height(std::uint32_t piece_length) {
  return height_over(piece_length / block_size);
}

/// Root of a tree of `height` with no leaf in it; 32 zero octets at height 0.
const Sha256& pad_hash(unsigned height);

/// Takes the nodes of one layer from left to right and keeps O(height) of them.
class TreeHasher {
 public:
  /// `base`: the height of the nodes.
  explicit TreeHasher(unsigned base = 0) : base_(base) {}

  /// At most 2^(height - base) of them for the height that finish() will be asked for.
  void add(const Sha256& node);
  /// The node of `height`, at least the base, over all added and padding; then starts anew.
  Sha256 finish(unsigned height);

 private:
  struct Node {
    Sha256 hash;
    unsigned height;
  };

  Sha256 parent(const Sha256& left, const Sha256& right);
  void push(Node node);

  unsigned base_;
  std::vector<Node> open_;  ///< left to right, each higher than the next
  Sha256Hasher hasher_;
};

/// The node of `height` at `index` over a layer of height `base`.
Sha256 node_of(Bytes layer, unsigned base, unsigned height, std::uint64_t index);
/// The root of a tree of `height` over a layer of height `base`.
inline Sha256 root_of(Bytes layer, unsigned base, unsigned height) {
  return node_of(layer, base, height, 0);
}

/// What a `hash request` asks for: `length` digests of layer `base` from `index` on, and what
/// proves them by the root, `proof_layers` layers up.
struct HashRange {
  unsigned base = 0;
  std::uint32_t index = 0;         ///< a multiple of `length`
  std::uint32_t length = 0;        ///< a power of two, two at least
  std::uint32_t proof_layers = 0;  ///< from the layer above the base on

  /// Whether it is one of a tree of `height`, as BEP 52 restricts it.
  bool is_within(unsigned height) const;
  /// Height of the node over the digests asked for.
  unsigned top() const { return base + height_over(length); }
  /// Digests that prove it. The layers that follow from the digests themselves have none, but are
  /// counted in proof_layers.
  std::uint32_t uncle_count() const;
};

/// The range with the longest proof there is: up to the root of a tree of `height`.
HashRange with_full_proof(HashRange range, unsigned height);

/// Digests beside the path from the node at `index` of height `from` up to height `to`, lowest
/// first, made of a layer of height `base` (none above `from`); appended to `out`.
void append_uncles(Buffer& out, Bytes layer, unsigned base, unsigned from, unsigned to,
                   std::uint64_t index);

/// The payload of a `hashes` message: the digests and their uncles. `layer` is the whole one of
/// height range.base; `range` is within its tree.
Buffer hashes_of(Bytes layer, const HashRange& range);

/// The node that the payload of a `hashes` message leads to: of height
/// range.top() + range.uncle_count(), the root's when the proof is full. Nothing when the payload
/// is not as long as the range says.
std::optional<Sha256> proven_node(const HashRange& range, Bytes hashes);

/// Whether the payload proves itself by the root of a tree of `height`.
bool is_proven(const HashRange& range, Bytes hashes, unsigned height, const Sha256& root);

}  // namespace seed::metainfo

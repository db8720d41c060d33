#include "core/torrent/leaf_proofs.h"

#include <algorithm>
#include <utility>

namespace seed::torrent {

void LeafProofs::want(PieceIndex piece) {
  if (pieces_.contains(piece) || pieces_.size() >= pieces_max) return;
  if (const auto range = range_of(piece)) pieces_[piece].range = *range;
}

/// Nothing for one of a single block, whose leaf is known, or of too many.
std::optional<wire::HashRange> LeafProofs::range_of(PieceIndex piece) const {
  const auto tree = storage::tree_of(metainfo_, piece);
  if (!tree || tree->height == 0 || (1u << tree->height) > blocks_max) return std::nullopt;
  const FileIndex file = metainfo_.layout.slices(piece).begin()->file;
  const auto in_file = piece.value - metainfo_.layout.pieces_of(file).first.value;
  // No uncles: the piece's hash is known.
  return wire::HashRange{*metainfo_.pieces_root(file), 0, in_file << tree->height,
                         1u << tree->height, 0};
}

void LeafProofs::want(PieceIndex piece, PeerLink& link, Instant now) {
  want(piece);
  const auto found = pieces_.find(piece);
  if (found != pieces_.end() && found->second.leaves.empty() && !found->second.asked_of)
    ask(link, piece, found->second, now);
}

void LeafProofs::ask(Instant now) {
  for (auto& [piece, proof] : pieces_)
    if (proof.leaves.empty()) ask(piece, proof, now);
}

void LeafProofs::ask(PieceIndex piece, Proof& proof, Instant now) {
  if (proof.asked_of) {
    if (now - proof.asked_at < answer_timeout) return;
    proof.refused.push_back(*std::exchange(proof.asked_of, std::nullopt));
  }
  links_.each([&](PeerLink& link) {
    if (!proof.asked_of) ask(link, piece, proof, now);
  });
}

bool LeafProofs::ask(PeerLink& link, PieceIndex piece, Proof& proof, Instant now) {
  auto& connection = link.connection();
  const auto& has = connection.peer_pieces();
  if (!connection.v2() || piece.value >= has.size() || !has.test(piece)) return false;
  if (std::ranges::find(proof.refused, link.id) != proof.refused.end()) return false;
  if (!connection.request_hashes(proof.range, now)) return false;
  proof.asked_of = link.id;
  proof.asked_at = now;
  return true;
}

std::map<PieceIndex, LeafProofs::Proof>::iterator LeafProofs::find(const wire::HashRange& range) {
  // Files that are the same have the same ranges.
  return std::ranges::find_if(pieces_, [&](const auto& it) {
    return it.second.range == range && it.second.leaves.empty();
  });
}

LeafProofs::Outcome LeafProofs::on_hashes(const peer::HashesReceived& received) {
  const auto found = find(received.range);
  if (found == pieces_.end() || !found->second.leaves.empty()) return {};
  const auto tree = storage::tree_of(metainfo_, found->first);
  const std::size_t all = std::size_t{received.range.length} * Sha256::size;
  if (received.hashes.size() != all ||
      metainfo::root_of(received.hashes, 0, tree->height) != tree->root)
    return {Taken::false_, found->first};
  found->second.leaves = received.hashes;
  found->second.leaves.resize(metainfo::block_count(tree->bytes) * Sha256::size);
  return {Taken::kept, found->first};
}

void LeafProofs::on_rejected(LinkId link, const wire::HashRange& range) {
  const auto found = find(range);
  if (found == pieces_.end() || found->second.asked_of != link) return;
  found->second.refused.push_back(link);
  found->second.asked_of.reset();
}

void LeafProofs::on_gone(LinkId link) {
  for (auto& [piece, proof] : pieces_) {
    if (proof.asked_of == link) proof.asked_of.reset();
    std::erase(proof.refused, link);
  }
}

bool LeafProofs::knows(PieceIndex piece) const {
  const auto found = pieces_.find(piece);
  return found != pieces_.end() && !found->second.leaves.empty();
}

std::optional<bool> LeafProofs::judge(const BlockRef& ref, Bytes block) const {
  const auto tree = storage::tree_of(metainfo_, ref.piece);
  if (!tree || ref.offset % block_size != 0 || ref.offset >= tree->bytes) return std::nullopt;
  const Bytes hashed = block.first(std::min<std::size_t>(block.size(), tree->bytes - ref.offset));
  if (tree->height == 0) return sha256(hashed) == tree->root;
  const auto found = pieces_.find(ref.piece);
  if (found == pieces_.end() || found->second.leaves.empty()) return std::nullopt;
  const Bytes leaf =
      Bytes(found->second.leaves).subspan(ref.offset / block_size * Sha256::size, Sha256::size);
  return equal(sha256(hashed).bytes(), leaf);
}

std::vector<swarm::BlockDigest> LeafProofs::digests(PieceIndex piece) const {
  std::vector<swarm::BlockDigest> out;
  if (!knows(piece)) return out;
  const Bytes leaves = pieces_.at(piece).leaves;
  for (std::size_t at = 0; at < leaves.size(); at += Sha256::size)
    out.push_back(ByteReader(leaves.subspan(at, Sha256::size)).u64());
  return out;
}

}  // namespace seed::torrent

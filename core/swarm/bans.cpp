#include "core/swarm/bans.h"

#include <algorithm>

#include "core/base/digest.h"
#include "core/base/limits.h"

namespace seed::swarm {

namespace {

constexpr std::uint32_t blocks_max = limits::piece_bytes_max / block_size;

void add_once(std::vector<IpAddress>& list, const IpAddress& address) {
  if (std::ranges::find(list, address) == list.end()) list.push_back(address);
}

/// The address that sent every block, if one alone did.
std::optional<IpAddress> single_sender(const std::vector<std::optional<IpAddress>>& senders) {
  if (senders.empty() || !senders.front()) return std::nullopt;
  const bool alone =
      std::ranges::all_of(senders, [&](const auto& sender) { return sender == senders.front(); });
  return alone ? senders.front() : std::nullopt;
}

}  // namespace

BlockDigest block_digest(Bytes content) {
  const Sha256 digest = sha256(content);
  return ByteReader(digest.bytes()).u64();
}

void Bans::on_block(PieceIndex piece, std::uint32_t block, const std::optional<IpAddress>& sender) {
  if (block >= blocks_max) return;
  Senders& senders = under_way_[piece.value];
  if (senders.size() <= block) senders.resize(block + 1);
  senders[block] = sender;
}

std::vector<IpAddress> Bans::on_piece_failed(PieceIndex piece, std::uint32_t block_count,
                                             std::span<const BlockDigest> digests) {
  std::vector<IpAddress> guilty;
  const auto found = under_way_.find(piece.value);
  if (found == under_way_.end() || block_count > blocks_max) return guilty;
  Senders senders = std::move(found->second);
  under_way_.erase(found);
  senders.resize(block_count);
  if (const auto single = single_sender(senders)) guilty.push_back(*single);
  if (digests.size() != block_count || !guilty.empty()) return guilty;
  if (!failed_.contains(piece.value)) {
    failed_order_.push_back(piece.value);
    if (failed_order_.size() > failed_pieces_max) {
      failed_.erase(failed_order_.front());
      failed_order_.pop_front();
    }
  }
  auto& attempts = failed_[piece.value];
  attempts.push_back({std::move(senders), {digests.begin(), digests.end()}});
  if (attempts.size() > attempts_max) attempts.pop_front();
  return guilty;
}

std::vector<IpAddress> Bans::on_piece_passed(PieceIndex piece,
                                             std::span<const BlockDigest> digests) {
  under_way_.erase(piece.value);
  return judge_failures(piece, digests);
}

std::vector<IpAddress> Bans::judge_failures(PieceIndex piece,
                                            std::span<const BlockDigest> digests) {
  std::vector<IpAddress> guilty;
  const auto found = failed_.find(piece.value);
  if (found == failed_.end()) return guilty;
  for (const Attempt& attempt : found->second)
    for (std::size_t block = 0; block < std::min(digests.size(), attempt.digests.size()); ++block)
      if (attempt.senders[block] && attempt.digests[block] != digests[block])
        add_once(guilty, *attempt.senders[block]);
  failed_.erase(found);
  std::erase(failed_order_, piece.value);
  return guilty;
}

void Bans::on_piece_dropped(PieceIndex piece) { under_way_.erase(piece.value); }

}  // namespace seed::swarm

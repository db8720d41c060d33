#include "core/torrent/downloading.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/limits.h"
#include "core/torrent/shapes.h"

namespace seed::torrent {

using swarm::TakenBack;

std::vector<swarm::Want> wants_of(const metainfo::FileLayout& layout,
                                  std::span<const FileWish> wishes) {
  std::vector<swarm::FileWish> files;
  files.reserve(layout.file_count());
  for (std::uint32_t i = 0; i < layout.file_count(); ++i) {
    const FileIndex file{i};
    const auto pieces = layout.pieces_of(file);
    if (pieces.empty() || layout.is_pad(file)) continue;
    const FileWish wish = i < wishes.size() ? wishes[i] : FileWish::normal;
    const bool wanted = wish != FileWish::unwanted;
    files.push_back({.first = pieces.first,
                     .last = PieceIndex{pieces.last.value - 1},
                     .priority = wanted ? static_cast<Priority>(wish) : Priority::normal,
                     .wanted = wanted});
  }
  return swarm::plan_wants(files, layout.piece_count(), true);
}

Downloading::Downloading(const metainfo::Metainfo& metainfo, storage::PieceStore& store,
                         LinkTable& links, Rng rng)
    : layout_(&metainfo.layout),
      store_(&store),
      links_(&links),
      picker_(picker_shape(metainfo.layout), rng),
      proofs_(metainfo, links) {
  picker_.set_have(store.have());
}

void Downloading::set_wants(std::span<const FileWish> wishes, Instant now) {
  cancel(picker_.set_wants(wants_of(*layout_, wishes)), now);
  proofs_.forget_those([this](PieceIndex piece) { return !picker_.wants(piece); });
  links_->each([&](PeerLink& link) {
    if (link.download.known_to_picker) update_interest(link, now);
  });
}

void Downloading::set_sequential(const config::TorrentOptions& options) {
  picker_.set_sequential(options.sequential_download,
                         PieceIndex{options.sequential_download_from_piece});
}

void Downloading::set_shut(bool shut, Instant now) {
  if (std::exchange(shut_, shut) == shut) return;
  links_->each([&](PeerLink& link) {
    if (shut_)
      take_back(link, TakenBack::cancelled, now);
    else
      fill(link, now);
    link.drain();
  });
}

void Downloading::on_pieces(PeerLink& link, Instant now) {
  auto& side = link.download;
  if (side.known_to_picker) {
    const Bitfield& all = link.connection().peer_pieces();
    for (std::uint32_t i = all.next_set(0); i < all.size(); i = all.next_set(i + 1))
      on_have(link, PieceIndex{i}, now);
    return;
  }
  side.known_to_picker = true;
  side.told = link.connection().peer_pieces();
  if (side.told.size() != picker_.shape().piece_count)
    side.told = Bitfield(picker_.shape().piece_count);
  picker_.on_peer_pieces(link.id, side.told);
  update_interest(link, now);
}

void Downloading::on_have(PeerLink& link, PieceIndex piece, Instant now) {
  auto& side = link.download;
  if (!side.known_to_picker) return on_pieces(link, now);
  if (!side.told.set(piece)) return;
  picker_.on_peer_have(link.id, piece);
  if (picker_.wants(piece) && !link.connection().am_interested()) update_interest(link, now);
}

void Downloading::on_dont_have(PeerLink& link, PieceIndex piece, Instant now) {
  auto& side = link.download;
  if (!side.known_to_picker || !side.told.set(piece, false)) return;
  for (const auto& block : picker_.on_peer_lost(link.id, piece, now))
    if (link.connection().cancel(block, now)) side.window.on_given_up(1);
  if (picker_.wants(piece)) update_interest(link, now);
}

void Downloading::on_choke(PeerLink& link, bool choked, Instant now) {
  if (!choked) fill(link, now);
}

void Downloading::on_dropped(PeerLink& link, std::span<const BlockRef> blocks, Instant now) {
  for (const auto& block : blocks) picker_.on_taken_back(block, link.id, TakenBack::choked, now);
  link.download.window.on_given_up(blocks.size());
}

void Downloading::on_rejected(PeerLink& link, BlockRef block, Instant now) {
  const auto why = link.connection().peer_choking() ? TakenBack::choked : TakenBack::rejected;
  picker_.on_taken_back(block, link.id, why, now);
  link.download.window.on_given_up(1);
}

std::uint32_t Downloading::on_block(PeerLink& link, peer::BlockReceived&& received, Instant now) {
  auto& side = link.download;
  const BlockRef ref = received.ref;
  side.window.on_block(ref.length, now - received.asked_at, now);
  side.rate.add(ref.length, now);
  const auto verdict = picker_.on_received(ref, link.id);
  for (const LinkId other : verdict.cancel_at) cancel(std::array{swarm::Cancel{other, ref}}, now);
  if (verdict.verdict != swarm::Received::accepted) return 0;
  if (is_bad(link, ref, received.block)) {
    picker_.on_block_lost(ref);
    return 0;
  }
  return keep(ref, std::move(received.block), link.id, link.remote().address);
}

std::uint32_t Downloading::keep(const BlockRef& ref, Block block, LinkId from,
                                const std::optional<IpAddress>& sender) {
  const auto result = store_->add_block(ref, std::move(block), from);
  if (result == storage::AddResult::refused) {
    picker_.on_block_lost(ref);
    return 0;
  }
  if (result == storage::AddResult::duplicate) return 0;
  bans_.on_block(ref.piece, ref.offset / block_size, sender);
  return ref.length;
}

/// To judge all would be to hash all on the loop: it is for those of whom nothing is known yet, and
/// for pieces that somebody spoils.
bool Downloading::is_bad(PeerLink& link, const BlockRef& ref, const Block& block) {
  if (link.download.proven && !bans_.needs_digests(ref.piece)) return false;
  // Of a hybrid that contradicts itself v1's peers have what they should.
  if (!link.connection().v2()) return false;
  const auto good = proofs_.judge(ref, std::as_const(block).bytes());
  if (!good) return false;
  if (*good) {
    link.download.proven = true;
    return false;
  }
  blame(std::array{link.remote().address});
  return true;
}

void Downloading::blame(std::span<const IpAddress> addresses) {
  for (const auto& address : addresses)
    if (std::ranges::find(guilty_, address) == guilty_.end()) guilty_.push_back(address);
}

void Downloading::on_hashes(PeerLink& link, const peer::HashesReceived& received) {
  const auto outcome = proofs_.on_hashes(received);
  if (outcome.taken == LeafProofs::Taken::kept) judge_failed(outcome.piece);
  if (outcome.taken == LeafProofs::Taken::false_) blame(std::array{link.remote().address});
}

void Downloading::on_hashes_rejected(PeerLink& link, const wire::HashRange& range) {
  proofs_.on_rejected(link.id, range);
}

/// The leaves say of each block of earlier attempts what a piece that passes would.
void Downloading::judge_failed(PieceIndex piece) {
  if (bans_.needs_digests(piece) && proofs_.knows(piece))
    blame(bans_.judge_failures(piece, proofs_.digests(piece)));
}

std::vector<BlockRef> Downloading::take_run(const swarm::RunFor& run) {
  if (shut_ || store_->refuses_blocks()) return {};
  return picker_.take_run(run);
}

std::uint32_t Downloading::on_seed_block(LinkId seed, BlockRef ref, Block block, Instant now) {
  const auto verdict = picker_.on_received(ref, seed);
  for (const LinkId other : verdict.cancel_at) cancel(std::array{swarm::Cancel{other, ref}}, now);
  if (verdict.verdict != swarm::Received::accepted) return 0;
  return keep(ref, std::move(block), seed, std::nullopt);
}

void Downloading::on_seed_proven(LinkId seed) {
  picker_.on_peer_pieces(seed, Bitfield(picker_.shape().piece_count, true));
}

void Downloading::on_seed_run_over(LinkId seed, bool gone, Instant now) {
  picker_.on_all_taken_back(seed, TakenBack::gone, now);
  if (gone) picker_.on_peer_gone(seed, Bitfield());
}

void Downloading::on_gone(PeerLink& link) {
  proofs_.on_gone(link.id);
  auto& side = link.download;
  if (!side.known_to_picker) return;
  side.known_to_picker = false;
  picker_.on_peer_gone(link.id, side.told);
  side.told = Bitfield();
}

void Downloading::fill(PeerLink& link, Instant now) {
  auto& connection = link.connection();
  auto& side = link.download;
  if (link.ended() || !side.known_to_picker || !connection.am_interested()) return;
  if (shut_ || store_->refuses_blocks()) return;
  const bool choked = connection.peer_choking();
  const auto allowed = choked ? allowed_fast_of(link) : std::vector<PieceIndex>();
  if (choked && allowed.empty()) return;
  const std::size_t asked = connection.our_requests().size();
  const std::size_t room = std::min(side.window.room(), limits::our_requests_max - asked);
  // A few requests at a time save packets: a quarter of the window, or a piece if it holds two.
  const std::size_t piece_blocks = layout_->piece_length() / block_size;
  const bool whole = piece_blocks * 2 <= side.window.size();
  const std::size_t least = std::max(side.window.size() / 4, whole ? piece_blocks : 0);
  if (room == 0 || (side.window.outstanding() > 0 && room < least)) return;
  picked_.clear();
  const swarm::PickFor peer{link.id, side.told, choked, allowed, side.speed, whole};
  picker_.pick(peer, room, now, picked_);
  // Before the blocks, so that they come before them.
  if (!side.proven && connection.v2())
    for (const auto& block : picked_) proofs_.want(block.piece, link, now);
  std::size_t sent = 0;
  for (const auto& block : picked_) {
    if (connection.request(block, now)) {
      ++sent;
    } else {
      picker_.on_taken_back(block, link.id, TakenBack::cancelled, now);
    }
  }
  if (sent > 0) side.window.on_requested(sent, now);
}

void Downloading::begin(Instant now) {
  links_->each([&](PeerLink& link) {
    if (link.connection().open()) on_pieces(link, now);
  });
}

void Downloading::end(Instant now) {
  links_->each([&](PeerLink& link) {
    auto& side = link.download;
    std::vector<BlockRef> asked;
    for (const auto& request : link.connection().our_requests()) asked.push_back(request.block);
    for (const auto& block : asked) link.connection().cancel(block, now);
    side.window.on_given_up(asked.size());
    side.known_to_picker = false;
    side.wanting_since = never;
    link.connection().set_interested(false, now);
  });
}

void Downloading::on_tick(Instant now) {
  proofs_.ask(now);
  std::uint64_t total = 0;
  std::uint64_t count = 0;
  links_->each([&](PeerLink& link) {
    if (!link.download.known_to_picker || link.connection().peer_choking()) return;
    total += link.download.rate.rate(now);
    ++count;
  });
  const std::uint64_t average = count == 0 ? 0 : total / count;
  links_->each([&](PeerLink& link) {
    auto& side = link.download;
    if (!side.known_to_picker) return;
    const std::uint64_t rate = side.rate.rate(now);
    side.speed = rate > average * 2   ? swarm::SpeedClass::fast
                 : rate < average / 2 ? swarm::SpeedClass::slow
                                      : swarm::SpeedClass::medium;
    // What we do not read is not late.
    if (link.held()) side.window.keep_waiting(now);
    if (side.window.stalled(now)) take_back_stalled(link, now);
    fill(link, now);
  });
}

/// What a stalled link was asked for goes to others; the link has one request at a time until a
/// block comes from it.
void Downloading::take_back_stalled(PeerLink& link, Instant now) {
  link.download.window.on_deadline(now);
  take_back(link, TakenBack::stalled, now);
}

void Downloading::take_back(PeerLink& link, TakenBack why, Instant now) {
  for (const auto& block : picker_.on_all_taken_back(link.id, why, now))
    link.connection().cancel(block, now);
  link.download.window.on_given_up(link.download.window.outstanding());
}

void Downloading::on_verified(const storage::PieceOutcome& outcome, Instant now) {
  picker_.on_piece_passed(outcome.piece);
  proofs_.forget(outcome.piece);
  for (const auto& block : outcome.blocks)
    if (PeerLink* link = links_->find(block.from)) link->download.proven = true;
  std::vector<swarm::BlockDigest> digests;
  if (bans_.needs_digests(outcome.piece))
    for (const auto& block : outcome.blocks) digests.push_back(block.digest);
  blame(bans_.on_piece_passed(outcome.piece, digests));
  links_->each([&](PeerLink& link) {
    if (link.connection().am_interested() && link.download.known_to_picker)
      update_interest(link, now);
  });
}

void Downloading::on_failed(const storage::PieceOutcome& outcome) {
  std::vector<swarm::BlockDigest> digests;
  digests.reserve(outcome.blocks.size());
  for (const auto& block : outcome.blocks) digests.push_back(block.digest);
  picker_.on_piece_failed(outcome.piece);
  blame(bans_.on_piece_failed(outcome.piece, picker_.shape().blocks_of(outcome.piece), digests));
  proofs_.want(outcome.piece);
  judge_failed(outcome.piece);
}

void Downloading::on_lost(std::span<const PieceIndex> pieces) {
  for (const PieceIndex piece : pieces) {
    picker_.on_piece_missing(piece);
    bans_.on_piece_dropped(piece);
    proofs_.forget(piece);
  }
}

void Downloading::update_interest(PeerLink& link, Instant now) {
  auto& connection = link.connection();
  const bool interested = picker_.interesting(link.id, link.download.told);
  if (interested == connection.am_interested()) return;
  connection.set_interested(interested, now);
  link.download.wanting_since = interested ? now : never;
}

void Downloading::cancel(std::span<const swarm::Cancel> cancels, Instant now) {
  for (const auto& [id, block] : cancels) {
    PeerLink* link = links_->find(id);
    if (link == nullptr || !link->connection().cancel(block, now)) continue;
    link->download.window.on_given_up(1);
  }
}

std::vector<PieceIndex> Downloading::allowed_fast_of(const PeerLink& link) const {
  std::vector<PieceIndex> allowed;
  for (const PieceIndex piece : link.connection().allowed_fast_pieces())
    if (picker_.wants(piece)) allowed.push_back(piece);
  return allowed;
}

}  // namespace seed::torrent

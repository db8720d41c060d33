#include "core/swarm/picker.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "core/base/check.h"

namespace seed::swarm {

namespace {

std::uint32_t block_number(BlockRef block) { return block.offset / block_size; }

}  // namespace

Picker::Picker(const Shape& shape, Rng rng)
    : shape_(shape),
      rng_(rng),
      have_(shape.piece_count),
      wanted_missing_(shape.piece_count),
      wants_(shape.piece_count, Want::of(Priority::normal)),
      queue_(shape.piece_count),
      partials_(shape.piece_count) {
  SEED_CHECK(shape_.valid());
  for (std::uint32_t piece = 0; piece < shape_.piece_count; ++piece) settle({piece});
}

// Makes every index agree with what is had, wanted and started.
void Picker::settle(PieceIndex piece) {
  const Want want = wants_[piece.value];
  PartialPiece* partial = partials_.find(piece);
  if (partial != nullptr && partial->untouched()) {
    partials_.erase(piece);
    partial = nullptr;
  }
  const bool missing = want.wanted() && !have_.test(piece);
  if (wanted_missing_.set(piece, missing)) {
    count_bytes(piece, missing);
    if (missing) ++epoch_;
  }
  const bool queued = missing && partial == nullptr;
  if (queue_.contains(piece) && (!queued || queue_.rank_of(piece) != want.rank))
    queue_.erase(piece);
  if (queued && !queue_.contains(piece)) {
    queue_.insert(piece, want);
    ++rarer_epoch_;
  }
  if (partial != nullptr) partials_.file(*partial, missing && partial->free_count() > 0);
}

// It became wanted and missing, or is so no more.
void Picker::count_bytes(PieceIndex piece, bool missing) {
  const std::uint64_t bytes = shape_.length_of(piece);
  const std::uint64_t change = missing ? bytes : 0 - bytes;
  missing_bytes_ += change;
  if (queue_.availability(piece) > 0) offered_bytes_ += change;
}

void Picker::raise(PieceIndex piece) {
  if (queue_.raise(piece) && wants(piece)) offered_bytes_ += shape_.length_of(piece);
}

void Picker::lower(PieceIndex piece) {
  if (queue_.lower(piece) && wants(piece)) offered_bytes_ -= shape_.length_of(piece);
}

Picker::Peer* Picker::find_peer(LinkId link) {
  const auto found = peers_.find(link);
  return found == peers_.end() ? nullptr : &found->second;
}

// --- what we have and want -----------------------------------------------------------------------

void Picker::set_have(const Bitfield& have) {
  if (have.size() != shape_.piece_count) return;
  for (std::uint32_t i = 0; i < shape_.piece_count; ++i) {
    const PieceIndex piece{i};
    if (have_.set(piece, have.test(piece)) && have.test(piece)) forget_started(piece);
    settle(piece);
  }
}

std::vector<Cancel> Picker::set_wants(std::span<const Want> wants) {
  std::vector<Cancel> cancels;
  const std::size_t count = std::min<std::size_t>(wants.size(), shape_.piece_count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const PieceIndex piece{i};
    wants_[i] = wants[i].rank < Want::ranks ? wants[i] : Want::of(Priority::high, true);
    PartialPiece* partial = partials_.find(piece);
    if (partial != nullptr && !wants_[i].wanted()) {
      for (std::uint32_t block = 0; block < partial->block_count(); ++block)
        while (partial->state(block) == BlockState::requested) {
          const LinkId link = partial->requester(block, 0);
          cancels.push_back({link, shape_.block_ref(piece, block)});
          partial->unrequest(block, link);
          partial->remember(block, link, Instant::min());
          note_unasked(link, piece);
        }
    }
    settle(piece);
  }
  return cancels;
}

void Picker::set_sequential(bool on, PieceIndex from) {
  sequential_ = on;
  sequential_from_ = from;
}

void Picker::forget_started(PieceIndex piece) {
  PartialPiece* partial = partials_.find(piece);
  if (partial == nullptr) return;
  for (std::uint32_t block = 0; block < partial->block_count(); ++block)
    for (std::size_t i = 0; i < partial->requester_count(block); ++i)
      note_unasked(partial->requester(block, i), piece);
  partials_.erase(piece);
}

void Picker::on_piece_passed(PieceIndex piece) {
  if (piece.value >= shape_.piece_count) return;
  forget_started(piece);
  have_.set(piece);
  settle(piece);
}

std::vector<LinkId> Picker::on_piece_failed(PieceIndex piece) {
  std::vector<LinkId> links = contributors(piece);
  std::ranges::sort(links);
  links.erase(std::unique(links.begin(), links.end()), links.end());
  std::erase(links, LinkId{});
  on_piece_missing(piece);
  if (piece.value < shape_.piece_count) {
    partials_.start(piece, shape_.blocks_of(piece)).put_on_parole();
    settle(piece);
  }
  return links;
}

void Picker::on_piece_missing(PieceIndex piece) {
  if (piece.value >= shape_.piece_count) return;
  forget_started(piece);
  have_.set(piece, false);
  settle(piece);
}

void Picker::on_block_written(BlockRef block) {
  if (!shape_.is_block(block)) return;
  if (PartialPiece* partial = partials_.find(block.piece))
    partial->set_written(block_number(block));
}

void Picker::on_block_lost(BlockRef block) {
  PartialPiece* partial = shape_.is_block(block) ? partials_.find(block.piece) : nullptr;
  if (partial == nullptr) return;
  partial->lose(block_number(block));
  settle(block.piece);
}

// --- peers ---------------------------------------------------------------------------------------

void Picker::on_peer_pieces(LinkId link, const Bitfield& pieces) {
  if (pieces.size() != shape_.piece_count) return;
  Peer& peer = peers_[link];
  if (peer.counted) return;
  peer.counted = true;
  peer.counted_as_seed = pieces.all();
  if (peer.counted_as_seed) {
    ++seeds_;
    return;
  }
  for (std::uint32_t i = pieces.next_set(0); i < pieces.size(); i = pieces.next_set(i + 1))
    raise({i});
}

void Picker::on_peer_have(LinkId link, PieceIndex piece) {
  Peer* peer = find_peer(link);
  if (peer == nullptr || peer->counted_as_seed || piece.value >= shape_.piece_count) return;
  raise(piece);
  peer->floor = std::min(peer->floor, queue_.availability(piece));
  if (wants(piece))
    peer->witness = piece;
  else
    ++peer->bored_count;
}

void Picker::on_suggested(LinkId link, PieceIndex piece) {
  Peer* peer = find_peer(link);
  if (peer != nullptr && wants(piece)) peer->suggested.add(piece);
}

std::vector<BlockRef> Picker::on_peer_lost(LinkId link, PieceIndex piece, Instant now) {
  Peer* peer = find_peer(link);
  if (peer == nullptr || !peer->counted || piece.value >= shape_.piece_count) return {};
  if (std::exchange(peer->counted_as_seed, false)) {
    --seeds_;
    for (std::uint32_t i = 0; i < shape_.piece_count; ++i) raise({i});
  }
  lower(piece);
  ++rarer_epoch_;
  // A wanted one was not counted when it came, see on_peer_have().
  if (!wants(piece)) --peer->bored_count;
  PartialPiece* partial = partials_.find(piece);
  if (partial == nullptr) return {};
  std::vector<BlockRef> out;
  if (std::ranges::find(peer->asked, piece, &Asked::piece) != peer->asked.end())
    out = take_back_all(*partial, link, TakenBack::rejected, now);
  partial->disown(link);
  settle(piece);
  return out;
}

void Picker::on_peer_gone(LinkId link, const Bitfield& pieces) {
  const Peer* peer = find_peer(link);
  if (peer == nullptr) return;
  on_all_taken_back(link, TakenBack::gone, Instant::min());
  if (peer->counted_as_seed) {
    --seeds_;
  } else if (pieces.size() == shape_.piece_count) {
    ++rarer_epoch_;
    for (std::uint32_t i = pieces.next_set(0); i < pieces.size(); i = pieces.next_set(i + 1))
      lower({i});
  }
  for (const auto& partial : partials_.open()) partial->disown(link);
  for (const auto& partial : partials_.closed()) partial->disown(link);
  peers_.erase(link);
}

void Picker::note_unasked(LinkId link, PieceIndex piece) {
  Peer* peer = find_peer(link);
  if (peer == nullptr) return;
  const auto found = std::ranges::find(peer->asked, piece, &Asked::piece);
  if (found == peer->asked.end()) return;
  --peer->outstanding;
  if (--found->blocks == 0) peer->asked.erase(found);
}

// --- blocks --------------------------------------------------------------------------------------

std::size_t Picker::pick(const PickFor& peer, std::size_t count, Instant now,
                         std::vector<BlockRef>& out) {
  Peer* known = find_peer(peer.link);
  if (known == nullptr || peer.pieces.size() != shape_.piece_count) return 0;
  known->speed = peer.speed;
  if (peer.choked) return pick_allowed_fast(peer, count, now, out);
  gather_usable(peer, now);
  std::size_t picked = 0;
  std::size_t next = 0;
  for (std::uint8_t rank = Want::ranks - 1; rank > 0 && picked < count; --rank) {
    for (; next < usable_.size() && want(usable_[next]->piece()).rank == rank; ++next) {
      if (picked == count) break;
      picked += request_free(*usable_[next], peer, count - picked, now, out);
    }
    while (picked < count) {
      const std::optional<PieceIndex> piece = next_piece(peer, rank, now);
      if (!piece) break;
      const std::uint32_t blocks = shape_.blocks_of(*piece);
      if (peer.whole_pieces && picked > 0 && picked + blocks > count) return picked;
      PartialPiece& partial = partials_.start(*piece, blocks);
      picked += request_free(partial, peer, count - picked, now, out);
    }
  }
  if (picked < count && in_endgame()) picked += pick_doubles(peer, count - picked, now, out);
  return picked;
}

// The open pieces it can serve: by rank, then in order if that is the mode, else the fullest first.
void Picker::gather_usable(const PickFor& peer, Instant now) {
  usable_.clear();
  const auto& open = partials_.open();
  const std::size_t looks = std::min(open.size(), started_scanned_max);
  const std::size_t first =
      looks < open.size() ? static_cast<std::size_t>(rng_.below(open.size())) : 0;
  for (std::size_t i = 0; i < looks; ++i) {
    PartialPiece* partial = open[(first + i) % open.size()].get();
    if (peer.pieces.test(partial->piece()) && partial->may_ask(peer.link, now))
      usable_.push_back(partial);
  }
  const auto key = [this](const PartialPiece* it) {
    const std::uint32_t from = sequential_from_.value % shape_.piece_count;
    const std::uint32_t order =
        sequential_ ? (it->piece().value + shape_.piece_count - from) % shape_.piece_count
                    : it->block_count() - it->present_count();
    return std::tuple(-int{want(it->piece()).rank}, order, it->piece());
  };
  std::ranges::sort(usable_, {}, key);
}

std::size_t Picker::request_free(PartialPiece& partial, const PickFor& peer, std::size_t count,
                                 Instant now, std::vector<BlockRef>& out) {
  Peer& known = *find_peer(peer.link);
  std::size_t picked = 0;
  for (std::uint32_t block = partial.next_free(0); block < partial.block_count() && picked < count;
       block = partial.next_free(block + 1)) {
    if (partial.has_memories() && partial.held_back(block, peer.link, now)) continue;
    request(partial, block, known, peer.link, out);
    ++picked;
  }
  if (picked > 0 && partial.on_parole()) partial.own(peer.link, now);
  settle(partial.piece());
  return picked;
}

void Picker::request(PartialPiece& partial, std::uint32_t block, Peer& peer, LinkId link,
                     std::vector<BlockRef>& out) {
  partial.request(block, link);
  const auto found = std::ranges::find(peer.asked, partial.piece(), &Asked::piece);
  if (found == peer.asked.end())
    peer.asked.push_back({partial.piece(), 1});
  else
    ++found->blocks;
  ++peer.outstanding;
  out.push_back(shape_.block_ref(partial.piece(), block));
}

std::optional<PieceIndex> Picker::next_piece(const PickFor& peer, std::uint8_t rank, Instant now) {
  if (queue_.size_of(rank) == 0) return std::nullopt;
  const std::uint32_t pieces = shape_.piece_count;
  const Bitfield& queued = queue_.bitmap(rank);
  const auto fits = [&](PieceIndex it) { return queued.test(it) && peer.pieces.test(it); };
  if (!sequential_)
    if (const auto piece = find_peer(peer.link)->suggested.take(fits)) return piece;
  const bool at_random = !sequential_ && have_.count() < random_pieces;
  std::uint32_t from = sequential_ ? sequential_from_.value : 0;
  if (at_random) from = static_cast<std::uint32_t>(rng_.below(pieces));
  std::uint32_t found = first_common(peer.pieces, queued, from);
  if (found == pieces) found = first_common(peer.pieces, queued, 0);
  if (found == pieces) return std::nullopt;
  if (sequential_ || at_random) return PieceIndex{found};
  return rarest_piece(peer, rank, now);
}

std::optional<PieceIndex> Picker::rarest_piece(const PickFor& peer, std::uint8_t rank,
                                               Instant now) {
  Peer& known = *find_peer(peer.link);
  // A piece in its bitfield counts at least itself, unless it was counted as having everything.
  std::uint32_t lowest = known.counted_as_seed ? 0 : 1;
  if (known.floor_rank == rank && known.floor_epoch == rarer_epoch_) lowest = known.floor;
  std::size_t probes = 0;
  for (std::uint32_t availability = queue_.next_bucket(rank, lowest);
       availability <= PieceQueue::availability_max && probes < probes_max;
       availability = queue_.next_bucket(rank, availability + 1)) {
    const auto bucket = queue_.bucket(rank, availability);
    const auto first = static_cast<std::size_t>(rng_.below(bucket.size()));
    for (std::size_t i = 0; i < bucket.size() && probes < probes_max; ++i, ++probes) {
      const std::size_t at = first + i < bucket.size() ? first + i : first + i - bucket.size();
      if (!peer.pieces.test({bucket[at]})) continue;
      set_floor(known, rank, availability);
      return PieceIndex{bucket[at]};
    }
  }
  if (known.hints.rank == rank && now - known.hints.made < hints_age_max)
    if (const auto piece = hinted_piece(peer, known.hints)) return piece;
  make_hints(peer, rank, now, known.hints);
  if (!known.hints.pieces.empty())
    set_floor(known, rank, queue_.availability(known.hints.pieces.back()));
  return hinted_piece(peer, known.hints);
}

void Picker::set_floor(Peer& peer, std::uint8_t rank, std::uint32_t availability) {
  peer.floor = std::min(availability, PieceQueue::availability_max);
  peer.floor_rank = rank;
  peer.floor_epoch = rarer_epoch_;
}

std::optional<PieceIndex> Picker::hinted_piece(const PickFor& peer, Hints& hints) {
  while (!hints.pieces.empty()) {
    const PieceIndex piece = hints.pieces.back();
    hints.pieces.pop_back();
    if (queue_.rank_of(piece) == hints.rank && peer.pieces.test(piece)) return piece;
  }
  return std::nullopt;
}

// All it has of this rank, and the rarest of them kept, equals in the order of a random start.
void Picker::make_hints(const PickFor& peer, std::uint8_t rank, Instant now, Hints& hints) {
  struct Found {
    std::uint64_t key;
    PieceIndex piece;
  };
  std::vector<Found> best;
  const auto keep = [&best] {
    if (best.size() <= hints_max) return;
    std::ranges::nth_element(best, best.begin() + hints_max, {}, &Found::key);
    best.resize(hints_max);
  };
  const Bitfield& queued = queue_.bitmap(rank);
  const std::uint32_t pieces = shape_.piece_count;
  const auto start = static_cast<std::uint32_t>(rng_.below(pieces));
  for (std::uint32_t i = first_common(peer.pieces, queued, 0); i < pieces;
       i = first_common(peer.pieces, queued, i + 1)) {
    const std::uint64_t rarity = queue_.availability({i});
    best.push_back({rarity << 32 | (i + pieces - start) % pieces, {i}});
    if (best.size() == 4 * hints_max) keep();
  }
  keep();
  std::ranges::sort(best, std::ranges::greater{}, &Found::key);
  hints.pieces.clear();
  for (const Found& found : best) hints.pieces.push_back(found.piece);
  hints.rank = rank;
  hints.made = now;
}

std::size_t Picker::pick_allowed_fast(const PickFor& peer, std::size_t count, Instant now,
                                      std::vector<BlockRef>& out) {
  std::size_t picked = 0;
  for (const PieceIndex piece : peer.allowed_fast) {
    if (picked == count) break;
    if (!wants(piece) || !peer.pieces.test(piece)) continue;
    PartialPiece* partial = partials_.find(piece);
    if (partial == nullptr) partial = &partials_.start(piece, shape_.blocks_of(piece));
    if (partial->may_ask(peer.link, now))
      picked += request_free(*partial, peer, count - picked, now, out);
  }
  return picked;
}

bool Picker::in_endgame() const {
  // What no peer has cannot be asked of anybody and does not hold up the end of the rest.
  for (const auto& partial : partials_.open())
    if (availability(partial->piece()) > 0) return false;
  const std::uint32_t from = seeds_ > 0 ? 0 : 1;
  for (std::uint8_t rank = 1; rank < Want::ranks; ++rank)
    if (queue_.size_of(rank) > 0 && queue_.next_bucket(rank, from) <= PieceQueue::availability_max)
      return false;
  return true;
}

std::size_t Picker::pick_doubles(const PickFor& peer, std::size_t count, Instant now,
                                 std::vector<BlockRef>& out) {
  Peer& known = *find_peer(peer.link);
  if (known.outstanding >= endgame_depth_max) return 0;
  count = std::min(count, endgame_depth_max - known.outstanding);
  std::vector<Double> found;
  gather_doubles(peer, now, found);
  count = std::min(count, found.size());
  std::ranges::sort(found, {}, &Double::cost);
  for (std::size_t i = 0; i < count; ++i)
    request(*found[i].partial, found[i].block, known, peer.link, out);
  return count;
}

// Blocks asked of others: cheapest are those that only slow links were asked for, and few of them.
void Picker::gather_doubles(const PickFor& peer, Instant now, std::vector<Double>& found) {
  const auto& closed = partials_.closed();
  if (closed.empty()) return;
  const auto first = static_cast<std::size_t>(rng_.below(closed.size()));
  std::size_t looks = 0;
  for (std::size_t i = 0; i < closed.size() && looks < doubles_scanned_max; ++i) {
    PartialPiece& partial = *closed[(first + i) % closed.size()];
    if (!wants(partial.piece()) || partial.complete() || partial.on_parole() ||
        !peer.pieces.test(partial.piece()))
      continue;
    const std::uint32_t blocks = partial.block_count();
    const auto start = static_cast<std::uint32_t>(rng_.below(blocks));
    for (std::uint32_t k = 0; k < blocks && looks < doubles_scanned_max; ++k, ++looks) {
      const std::uint32_t block = (start + k) % blocks;
      const std::size_t asked = partial.requester_count(block);
      if (asked == 0 || asked == requesters_max || partial.requested_of(block, peer.link) ||
          partial.held_back(block, peer.link, now))
        continue;
      std::uint32_t fastest = 0;
      for (std::size_t n = 0; n < asked; ++n)
        if (const Peer* other = find_peer(partial.requester(block, n)))
          fastest = std::max(fastest, static_cast<std::uint32_t>(other->speed));
      // Equals stay in the drawn order in which they were found.
      const std::uint32_t cost = fastest * 4 + static_cast<std::uint32_t>(asked);
      found.push_back({cost << 16 | static_cast<std::uint32_t>(found.size()), &partial, block});
    }
  }
}

ReceivedBlock Picker::on_received(BlockRef block, LinkId link) {
  ReceivedBlock out;
  if (!shape_.is_block(block)) return out;
  PartialPiece* partial = partials_.find(block.piece);
  const std::uint32_t number = block_number(block);
  if (partial == nullptr ? have_.test(block.piece) : partial->present(number)) {
    out.verdict = Received::duplicate;
    return out;
  }
  if (partial == nullptr ||
      !(partial->requested_of(number, link) || partial->was_asked(number, link)))
    return out;
  for (std::size_t i = 0; i < partial->requester_count(number); ++i) {
    const LinkId asked = partial->requester(number, i);
    note_unasked(asked, block.piece);
    if (asked != link) out.cancel_at.push_back(asked);
  }
  partial->receive(number, link, BlockState::received);
  out.verdict = Received::accepted;
  out.piece_complete = partial->complete();
  settle(block.piece);
  return out;
}

void Picker::take_back(PartialPiece& partial, std::uint32_t block, LinkId link, TakenBack why,
                       Instant now) {
  if (!partial.unrequest(block, link)) return;
  note_unasked(link, partial.piece());
  // What was once asked for may still arrive, and is welcome then.
  Instant until = Instant::min();
  if (why == TakenBack::stalled) until = now + stalled_hold;
  if (why == TakenBack::rejected) until = now + rejected_hold;
  if (why != TakenBack::gone) partial.remember(block, link, until);
  if (why != TakenBack::cancelled) partial.disown(link);
}

void Picker::on_taken_back(BlockRef block, LinkId link, TakenBack why, Instant now) {
  PartialPiece* partial = shape_.is_block(block) ? partials_.find(block.piece) : nullptr;
  if (partial == nullptr) return;
  take_back(*partial, block_number(block), link, why, now);
  settle(block.piece);
}

std::vector<BlockRef> Picker::on_all_taken_back(LinkId link, TakenBack why, Instant now) {
  std::vector<BlockRef> out;
  const Peer* peer = find_peer(link);
  if (peer == nullptr) return out;
  for (const Asked& asked : std::vector<Asked>(peer->asked)) {
    const auto taken = take_back_all(*partials_.find(asked.piece), link, why, now);
    out.insert(out.end(), taken.begin(), taken.end());
    settle(asked.piece);
  }
  return out;
}

std::vector<BlockRef> Picker::take_back_all(PartialPiece& partial, LinkId link, TakenBack why,
                                            Instant now) {
  std::vector<BlockRef> out;
  for (std::uint32_t block = 0; block < partial.block_count(); ++block) {
    if (!partial.requested_of(block, link)) continue;
    out.push_back(shape_.block_ref(partial.piece(), block));
    take_back(partial, block, link, why, now);
  }
  return out;
}

// --- interest ------------------------------------------------------------------------------------

bool Picker::interesting(LinkId link, const Bitfield& pieces) {
  const std::uint32_t end = shape_.piece_count;
  Peer* peer = find_peer(link);
  if (peer == nullptr) return first_common(pieces, wanted_missing_, 0) < end && !pieces.none();
  if (wants(peer->witness) && pieces.test(peer->witness)) return true;
  if (peer->bored_epoch == epoch_ && peer->bored_count == pieces.count()) return false;
  std::uint32_t found = first_common(pieces, wanted_missing_, peer->witness.value);
  if (found >= end) found = first_common(pieces, wanted_missing_, 0);
  if (found < pieces.size()) {
    peer->witness = {found};
    return true;
  }
  peer->bored_epoch = epoch_;
  peer->bored_count = pieces.count();
  return false;
}

// --- for display and for the above; the rest of what is shown is in picker_facts.cpp ------------

Want Picker::want(PieceIndex piece) const {
  return piece.value < wants_.size() ? wants_[piece.value] : Want::no();
}

std::uint32_t Picker::availability(PieceIndex piece) const {
  return piece.value < shape_.piece_count ? queue_.availability(piece) + seeds_ : 0;
}

}  // namespace seed::swarm

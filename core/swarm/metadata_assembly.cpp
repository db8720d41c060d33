#include "core/swarm/metadata_assembly.h"

#include <algorithm>
#include <tuple>

namespace seed::swarm {
namespace {

/// Requests of a peer that were not answered in time and may still be.
constexpr std::size_t late_max = 8;

}  // namespace

void MetadataAssembly::on_peer(LinkId peer, const IpAddress& address, std::uint32_t metadata_size,
                               Instant now, std::size_t at_once) {
  at(now);
  if (done_ || out_.contains(peer)) return;
  if (metadata_size == 0 || metadata_size > limits::metadata_bytes_max) return on_gone(peer, now);
  const auto [found, fresh] = peers_.try_emplace(peer);
  Peer& entry = found->second;
  entry.address = address;
  entry.at_once = at_once;
  if (fresh) return join(peer, entry, metadata_size);
  if (entry.key.first == metadata_size) return;
  if (++entry.claims > claims_max) return exclude(peer);
  leave(entry);
  entry.late.clear();
  join(peer, entry, metadata_size);
  drop_orphans();
}

void MetadataAssembly::on_gone(LinkId peer, Instant now) {
  at(now);
  out_.erase(peer);
  const auto found = peers_.find(peer);
  if (found == peers_.end()) return;
  leave(found->second);
  peers_.erase(found);
  drop_orphans();
}

void MetadataAssembly::exclude(LinkId id) {
  on_gone(id, now_);
  out_.insert(id);
}

void MetadataAssembly::join(LinkId id, Peer& peer, std::uint32_t size) {
  const bool alone =
      std::ranges::any_of(failures_, [&](const Failure& failure) { return failure.size == size; });
  peer.key = {size, alone ? id : LinkId{}};
  const auto [found, fresh] = efforts_.try_emplace(peer.key, Effort{MetadataEffort(size)});
  ++found->second.peers;
  if (!fresh) return;
  found->second.dice = rng_.next();
  // A new one has no right of way before those that have waited.
  std::uint64_t turns = ~std::uint64_t{0};
  for (const auto& [key, other] : efforts_)
    if (key != peer.key) turns = std::min(turns, other.turns);
  if (efforts_.size() > 1) found->second.turns = turns;
}

void MetadataAssembly::leave(Peer& peer) {
  const auto found = efforts_.find(peer.key);
  for (const auto& [piece, asked_at] : peer.outstanding) found->second.pieces.on_unasked(piece);
  peer.outstanding.clear();
  // What a peer alone gave is of no use without it.
  if (--found->second.peers > 0 || !peer.key.second) return;
  efforts_.erase(found);
  on_room();
}

void MetadataAssembly::drop_orphans() {
  for (;;) {
    std::size_t orphans = 0;
    auto fewest = efforts_.end();
    for (auto found = efforts_.begin(); found != efforts_.end(); ++found) {
      const Effort& effort = found->second;
      if (effort.peers > 0) continue;
      ++orphans;
      if (fewest == efforts_.end() ||
          effort.pieces.pieces_held() < fewest->second.pieces.pieces_held())
        fewest = found;
    }
    if (orphans == 0 || (orphans <= orphans_max && fewest->second.pieces.pieces_held() > 0)) return;
    efforts_.erase(fewest);
    on_room();
  }
}

void MetadataAssembly::on_room() {
  for (auto& [key, effort] : efforts_) effort.crowded_out = false;
}

/// Takes a request off the books; false when it was not there.
bool MetadataAssembly::unasked(Peer& peer, std::uint32_t piece) {
  if (peer.outstanding.erase(piece) > 0) {
    effort_of(peer).pieces.on_unasked(piece);
    return true;
  }
  return std::erase(peer.late, piece) > 0;
}

MetadataAssembly::Taken MetadataAssembly::on_piece(LinkId peer, std::uint32_t piece,
                                                   std::uint32_t total_size, Buffer data,
                                                   Instant now) {
  at(now);
  const auto found = peers_.find(peer);
  if (found == peers_.end() || !unasked(found->second, piece)) return Taken::useless;
  Effort& effort = effort_of(found->second);
  if (total_size != effort.pieces.size() || data.size() != effort.pieces.length_of(piece)) {
    exclude(peer);
    return Taken::contradiction;
  }
  found->second.answered = true;
  found->second.waits_until = Instant::min();
  if (effort.hashing || effort.pieces.holds(piece) || !make_room(effort, data.size()))
    return Taken::useless;
  const BlockDigest digest = block_digest(data);
  effort.pieces.keep(piece, std::move(data), {peer, found->second.address, digest});
  effort.progress_at = now;
  return Taken::kept;
}

void MetadataAssembly::on_reject(LinkId peer, std::uint32_t piece, Instant now) {
  at(now);
  const auto found = peers_.find(peer);
  if (found == peers_.end() || !unasked(found->second, piece)) return;
  found->second.answered = false;
  found->second.waits_until = now + pause;
}

void MetadataAssembly::on_deadline(Instant now) {
  at(now);
  for (auto& [id, peer] : peers_) {
    for (auto asked = peer.outstanding.begin(); asked != peer.outstanding.end();) {
      if (asked->second + answer_timeout > now) {
        ++asked;
        continue;
      }
      effort_of(peer).pieces.on_unasked(asked->first);
      if (peer.late.size() == late_max) peer.late.erase(peer.late.begin());
      peer.late.push_back(asked->first);
      asked = peer.outstanding.erase(asked);
      peer.answered = false;
      peer.waits_until = now + pause;
    }
  }
}

/// Those of the most peers first; dice keep one who tells many sizes from being always first.
bool MetadataAssembly::before(const Effort& one, const Effort& other) {
  return std::tuple(one.turns, other.peers, one.dice) <
         std::tuple(other.turns, one.peers, other.dice);
}

/// Room for `bytes` more of `effort`. The last in rank gives way, those not at work first; a whole
/// that waits to be hashed does not.
bool MetadataAssembly::make_room(Effort& effort, std::size_t bytes) {
  while (bytes_held() + bytes > held_bytes_max) {
    Effort* last = nullptr;
    for (auto& [key, other] : efforts_) {
      if (other.pieces.pieces_held() == 0 || other.pieces.complete()) continue;
      if (last == nullptr || (last->active && !other.active) ||
          (last->active == other.active && before(*last, other)))
        last = &other;
    }
    if (last == nullptr) last = &effort;
    last->pieces.clear();
    last->active = false;
    last->crowded_out = true;
    if (last == &effort) return false;
  }
  return true;
}

bool MetadataAssembly::may_ask(const Peer& peer) const {
  return peer.waits_until <= now_ && peer.outstanding.size() < (peer.answered ? peer.at_once : 1);
}

MetadataAssembly::Effort* MetadataAssembly::first_waiting(bool crowded_out_too) {
  Effort* first = nullptr;
  for (auto& [key, effort] : efforts_) {
    if (effort.active || effort.able == 0 || (effort.crowded_out && !crowded_out_too)) continue;
    if (first == nullptr || before(effort, *first)) first = &effort;
  }
  return first;
}

void MetadataAssembly::activate(Effort& effort) {
  effort.active = true;
  effort.crowded_out = false;
  effort.progress_at = now_;
  effort.turn_ends = now_ + turn_min + effort.pieces.piece_count() * turn_per_piece;
}

/// Who is at work. Places are for those with somebody to ask or to wait for.
void MetadataAssembly::choose() {
  for (auto& [key, effort] : efforts_) effort.able = 0;
  for (const auto& [id, peer] : peers_) {
    Effort& effort = effort_of(peer);
    if (effort.hashing || effort.pieces.complete()) continue;
    if (peer.waits_until <= now_ || !peer.outstanding.empty()) ++effort.able;
  }
  std::size_t active = 0;
  for (auto& [key, effort] : efforts_) {
    // Nobody left to ask: that was its turn.
    if (effort.able == 0 && effort.active) {
      effort.active = false;
      if (!effort.hashing && !effort.pieces.complete()) ++effort.turns;
    }
    if (effort.active) ++active;
  }
  for (; active < at_once_max; ++active) {
    Effort* next = first_waiting(active == 0);
    if (next == nullptr) break;
    activate(*next);
  }
  for (auto& [key, effort] : efforts_) {
    if (!effort.active) continue;
    if (effort.progress_at + stall_max > now_ && effort.turn_ends > now_) continue;
    Effort* next = first_waiting(true);
    if (next == nullptr) return;
    effort.active = false;
    ++effort.turns;
    activate(*next);
  }
}

std::optional<std::uint32_t> MetadataAssembly::piece_for(Effort& effort, const Key& key,
                                                         const Peer& peer) const {
  if (const auto piece = effort.pieces.next_free()) return piece;
  if (key.second) return std::nullopt;
  return effort.pieces.next_double(now_ - doubt_after, copies_max, [&](std::uint32_t piece) {
    return !peer.outstanding.contains(piece);
  });
}

/// The peer with the fewest requests is asked, so that all share the work.
std::optional<MetadataAssembly::Request> MetadataAssembly::request_of(Effort& effort,
                                                                      const Key& key) {
  const auto order = [](const Peer& peer) {
    return std::pair(peer.outstanding.size(), peer.asked);
  };
  Peers::iterator best = peers_.end();
  std::optional<std::uint32_t> piece;
  for (auto found = peers_.begin(); found != peers_.end(); ++found) {
    const Peer& peer = found->second;
    if (peer.key != key || !may_ask(peer)) continue;
    if (best != peers_.end() && order(best->second) <= order(peer)) continue;
    const auto fits = piece_for(effort, key, peer);
    if (!fits) continue;
    best = found;
    piece = fits;
  }
  if (!piece) return std::nullopt;
  best->second.outstanding.emplace(*piece, now_);
  ++best->second.asked;
  std::erase(best->second.late, *piece);
  effort.pieces.on_asked(*piece, now_);
  return Request{best->first, *piece};
}

std::optional<MetadataAssembly::Request> MetadataAssembly::next_request(Instant now) {
  at(now);
  if (done_) return std::nullopt;
  choose();
  std::vector<std::pair<const Key*, Effort*>> active;
  for (auto& [key, effort] : efforts_)
    if (effort.active) active.emplace_back(&key, &effort);
  std::ranges::sort(active, before, [](const auto& row) -> const Effort& { return *row.second; });
  for (const auto& [key, effort] : active)
    if (const auto request = request_of(*effort, *key)) return request;
  return std::nullopt;
}

std::optional<std::vector<Buffer>> MetadataAssembly::take_whole() {
  if (hashing_) return std::nullopt;
  Efforts::iterator first = efforts_.end();
  for (auto found = efforts_.begin(); found != efforts_.end(); ++found) {
    if (!found->second.pieces.complete()) continue;
    if (first == efforts_.end() || before(found->second, first->second)) first = found;
  }
  if (first == efforts_.end()) return std::nullopt;
  first->second.hashing = true;
  MetadataEffort::Whole whole = first->second.pieces.take();
  hashing_.emplace(first->first, Failure{first->first.first, std::move(whole.shares)});
  on_room();
  return std::move(whole.pieces);
}

std::vector<MetadataAssembly::Liar> MetadataAssembly::on_hashed(bool right, Instant now) {
  at(now);
  if (!hashing_) return {};
  auto [key, outcome] = std::move(*hashing_);
  hashing_.reset();
  if (const auto found = efforts_.find(key); found != efforts_.end()) found->second.hashing = false;
  std::vector<Liar> liars = right ? on_right(outcome) : on_wrong(key, std::move(outcome));
  std::ranges::sort(liars);
  const auto doubles = std::ranges::unique(liars);
  liars.erase(doubles.begin(), doubles.end());
  return liars;
}

std::vector<MetadataAssembly::Liar> MetadataAssembly::on_right(const Failure& truth) {
  std::vector<Liar> liars;
  for (const Failure& failure : failures_) {
    for (std::size_t piece = 0; piece < failure.shares.size(); ++piece) {
      const MetadataShare& share = failure.shares[piece];
      if (failure.size != truth.size || share.digest != truth.shares[piece].digest)
        liars.push_back({share.peer, share.address});
    }
  }
  done_ = true;
  peers_.clear();
  efforts_.clear();
  failures_.clear();
  return liars;
}

std::vector<MetadataAssembly::Liar> MetadataAssembly::on_wrong(const Key& key, Failure failure) {
  const MetadataShare first = failure.shares.front();
  const bool sole = std::ranges::all_of(
      failure.shares, [&](const MetadataShare& share) { return share.peer == first.peer; });
  if (sole) {
    if (peers_.contains(first.peer)) exclude(first.peer);
    return {{first.peer, first.address}};
  }
  if (failures_.size() == failures_max) failures_.pop_front();
  failures_.push_back(std::move(failure));
  split(key.first);
  return {};
}

/// From now on each peer of this size alone.
void MetadataAssembly::split(std::uint32_t size) {
  for (auto& [id, peer] : peers_) {
    if (peer.key != Key{size, LinkId{}}) continue;
    const auto outstanding = peer.outstanding;
    leave(peer);
    join(id, peer, size);
    for (const auto& [piece, asked_at] : outstanding)
      effort_of(peer).pieces.on_asked(piece, asked_at);
    peer.outstanding = outstanding;
  }
  efforts_.erase({size, LinkId{}});
}

std::optional<Instant> MetadataAssembly::deadline() const {
  if (done_) return std::nullopt;
  Instant first = never;
  const auto consider = [&](Instant when) {
    if (when > now_) first = std::min(first, when);
  };
  bool some_wait = false;
  for (const auto& [key, effort] : efforts_) some_wait |= !effort.active && effort.able > 0;
  for (const auto& [id, peer] : peers_) {
    consider(peer.waits_until);
    for (const auto& [piece, asked_at] : peer.outstanding) consider(asked_at + answer_timeout);
  }
  for (const auto& [key, effort] : efforts_) {
    if (!effort.active) continue;
    if (!key.second && effort.peers > 1) consider(effort.pieces.next_doubt(now_, doubt_after));
    if (some_wait) consider(std::min(effort.progress_at + stall_max, effort.turn_ends));
  }
  if (first == never) return std::nullopt;
  return first;
}

MetadataAssembly::Progress MetadataAssembly::progress() const {
  Progress best;
  if (hashing_) {
    best.pieces = best.of = static_cast<std::uint32_t>(hashing_->second.shares.size());
    return best;
  }
  for (const auto& [key, effort] : efforts_) {
    const Progress here{static_cast<std::uint32_t>(effort.pieces.pieces_held()),
                        effort.pieces.piece_count()};
    const std::uint64_t ahead = std::uint64_t{here.pieces} * best.of;
    if (best.of == 0 || ahead > std::uint64_t{best.pieces} * here.of) best = here;
  }
  return best;
}

std::size_t MetadataAssembly::bytes_held() const {
  std::size_t sum = 0;
  for (const auto& [key, effort] : efforts_) sum += effort.pieces.bytes_held();
  return sum;
}

}  // namespace seed::swarm

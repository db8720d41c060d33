#include "core/torrent/uploading.h"

#include <algorithm>

#include "core/base/limits.h"

namespace seed::torrent {

namespace {

/// What a link may have of blocks on their way: half a second's worth, so that our messages to a
/// slow or limited peer do not wait longer than that behind them.
std::size_t backlog_max(const PeerLink& link, Instant now) {
  constexpr Duration window = 2s;
  return static_cast<std::size_t>(std::clamp<std::uint64_t>(
      link.upload.rate.rate(now, window) / 2, block_size, limits::link_unsent_bytes_max));
}

void note_turn(UploadSide& side, bool begins, Instant now) {
  side.unchoked_at = begins ? now : never;
  if (begins)
    side.sent_before_turn = side.sent;
  else
    side.passed_turn = side.sent == side.sent_before_turn;
}

}  // namespace

UploadTerms upload_terms(const config::Settings& settings, const config::TorrentOptions& options,
                         bool seeding) {
  UploadTerms terms;
  terms.slots = settings.upload_slots_per_torrent;
  terms.seeding = seeding;
  const auto limit_to = [&](std::uint32_t kilobytes) {
    const std::uint64_t rate = std::uint64_t{kilobytes} * 1000;
    terms.rate_limit = terms.rate_limit == 0 ? rate : std::min(terms.rate_limit, rate);
  };
  if (options.upload_limited) limit_to(options.upload_limit);
  if (!options.honors_session_limits) return terms;
  if (settings.alt_speed_enabled)
    limit_to(settings.alt_speed_up);
  else if (settings.speed_limit_up_enabled)
    limit_to(settings.speed_limit_up);
  return terms;
}

Uploading::Uploading(storage::PieceStore& store, LinkTable& links, Rng rng)
    : store_(&store), links_(&links), rng_(rng) {}

void Uploading::on_cancelled(PeerLink& link, BlockRef block) {
  // The read goes on; what it brings finds no request any more.
  if (link.upload.gathering.drop(block)) return;
  if (link.upload.reading.erase(block) > 0) link.upload.reading_bytes -= block.length;
}

void Uploading::on_gone(PeerLink& link) {
  store_->forget_reader(link.id);
  replan_ = true;
}

void Uploading::serve(PeerLink& link, Instant now) {
  auto& connection = link.connection();
  auto& side = link.upload;
  if (link.ended() || connection.peer_requests().empty()) return;
  std::vector<BlockRef> wanted, lost;
  std::size_t pending = link.backlog() + side.reading_bytes + side.gathering.bytes();
  const std::size_t pending_max = backlog_max(link, now);
  for (const auto& [block, asked_at] : connection.peer_requests()) {
    if (pending >= pending_max || wanted.size() >= run_blocks_max) break;
    // A choked peer asks for what it was allowed (BEP 6), limit or not.
    if (shut_ || !store_->have().test(block.piece)) {
      lost.push_back(block);
      continue;
    }
    const auto parts =
        block.length > block_size ? side.gathering.missing_of(block) : std::vector{block};
    for (const BlockRef& part : parts) {
      if (side.reading.contains(part)) continue;
      wanted.push_back(part);
      pending += part.length;
    }
  }
  // Pieces that were had, and might be sent, when they were asked for.
  for (const BlockRef& block : lost) {
    on_cancelled(link, block);
    connection.reject(block, now);
  }
  if (wanted.empty()) return;
  auto read = store_->read(link.id, wanted);
  if (read.token != 0) {
    for (const auto& block : wanted) side.reading.insert(block);
    for (const auto& ready : read.ready) side.reading.erase(ready.ref);
    side.reading_bytes = 0;
    for (const auto& block : side.reading) side.reading_bytes += block.length;
  }
  send(link, read.ready, now);
}

void Uploading::on_blocks_read(LinkId reader, std::vector<storage::ReadBlock>& blocks,
                               Instant now) {
  PeerLink* link = links_->find(reader);
  if (link == nullptr) return;
  for (const auto& read : blocks)
    if (link->upload.reading.erase(read.ref) > 0) link->upload.reading_bytes -= read.ref.length;
  send(*link, blocks, now);
  link->drain();
}

void Uploading::on_read_failed(LinkId reader) {
  PeerLink* link = links_->find(reader);
  if (link == nullptr) return;
  link->upload.forget();
}

void Uploading::send(PeerLink& link, std::vector<storage::ReadBlock>& blocks, Instant now) {
  for (auto& [ref, block] : blocks) {
    if (auto whole = link.upload.gathering.add(ref, block))
      link.connection().send_block(whole->request, std::span(whole->parts), now);
    else if (block)
      link.connection().send_block(ref, std::move(block), now);
  }
}

bool Uploading::plan(const UploadTerms& terms, Instant now) {
  const bool round = now >= state_.next_round;
  if (!round && !replan_) return false;
  replan_ = false;
  const auto known = facts(now);
  slot_count_ = terms.slots;
  if (terms.slots == 0) {
    if (round) {
      swarm::SlotFacts slot_facts{.limit = terms.rate_limit};
      for (const auto& link : known) {
        slot_facts.upload_rate += link.rate_from_us;
        slot_facts.unchoked += link.unchoked ? 1u : 0u;
        slot_facts.waiting += link.interested && !link.unchoked ? 1u : 0u;
      }
      slots_.on_round(slot_facts);
    }
    slot_count_ = slots_.slots();
  }
  const auto unchoked = swarm::plan_unchokes(
      known, {.slots = shut_ ? 0 : slot_count_, .seeding = terms.seeding}, now, rng_, state_);
  bool any = false;
  links_->each([&](PeerLink& link) {
    const bool give = std::binary_search(unchoked.begin(), unchoked.end(), link.id);
    const bool optimistic = link.id == state_.optimistic;
    any = any || std::exchange(link.upload.optimistic, optimistic) != optimistic;
    if (link.connection().am_choking() == !give) return;
    any = true;
    link.connection().set_choking(!give, now);
    note_turn(link.upload, give, now);
    if (!give) {
      link.upload.forget();
      store_->forget_reader(link.id);
    }
    link.drain();
  });
  return any;
}

std::vector<swarm::ChokeFacts> Uploading::facts(Instant now) const {
  std::vector<swarm::ChokeFacts> out;
  static_cast<const LinkTable*>(links_)->each([&](const PeerLink& link) {
    const auto& connection = link.connection();
    if (!connection.open()) return;
    swarm::ChokeFacts facts;
    facts.link = link.id;
    facts.interested = connection.peer_interested();
    facts.unchoked = !connection.am_choking();
    facts.upload_only = connection.peer_pieces().size() > 0 && connection.peer_pieces().all();
    facts.rate_to_us = link.download.rate.rate(now, swarm::RateMeter::window_max);
    facts.rate_from_us = link.upload.rate.rate(now, swarm::RateMeter::window_max);
    facts.uploaded = connection.counts().uploaded;
    facts.connected_at = link.connected_at();
    facts.wanting_since = link.download.wanting_since;
    facts.last_block_at = connection.facts().last_payload_received;
    out.push_back(facts);
  });
  return out;
}

}  // namespace seed::torrent

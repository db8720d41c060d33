// Torrent and its links: who is dialled and let in, and where each event of a connection goes.
#include <algorithm>
#include <utility>
#include <variant>

#include "core/base/check.h"
#include "core/base/limits.h"
#include "core/torrent/torrent.h"
#include "core/wire/allowed_fast.h"

namespace seed::torrent {

// --- opening -------------------------------------------------------------------------------------

bool Torrent::wants_links() const {
  return active() && phase_ == Phase::ready &&
         links_.size() < static_cast<std::size_t>(record_.options.peer_limit) &&
         !environment_.storage.memory().under_pressure();
}

bool Torrent::accepts(const Endpoint& remote) const {
  return active() && phase_ != Phase::checking &&
         links_.size() < static_cast<std::size_t>(record_.options.peer_limit) &&
         !candidates_.banned(remote.address);
}

void Torrent::add_candidate(const Endpoint& endpoint, swarm::Source source) {
  if (!candidates_.add(endpoint, source, {}, now())) return;
  // A seed at rest wakes for a peer that may want something.
  if (active() && phase_ == Phase::resting && done()) with_content([](const Result<void>&) {});
  environment_.host.want_dials(id_);
}

bool Torrent::dial_next(io::Net& net, const io::DialOptions& v4, const io::DialOptions& v6,
                        std::uint16_t listen_port) {
  if (!wants_links()) return false;
  const auto candidate = candidates_.next_to_dial(now());
  if (!candidate) return false;
  const Endpoint remote = candidate->endpoint;
  candidates_.on_dialing(remote);
  peer::Connection connection(peer::Role::outgoing, local_side(listen_port, remote), rng_.fork(),
                              now());
  auto made = std::make_unique<PeerLink>(
      *this, environment_.world.clock,
      PeerLink::Config{.remote = remote, .source = candidate->source, .incoming = false},
      std::move(connection));
  made->change_owner(*this, &allowance_);
  PeerLink& link = links_.insert(std::move(made));
  environment_.host.on_link_count(id_, 1);
  environment_.host.on_half_open(1);
  if (const auto dialled = link.dial(net, remote.address.is_v4() ? v4 : v6); !dialled)
    link.end(dialled.error());
  return true;
}

void Torrent::adopt(std::unique_ptr<PeerLink> incoming, const PeerId& peer) {
  SEED_CHECK(metainfo_ != nullptr);
  const auto known = candidates_.on_incoming(incoming->remote());
  incoming->change_owner(*this, &allowance_);
  PeerLink& link = links_.insert(std::move(incoming));
  environment_.host.on_link_count(id_, 1);
  if (known == swarm::Known::refused) return link.end({FaultCode::refused, 0, "banned"});
  link.connection().accept(torrent_side(), now());
  open_link(link, peer);
  link.drain();
  link.resume();
}

peer::Local Torrent::local_side(std::uint16_t listen_port, const Endpoint& remote) const {
  peer::Local local;
  local.torrent = torrent_side();
  local.client = environment_.client;
  local.listen_port = listen_port;
  local.remote = remote.address;
  return local;
}

peer::TorrentSide Torrent::torrent_side() const {
  const auto shape = shape_of(metainfo_->layout);
  peer::TorrentSide side;
  side.info_hash = record_.hashes.short_hash();
  side.peer_id = peer_id_;
  side.shape = peer::TorrentShape{shape.piece_count, shape.piece_length, shape.last_piece_length};
  side.metadata_size = static_cast<std::uint32_t>(metainfo_->info.size());
  side.pex = false;
  side.upload_only = done();
  return side;
}

void Torrent::open_link(PeerLink& link, const PeerId& peer) {
  bool doublet = peer == peer_id_;
  links_.each([&](const PeerLink& other) {
    if (other.id != link.id && other.connection().open() && other.connection().peer_id() == peer)
      doublet = true;
  });
  if (doublet) return link.end({FaultCode::exists, 0, "a link to this peer is there already"});
  if (!link.config().incoming) candidates_.on_connected(link.remote());
  link.connection().send_bitfield(completion_->have(), now());
  if (link.connection().fast() && !done())
    link.connection().allow_fast(
        wire::allowed_fast_set(record_.hashes.short_hash(), link.remote().address,
                               record_.content.piece_count),
        now());
  if (uploading_) uploading_->on_change();
  log_.debug("link open", {{"torrent", record_.name}, {"peer", link.remote()}});
  changed();
}

// --- LinkOwner -----------------------------------------------------------------------------------

void Torrent::on_link_event(PeerLink& link, peer::Event&& event) {
  std::visit([&](auto& it) { on(link, it); }, event);
}

void Torrent::on_link_connected(PeerLink&) { environment_.host.on_half_open(-1); }

bool Torrent::link_may_read(PeerLink& link) {
  const bool brings_blocks = link.download.window.outstanding() > 0;
  if (!brings_blocks) return true;
  // One torrent takes half of the memory at most: a slow disk must not stop the other disks.
  const auto& memory = environment_.storage.memory();
  if (!memory.under_pressure() && environment_.world.workers.pending() < limits::jobs_max &&
      (!store_ || store_->memory_bytes() < memory.max() / 2))
    return true;
  reading_held_ = true;
  return false;
}

void Torrent::on_link_held(PeerLink&, Instant when) {
  // A millisecond at least: many links must not make a busy loop of one bucket.
  held_until_ = std::min(held_until_, std::max(when, now() + 1ms));
  arm();
}

void Torrent::on_link_dirty(PeerLink& link) {
  dirty_.push_back(link.id);
  if (std::exchange(told_dirty_, true)) return;
  environment_.host.on_torrent_dirty(id_);
}

void Torrent::resume_reading() {
  if (!std::exchange(reading_held_, false)) return;
  links_.each([](PeerLink& link) { link.resume(); });
}

void Torrent::on_turn_end(Instant at) {
  told_dirty_ = false;
  auto dirty = std::exchange(dirty_, {});
  std::sort(dirty.begin(), dirty.end());
  dirty.erase(std::unique(dirty.begin(), dirty.end()), dirty.end());
  bool ended = false;
  for (const LinkId id : dirty) {
    PeerLink* link = links_.find(id);
    if (link == nullptr) {
      ended = true;
      continue;
    }
    if (downloading_) downloading_->fill(*link, at);
    if (uploading_ && active()) uploading_->serve(*link, at);
    link->flush(at);
    count_unsent(*link);
  }
  if (uploading_) {
    if (const auto sent = uploading_->take_sent(); sent > 0) {
      record_.totals.uploaded += sent;
      rate_up_.add(sent, at);
      last_payload_ = at;
      record_.activity = wall();
      environment_.host.on_payload(0, sent);
      environment_.host.want_save(id_, {});
    }
  }
  if (ended) reap(at);
}

void Torrent::count_unsent(PeerLink& link) {
  auto& memory = environment_.storage.memory();
  const std::size_t unsent = link.ended() ? 0 : link.backlog();
  if (unsent > link.upload.counted_unsent)
    memory.take(storage::MemoryUse::unsent, unsent - link.upload.counted_unsent);
  else
    memory.give_back(storage::MemoryUse::unsent, link.upload.counted_unsent - unsent);
  link.upload.counted_unsent = unsent;
}

// --- events --------------------------------------------------------------------------------------

void Torrent::on(PeerLink& link, peer::HandshakeReceived& event) { open_link(link, event.peer_id); }

void Torrent::on(PeerLink& link, peer::ExtendedHandshakeReceived& event) {
  if (event.handshake.reqq) link.download.window.set_peer_reqq(*event.handshake.reqq);
  if (!link.config().incoming || !event.handshake.port) return;
  const auto known = candidates_.on_listen_port(link.remote(), *event.handshake.port);
  if (known == swarm::Known::refused) link.end({FaultCode::refused, 0, "banned"});
}

void Torrent::on(PeerLink& link, peer::ChokeChanged& event) {
  if (downloading_) downloading_->on_choke(link, event.choked, now());
}

void Torrent::on(PeerLink&, peer::InterestChanged&) {
  if (!uploading_) return;
  uploading_->on_change();
  plan_soon();
}

void Torrent::on(PeerLink& link, peer::PeerHas& event) {
  if (downloading_) downloading_->on_have(link, event.piece, now());
  end_if_useless(link);
}

void Torrent::on(PeerLink& link, peer::PeerBitfield&) {
  if (downloading_) downloading_->on_pieces(link, now());
  end_if_useless(link);
}

void Torrent::on(PeerLink& link, peer::BlockRequested& event) {
  // BEP 3: nobody asks for more than 16 KiB; what does is told so.
  if (event.block.length > block_size || !completion_ ||
      !completion_->have().test(event.block.piece))
    link.connection().reject(event.block, now());
  on_link_dirty(link);
}

void Torrent::on(PeerLink& link, peer::BlockCancelled& event) {
  if (uploading_) uploading_->on_cancelled(link, event.block);
}

void Torrent::on(PeerLink& link, peer::BlockReceived& event) {
  const Instant at = now();
  on_link_dirty(link);
  if (!downloading_) return;
  const std::uint32_t accepted = downloading_->on_block(link, std::move(event), at);
  if (accepted == 0) return;
  record_.totals.downloaded += accepted;
  rate_down_.add(accepted, at);
  last_payload_ = at;
  environment_.host.on_payload(accepted, 0);
}

void Torrent::on(PeerLink& link, peer::RequestRejected& event) {
  if (downloading_) downloading_->on_rejected(link, event.block, now());
}

void Torrent::on(PeerLink& link, peer::RequestsDropped& event) {
  if (downloading_) downloading_->on_dropped(link, event.blocks, now());
}

void Torrent::on(PeerLink& link, peer::AllowedFast&) { on_link_dirty(link); }
void Torrent::on(PeerLink&, peer::Suggested&) {}
void Torrent::on(PeerLink&, peer::PortReceived&) {}
void Torrent::on(PeerLink&, wire::UtPex&) {}

void Torrent::on(PeerLink& link, wire::LtDontHave&) {
  if (downloading_) downloading_->on_dont_have(link, now());
}

void Torrent::on(PeerLink& link, wire::UploadOnly&) { end_if_useless(link); }

void Torrent::on(PeerLink& link, wire::UtMetadata& event) {
  if (metainfo_) metadata_exchange_.on_message(link, event, *metainfo_, now());
}

void Torrent::on(PeerLink& link, peer::Violation& event) {
  log_.debug("link broke the protocol", {{"torrent", record_.name},
                                         {"peer", link.remote()},
                                         {"code", name_of(event.code)},
                                         {"text", event.text}});
}

// --- ending --------------------------------------------------------------------------------------

bool Torrent::peer_uploads_only(const PeerLink& link) const {
  const auto& pieces = link.connection().peer_pieces();
  return (pieces.size() > 0 && pieces.all()) || link.connection().facts().peer_upload_only;
}

void Torrent::end_if_useless(PeerLink& link) {
  if (!done() || !link.connection().open() || !peer_uploads_only(link)) return;
  candidates_.set_flags(link.remote(), {.seed = true});
  link.end({FaultCode::closed, 0, "both sides have everything"});
}

void Torrent::end_links(const std::string& why) {
  links_.each([&](PeerLink& link) { link.end({FaultCode::cancelled, 0, why}); });
}

void Torrent::reap(Instant at) {
  std::vector<LinkId> ended;
  links_.each_ended([&](const PeerLink& link) { ended.push_back(link.id); });
  for (const LinkId id : ended)
    if (auto link = links_.take(id)) retire(std::move(link), at);
  if (ended.empty()) return;
  changed();
  if (wants_links()) environment_.host.want_dials(id_);
}

void Torrent::retire(std::unique_ptr<PeerLink> link, Instant at) {
  const Fault& why = link->why_ended();
  log_.debug("link closed",
             {{"torrent", record_.name}, {"peer", link->remote()}, {"why", why.text}});
  if (downloading_) downloading_->on_gone(*link);
  if (uploading_) uploading_->on_gone(*link);
  metadata_exchange_.on_gone(link->id);
  count_unsent(*link);
  const auto& connection = link->connection();
  const bool opened = connection.counts().received > 0;
  if (!opened && !link->config().incoming) {
    const auto failure = why.code == FaultCode::cancelled || why.code == FaultCode::out_of_resources
                             ? swarm::DialFailure::local
                         : link->connected() ? swarm::DialFailure::protocol
                                             : swarm::DialFailure::unreachable;
    candidates_.on_failed(link->remote(), failure, at);
  } else {
    const auto kind = why.code == FaultCode::malformed ? swarm::CloseKind::bad
                      : why.text == "both sides have everything" || why.code == FaultCode::exists
                          ? swarm::CloseKind::useless
                          : swarm::CloseKind::good;
    candidates_.on_closed(link->remote(), kind, at);
  }
  environment_.host.on_link_count(id_, -1);
  if (!link->connected()) environment_.host.on_half_open(-1);
}

void Torrent::ban(const std::vector<IpAddress>& guilty) {
  for (const auto& address : guilty) {
    log_.warn("peer banned for corrupt data", {{"torrent", record_.name}, {"peer", address}});
    candidates_.ban(address);
    links_.each([&](PeerLink& link) {
      if (link.remote().address == address)
        link.end({FaultCode::malformed, 0, "sent corrupt data"});
    });
  }
}

UploadTerms Torrent::upload_terms() const {
  UploadTerms terms;
  terms.slots = environment_.settings.upload_slots_per_torrent;
  terms.seeding = done();
  if (record_.options.upload_limited)
    terms.rate_limit = std::uint64_t{record_.options.upload_limit} * 1000;
  else if (environment_.settings.speed_limit_up_enabled && record_.options.honors_session_limits)
    terms.rate_limit = std::uint64_t{environment_.settings.speed_limit_up} * 1000;
  return terms;
}

void Torrent::plan_soon() {
  // At most ten times a second, however fast peers change their minds.
  next_tick_ = std::min(next_tick_, std::max(now(), last_tick_ + 100ms));
  arm();
}

}  // namespace seed::torrent

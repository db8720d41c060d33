#include "core/torrent/links.h"

#include "core/base/limits.h"
#include "core/wire/allowed_fast.h"

namespace seed::torrent {

swarm::DialFailure failure_of(const Fault& why, bool connected, bool other_way_left) {
  if (why.text == peer::connected_to_ourselves) return swarm::DialFailure::ourselves;
  if (why.code == FaultCode::doublet) return swarm::DialFailure::doublet;
  if (why.code == FaultCode::cut_off) return swarm::DialFailure::cut;
  // Exists: all ports of ours to that address are in use (EADDRINUSE).
  if (why.code == FaultCode::cancelled || why.code == FaultCode::out_of_resources ||
      why.code == FaultCode::exists)
    return swarm::DialFailure::local;
  if (connected && other_way_left) return swarm::DialFailure::mute;
  return connected ? swarm::DialFailure::protocol : swarm::DialFailure::unreachable;
}

swarm::CloseKind close_kind_of(const Fault& why) {
  if (why.code == FaultCode::malformed || why.text == gave_nothing) return swarm::CloseKind::bad;
  if (why.code == FaultCode::doublet) return swarm::CloseKind::doublet;
  if (why.text == another_way) return swarm::CloseKind::renewed;
  if (why.code == FaultCode::cut_off) return swarm::CloseKind::cut;
  return why.text == nothing_to_trade ? swarm::CloseKind::useless : swarm::CloseKind::good;
}

namespace {

/// When it last gave or took payload, or began to be there.
Instant useful_at(const PeerLink& link) {
  const auto facts = link.connection().facts();
  return std::max({link.connected_at(), facts.last_payload_received, facts.last_payload_sent});
}

/// A seed gives to whom it gives. Who wants nothing of it is of no use to it, nor is one that lets
/// its turns pass.
bool waits_for_us(const PeerLink& link, Instant now) {
  if (!link.connection().peer_interested()) return false;
  if (link.upload.unchoked_at == never) return !link.upload.passed_turn;
  return now - std::max(link.upload.unchoked_at, useful_at(link)) < Links::useless_after;
}

}  // namespace

Links::Links(Environment& environment, TorrentId id, const TorrentRecord& record, LinksOwner& owner,
             Rng rng)
    : environment_(environment),
      id_(id),
      record_(record),
      owner_(owner),
      log_(environment.log),
      rng_(rng),
      allowance_(&environment.host.allowance_of(record.options.group)),
      candidates_(rng_.fork()) {}

bool Links::want_more() const {
  return has_room() && !environment_.storage.memory().under_pressure();
}

bool Links::full_for(const IpAddress& address) const {
  const bool near = address.is_private();
  const std::size_t most =
      near ? limits::links_per_private_address_max : limits::links_per_address_max;
  std::size_t there = 0;
  table_.each([&](const PeerLink& link) {
    there += same_holder(link.remote().address, address) ? 1u : 0u;
  });
  return there >= most;
}

bool Links::admits(const Endpoint& remote) {
  if (candidates_.banned(remote.address) || full_for(remote.address)) return false;
  refused_one_ = refused_one_ || !has_room();
  return has_room();
}

void Links::make_room(bool seeding, Instant now) {
  const auto most = static_cast<std::size_t>(record_.options.peer_limit);
  if (size() > most) return give_way(size() - most);
  if (has_room() || now < turnover_at_) return;
  if (!refused_one_ && candidates_.next_due(now) > now) return;
  // Nobody could give us anything.
  if (!seeding && download_shut()) return;
  // Nobody could take anything of us, so nobody lets its turn pass.
  if (seeding && allowance_.shut(Direction::up))
    return table_.each([](PeerLink& link) { link.upload.passed_turn = false; });
  turnover_at_ = now + turnover_every;
  for (PeerLink* link : least_useful_first()) {
    if (useful_at(*link) > now - useless_after) return;
    if (!link->connection().open() || (seeding && waits_for_us(*link, now))) continue;
    refused_one_ = false;
    return link->end({FaultCode::closed, 0, std::string(gave_nothing)});
  }
}

std::vector<PeerLink*> Links::least_useful_first() {
  std::vector<PeerLink*> links;
  table_.each([&](PeerLink& link) {
    if (!link.ended()) links.push_back(&link);
  });
  std::ranges::stable_sort(links, {}, [](const PeerLink* link) { return useful_at(*link); });
  return links;
}

void Links::give_way(std::size_t count) {
  for (PeerLink* link : least_useful_first()) {
    if (count-- == 0) return;
    link->end({FaultCode::closed, 0, "others wait for its place"});
  }
}

void Links::set_own(const Endpoint& own) {
  (own.address.is_v4() ? own_v4_ : own_v6_) = own;
  candidates_.set_own(own_v4_, own_v6_);
}

// --- opening -------------------------------------------------------------------------------------

PeerLink& Links::insert(std::unique_ptr<PeerLink> link) {
  link->change_owner(*this, &allowance_);
  PeerLink& added = table_.insert(std::move(link));
  environment_.host.on_link_count(id_, 1);
  return added;
}

/// Whoever was not blocked when it became known may be by now; it is then forgotten.
std::optional<swarm::Candidate> Links::next_to_dial(Instant now) {
  while (auto candidate = candidates_.next_to_dial(now)) {
    if (!environment_.host.turns_away(candidate->endpoint.address)) return candidate;
    candidates_.forget(candidate->endpoint);
  }
  return std::nullopt;
}

void Links::dial(const swarm::Candidate& candidate, peer::Local local, Rng rng, io::Dialer& dialer,
                 const io::DialOptions& options) {
  const Endpoint remote = candidate.endpoint;
  candidates_.on_dialing(remote);
  peer::Connection connection(peer::Role::outgoing, std::move(local), rng, now());
  LinkOwner& owner = *this;
  PeerLink& link = insert(std::make_unique<PeerLink>(
      owner, environment_.world.clock,
      PeerLink::Config{.remote = remote, .source = candidate.source, .incoming = false},
      std::move(connection)));
  environment_.host.on_half_open(1);
  if (const auto dialled = link.dial(dialer, options); !dialled) link.end(dialled.error());
}

PeerLink* Links::adopt(std::unique_ptr<PeerLink> incoming) {
  const auto known = candidates_.on_incoming(incoming->remote());
  PeerLink& link = insert(std::move(incoming));
  if (known != swarm::Known::refused) return &link;
  link.end({FaultCode::refused, 0, "banned"});
  return nullptr;
}

/// Two that dial each other at the same time keep the link that the smaller peer id dialled, so
/// that both keep the same one. Else the one that was there first stays.
bool Links::gives_way(const PeerLink& first, const PeerLink& second, bool we_are_smaller) const {
  const bool crossed = first.config().incoming != second.config().incoming &&
                       now() - first.connected_at() < limits::handshake_timeout;
  return crossed && second.config().incoming != we_are_smaller;
}

bool Links::open(PeerLink& link, const PeerId& theirs, const Opening& opening) {
  PeerLink* other = nullptr;
  table_.each([&](PeerLink& it) {
    if (it.id != link.id && it.connection().open() && it.connection().peer_id() == theirs)
      other = &it;
  });
  const Fault doublet{FaultCode::doublet, 0, "a link to this peer is there already"};
  if (other != nullptr && gives_way(*other, link, opening.ours < theirs)) {
    other->end(doublet);
  } else if (other != nullptr) {
    link.end(doublet);
    return false;
  }
  if (!link.config().incoming) candidates_.on_connected(link.remote());
  link.connection().send_bitfield(opening.have, now());
  if (link.connection().fast() && !opening.done)
    link.connection().allow_fast(
        wire::allowed_fast_set(record_.hashes.short_hash(), link.remote().address,
                               record_.content.piece_count),
        now());
  log_.debug("link open", {{"torrent", record_.name}, {"peer", link.remote()}});
  return true;
}

void Links::learn(PeerLink& link, const wire::ExtendedHandshake& handshake) {
  if (handshake.reqq) link.download.window.set_peer_reqq(*handshake.reqq);
  if (!link.config().incoming || !handshake.port) return;
  const auto known = candidates_.on_listen_port(link.remote(), *handshake.port);
  if (known == swarm::Known::refused) link.end({FaultCode::refused, 0, "banned"});
}

// --- LinkOwner -----------------------------------------------------------------------------------

void Links::on_link_event(PeerLink& link, peer::Event&& event) {
  owner_.on_link_event(link, std::move(event));
}

void Links::on_link_connected(PeerLink&) { environment_.host.on_half_open(-1); }

bool Links::link_may_read(PeerLink& link) {
  const bool brings_blocks = link.download.window.outstanding() > 0;
  return !brings_blocks || may_read();
}

bool Links::may_read() {
  if (takes_blocks(0)) return true;
  reading_held_ = true;
  return false;
}

bool Links::takes_blocks(std::uint64_t spare) const {
  const auto& memory = environment_.storage.memory();
  return !memory.under_pressure() && environment_.world.workers.pending() < limits::jobs_max &&
         owner_.block_bytes() + spare < memory.max() / 2;
}

void Links::on_link_held(PeerLink&, Instant when) {
  // Nothing passes a limit of 0, however long one waits; set_limits() ends it.
  if (when == never) return;
  if (held_until_ == never) lot_ = draw_lot();
  held_until_ = std::min(held_until_, later(std::max(when, now() + held_min), lot_));
  owner_.on_links_deadline();
}

/// Who asks first has what a limit gives, so that is left to chance: against one of normal priority
/// one of high is the first three times of four.
Duration Links::draw_lot() {
  const auto rank = static_cast<unsigned>(1 - record_.options.bandwidth_priority);
  return rng_.between(Duration(0), held_lot * (1u << rank));
}

void Links::begin_with_another(std::vector<LinkId>& links) {
  if (links.empty()) return;
  const auto first = static_cast<std::ptrdiff_t>(turns_++ % links.size());
  std::rotate(links.begin(), links.begin() + first, links.end());
}

void Links::on_link_dirty(PeerLink& link) {
  dirty_.push_back(link.id);
  if (!std::exchange(told_dirty_, true)) environment_.host.on_torrent_dirty(id_);
}

// --- while they are open -------------------------------------------------------------------------

void Links::mark_all_dirty() {
  table_.each([&](PeerLink& link) { on_link_dirty(link); });
}

void Links::have(PieceIndex piece, Instant now) {
  table_.each([&](PeerLink& link) {
    if (!link.connection().open()) return;
    link.connection().have(piece, now);
    // No news to one that has it: it goes with what is sent next, a tick at most later.
    if (!link.connection().peer_pieces().test(piece)) on_link_dirty(link);
  });
}

void Links::take_back(PieceIndex piece, Instant now) {
  table_.each([&](PeerLink& link) {
    if (link.connection().take_back(piece, now)) on_link_dirty(link);
  });
}

void Links::tell_port(std::uint16_t port, Instant now) {
  table_.each([&](PeerLink& link) {
    if (!link.remote().address.is_v4()) return;
    link.connection().set_listen_port(port, now);
    on_link_dirty(link);
  });
}

void Links::set_upload_only(bool on, Instant now) {
  table_.each([&](PeerLink& link) {
    link.connection().set_upload_only(on, now);
    if (on) end_if_useless(link);
    on_link_dirty(link);
  });
}

void Links::resume_reading() {
  // With room for some pieces, so that links do not stop and go with every one.
  if (!reading_held_ || !takes_blocks(environment_.storage.memory().max() / 16)) return;
  reading_held_ = false;
  table_.each([](PeerLink& link) { link.resume(); });
}

void Links::set_limits(const config::TorrentOptions& options, Instant now) {
  const auto rate = [](bool limited, std::uint32_t kilobytes) {
    return limited ? std::uint64_t{kilobytes} * 1000 : TokenBucket::unlimited;
  };
  allowance_.set_rate(Direction::down, rate(options.download_limited, options.download_limit), now);
  allowance_.set_rate(Direction::up, rate(options.upload_limited, options.upload_limit), now);
  allowance_.set_honors_session(options.honors_session_limits);
  allowance_.set_parent(environment_.host.allowance_of(options.group));
  // A limit that was lifted must not leave links waiting for it.
  if (size() > 0) held_until_ = now;
}

void Links::on_deadline(Instant now) {
  if (held_until_ > now) return;
  held_until_ = never;
  std::vector<LinkId> links;
  table_.each([&](const PeerLink& link) { links.push_back(link.id); });
  begin_with_another(links);
  for (const LinkId id : links) {
    PeerLink* link = table_.find(id);
    if (link == nullptr) continue;
    link->resume();
    on_link_dirty(*link);
  }
}

void Links::on_tick(Instant now) {
  resume_reading();
  table_.each([&](PeerLink& link) {
    if (link.deadline() <= now) link.on_deadline(now);
  });
}

std::vector<LinkId> Links::take_dirty() {
  told_dirty_ = false;
  auto dirty = std::exchange(dirty_, {});
  std::sort(dirty.begin(), dirty.end());
  dirty.erase(std::unique(dirty.begin(), dirty.end()), dirty.end());
  begin_with_another(dirty);
  return dirty;
}

/// Payload alone: what else a peer does not read is bounded link by link (PeerLink::backlog_max),
/// and must not stop the blocks of all others.
void Links::count_unsent(PeerLink& link) {
  auto& memory = environment_.storage.memory();
  const std::size_t unsent =
      link.ended() ? 0 : link.unsent_payload() + link.upload.gathering.bytes();
  if (unsent > link.upload.counted_unsent)
    memory.take(storage::MemoryUse::unsent, unsent - link.upload.counted_unsent);
  else
    memory.give_back(storage::MemoryUse::unsent, link.upload.counted_unsent - unsent);
  link.upload.counted_unsent = unsent;
}

// --- ending --------------------------------------------------------------------------------------

void Links::end_if_useless(PeerLink& link) {
  const auto& connection = link.connection();
  if (!connection.open()) return;
  const auto& pieces = connection.peer_pieces();
  const bool has_all = pieces.size() > 0 && pieces.all();
  if (!has_all && !connection.facts().peer_upload_only) return;
  candidates_.set_flags(link.remote(), {.seed = true});
  link.end({FaultCode::closed, 0, std::string(nothing_to_trade)});
}

void Links::end_all(const std::string& why) {
  table_.each([&](PeerLink& link) { link.end({FaultCode::cancelled, 0, why}); });
}

void Links::end_plain() {
  table_.each([](PeerLink& link) {
    if (link.connection().encrypted() != peer::Encrypted::payload)
      link.end({FaultCode::cancelled, 0, "only encrypted links are wanted"});
  });
}

void Links::end_blocked() {
  table_.each([&](PeerLink& link) {
    if (environment_.host.turns_away(link.remote().address))
      link.end({FaultCode::refused, 0, std::string(on_blocklist)});
  });
}

void Links::ban(std::span<const IpAddress> guilty) {
  for (const auto& address : guilty) {
    log_.warn("peer banned for corrupt data", {{"torrent", record_.name}, {"peer", address}});
    candidates_.ban(address);
    table_.each([&](PeerLink& link) {
      if (link.remote().address == address)
        link.end({FaultCode::malformed, 0, "sent corrupt data"});
    });
  }
}

bool Links::reap(Instant now) {
  std::vector<LinkId> ended;
  table_.each_ended([&](const PeerLink& link) { ended.push_back(link.id); });
  for (const LinkId id : ended)
    if (const auto link = table_.take(id)) retire(*link, now);
  return !ended.empty();
}

void Links::retire(PeerLink& link, Instant now) {
  const Fault& why = link.why_ended();
  log_.debug("link closed",
             {{"torrent", record_.name}, {"peer", link.remote()}, {"why", why.text}});
  owner_.on_link_gone(link);
  count_unsent(link);
  if (candidates_.is_dialing(link.remote()))
    candidates_.on_failed(
        link.remote(), failure_of(why, link.connected(), link.connection().other_way_left()), now);
  else
    candidates_.on_closed(link.remote(), close_kind_of(why), now);
  environment_.host.on_link_count(id_, -1);
  if (!link.connected()) environment_.host.on_half_open(-1);
}

}  // namespace seed::torrent

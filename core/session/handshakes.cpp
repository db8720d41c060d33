#include "core/session/handshakes.h"

#include <utility>
#include <variant>

#include "core/base/limits.h"

namespace seed::session {

using torrent::PeerLink;

Handshakes::Handshakes(io::Clock& clock, HandshakesOwner& owner, std::string client, Rng rng,
                       log::Logger log)
    : clock_(clock), owner_(owner), client_(std::move(client)), rng_(rng), log_(std::move(log)) {}

bool Handshakes::make_place_for(const IpAddress& address) {
  const bool near = address.is_private();
  std::size_t same = 0;
  Pending* oldest = nullptr;
  links_.each([&](LinkId, Pending& pending) {
    if (pending.link->ended()) return;
    same += same_holder(pending.link->remote().address, address) ? 1u : 0u;
    if (oldest == nullptr || pending.since < oldest->since) oldest = &pending;
  });
  if (same >=
      (near ? limits::handshakes_per_private_address_max : limits::handshakes_per_address_max))
    return false;
  if (links_.size() >= 2 * limits::handshakes_max) return false;  // many have ended in this turn
  if (links_.size() >= limits::handshakes_max && oldest != nullptr)
    oldest->link->end({FaultCode::refused, 0, "others wait"});
  return true;
}

void Handshakes::accept(std::unique_ptr<io::Stream> stream) {
  const Endpoint remote = stream->remote();
  if (!make_place_for(remote.address)) return;
  peer::Local local;
  owner_.prepare(local, remote.address);
  local.client = client_;
  peer::Connection connection(peer::Role::incoming, std::move(local), rng_.fork(), clock_.now());
  auto link = std::make_unique<PeerLink>(
      *this, clock_,
      PeerLink::Config{.remote = remote, .source = swarm::Source::incoming, .incoming = true},
      std::move(connection));
  PeerLink& added = *link;
  added.id = links_.insert({std::move(link), clock_.now(), false});
  added.adopt(std::move(stream));
}

void Handshakes::on_link_event(PeerLink& link, peer::Event&& event) {
  if (const auto* wanted = std::get_if<peer::SkeyWanted>(&event))
    return link.connection().offer_skey(owner_.hash_of_req2(wanted->req2), clock_.now());
  const auto* handshake = std::get_if<peer::HandshakeReceived>(&event);
  if (handshake == nullptr) return;
  torrent::Torrent* torrent = owner_.torrent_by_hash(handshake->info_hash);
  if (torrent == nullptr || !torrent->accepts(link.remote()))
    return link.end({FaultCode::not_found, 0, "no such torrent here"});
  if (!owner_.room_for_link(torrent->id()))
    return link.end({FaultCode::refused, 0, "others have all links"});
  if (Pending* pending = find(link)) pending->named = true;
  wait_for_content(link.id, *torrent, handshake->peer_id);
}

void Handshakes::wait_for_content(LinkId id, torrent::Torrent& torrent, const PeerId& peer) {
  torrent.when_taking_links([this, id, torrent_id = torrent.id(), peer](const Result<void>& there) {
    if (there) return hand_over(id, torrent_id, peer);
    if (Pending* pending = links_.find(id))
      pending->link->end({FaultCode::refused, 0, "the torrent cannot be served"});
  });
}

/// The link leaves at the end of the turn at the latest: it may be the one that is speaking now.
void Handshakes::hand_over(LinkId id, TorrentId torrent_id, const PeerId& peer) {
  ready_.push_back({id, torrent_id, peer});
  if (!std::exchange(dirty_, true)) owner_.on_handshakes_dirty();
}

void Handshakes::leave_with(torrent::Torrent& torrent, LinkId id, const PeerId& peer) {
  Pending* pending = links_.find(id);
  if (pending == nullptr || pending->link->ended()) return;
  if (!torrent.accepts(pending->link->remote()) || !owner_.room_for_link(torrent.id())) {
    links_.erase(id);
  } else if (!torrent.takes_links()) {
    // It was there, and has been let go of in this turn.
    wait_for_content(id, torrent, peer);
  } else {
    auto taken = links_.take(id);
    torrent.adopt(std::move(taken->link), peer);
    owner_.on_link_handed_over(torrent.id());
  }
}

bool Handshakes::link_may_read(PeerLink& link) {
  const Pending* pending = find(link);
  return pending != nullptr && !pending->named;
}

void Handshakes::on_link_dirty(PeerLink&) {
  if (!std::exchange(dirty_, true)) owner_.on_handshakes_dirty();
}

void Handshakes::on_turn_end(Instant now) {
  dirty_ = false;
  for (const auto& [id, torrent_id, peer] : std::exchange(ready_, {})) {
    torrent::Torrent* torrent = owner_.torrent_by_id(torrent_id);
    if (torrent != nullptr)
      leave_with(*torrent, id, peer);
    else
      links_.erase(id);
  }
  std::vector<LinkId> ended;
  links_.each([&](LinkId id, Pending& pending) {
    if (pending.link->ended())
      ended.push_back(id);
    else
      pending.link->flush(now);
  });
  for (const LinkId id : ended) links_.erase(id);
}

void Handshakes::on_deadline(Instant now) {
  links_.each([&](LinkId, Pending& pending) {
    if (pending.link->deadline() <= now) pending.link->on_deadline(now);
  });
}

void Handshakes::end_those(const std::function<bool(const IpAddress&)>& ends) {
  links_.each([&](LinkId, Pending& pending) {
    if (!pending.link->ended() && ends(pending.link->remote().address))
      pending.link->end({FaultCode::refused, 0, std::string(torrent::on_blocklist)});
  });
}

void Handshakes::clear() {
  links_.each([&](LinkId, Pending& pending) {
    pending.link->end({FaultCode::cancelled, 0, "the session ends"});
  });
}

}  // namespace seed::session

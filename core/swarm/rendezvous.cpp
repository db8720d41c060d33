#include "core/swarm/rendezvous.h"

#include <algorithm>

#include "core/base/public_address.h"

namespace seed::swarm {
namespace {

bool is_peer(const Endpoint& endpoint) {
  return endpoint.port != 0 && !endpoint.address.is_unspecified() &&
         !endpoint.address.is_multicast();
}

}  // namespace

void Rendezvous::set_own(std::optional<Endpoint> v4, std::optional<Endpoint> v6) {
  own_v4_ = v4;
  own_v6_ = v6;
}

void Rendezvous::on_link(LinkId link, const Ends& ends) {
  Link& entry = links_[link];
  unfile(link, entry.ends);
  entry.ends = ends;
  for (const auto& end : {ends.remote, ends.listening})
    if (end) ends_.insert_or_assign(*end, link);
}

void Rendezvous::unfile(LinkId link, const Ends& ends) {
  for (const auto& end : {ends.remote, ends.listening}) {
    const auto found = end ? ends_.find(*end) : ends_.end();
    if (found != ends_.end() && found->second == link) ends_.erase(found);
  }
}

void Rendezvous::on_gone(LinkId link) {
  const auto found = links_.find(link);
  if (found == links_.end()) return;
  unfile(link, found->second.ends);
  links_.erase(found);
}

const Rendezvous::Link* Rendezvous::supporting(LinkId link) const {
  const auto found = links_.find(link);
  return found == links_.end() || !found->second.ends.supports ? nullptr : &found->second;
}

Rendezvous::Answer Rendezvous::on_rendezvous(LinkId from, const Endpoint& target, Instant now) {
  // BEP 55: whoever does not say that it speaks this is ignored.
  if (supporting(from) == nullptr) return Ignore{};
  Link& initiator = links_.at(from);
  if (relays_.next(relay_in_all_rate) > now || !initiator.asks.take(relay_rate, now))
    return Ignore{};
  relays_.spend(relay_in_all_rate, now);
  if (!is_peer(target)) return Refusal::no_such_peer;
  if (is_own(target)) return Refusal::no_self;
  const auto found = ends_.find(target);
  if (found == ends_.end()) return Refusal::not_connected;
  if (found->second == from) return Refusal::no_self;
  Link& other = links_.at(found->second);
  if (!other.ends.supports) return Refusal::no_support;
  const Ends& ends = initiator.ends;
  // Where it is to be met we do not know: for the target it is as if there were no link.
  if (!ends.remote && !ends.listening) return Refusal::not_connected;
  if (!other.visits.take(relay_rate, now)) return Ignore{};
  return Introduce{found->second, other.ends.remote.value_or(target),
                   ends.remote ? *ends.remote : *ends.listening};
}

void Rendezvous::on_told(LinkId teller, const Endpoint& endpoint) {
  if (!is_peer(endpoint) || is_own(endpoint)) return;
  const auto [found, fresh] = told_.try_emplace(endpoint);
  auto& tellers = found->second.tellers;
  if (std::ranges::find(tellers, teller) != tellers.end()) return;
  if (tellers.size() == tellers_max) tellers.erase(tellers.begin());
  tellers.push_back(teller);
  if (!fresh) return;
  told_order_.push_back(endpoint);
  if (told_order_.size() > told_max) told_.erase(told_order_.take_front());
}

void Rendezvous::on_untold(LinkId teller, const Endpoint& endpoint) {
  const auto found = told_.find(endpoint);
  if (found != told_.end()) std::erase(found->second.tellers, teller);
}

std::optional<LinkId> Rendezvous::ask(const Endpoint& target, Told& told, Instant now) {
  std::erase_if(told.tellers, [&](LinkId teller) { return supporting(teller) == nullptr; });
  if (told.tellers.empty() || told.asks == asks_max) return std::nullopt;
  const LinkId relay = told.tellers[static_cast<std::size_t>(rng_.below(told.tellers.size()))];
  ++told.asks;
  told.asked_at = now;
  if (pending_.size() == pending_max) pending_.pop_front();
  pending_.push_back({relay, target, now});
  return relay;
}

std::optional<LinkId> Rendezvous::on_dial_failed(const Endpoint& target, Instant now) {
  const auto found = told_.find(target);
  if (found == told_.end() || ends_.contains(target)) return std::nullopt;
  Told& told = found->second;
  if (told.asked_at != Instant::min() && now - told.asked_at < ask_pause) return std::nullopt;
  told.asks = 0;
  return ask(target, told, now);
}

/// Whether that was asked of this relay; then it is answered. The answer may name another port of
/// the peer than the one it was asked about, unless it is to be `exactly` that.
bool Rendezvous::take_pending(LinkId relay, const Endpoint& peer, bool exactly, Instant now) {
  while (!pending_.empty() && now - pending_.front().at > answer_max) pending_.pop_front();
  const auto found = std::ranges::find_if(pending_, [&](const Pending& pending) {
    return pending.relay == relay &&
           (exactly ? pending.target == peer : pending.target.address == peer.address);
  });
  if (found == pending_.end()) return false;
  pending_.erase(found);
  return true;
}

std::optional<LinkId> Rendezvous::on_error(LinkId relay, const Endpoint& target, Instant now) {
  if (!take_pending(relay, target, true, now)) return std::nullopt;
  on_untold(relay, target);
  const auto found = told_.find(target);
  if (found == told_.end() || ends_.contains(target)) return std::nullopt;
  return ask(target, found->second, now);
}

bool Rendezvous::on_connect(LinkId relay, const Endpoint& peer, Instant now) {
  if (supporting(relay) == nullptr || !is_peer(peer) || is_own(peer)) return false;
  Link& link = links_.at(relay);
  // BEP 55: ignored by those who are linked already.
  if (ends_.contains(peer)) return false;
  if (take_pending(relay, peer, false, now)) return true;
  // Nobody from outside is to make us dial into our own network.
  const bool relay_inside = link.ends.remote && !is_public(link.ends.remote->address);
  if (!relay_inside && !is_public(peer.address)) return false;
  if (dials_.next(dial_in_all_rate) > now || !link.dials.take(dial_rate, now)) return false;
  dials_.spend(dial_in_all_rate, now);
  return true;
}

}  // namespace seed::swarm

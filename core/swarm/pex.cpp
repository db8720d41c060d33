#include "core/swarm/pex.h"

#include <algorithm>

#include "core/base/public_address.h"

namespace seed::swarm {

std::optional<Pex::Slot> Pex::slot_of(const Endpoint& endpoint) {
  if (const auto found = slots_.find(endpoint); found != slots_.end()) return found->second;
  if (slots_.size() >= peers_max) return std::nullopt;
  Slot slot = static_cast<Slot>(known_.size());
  if (free_.empty()) {
    known_.emplace_back();
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  known_[slot] = Known{{endpoint, 0}};
  slots_.emplace(endpoint, slot);
  return slot;
}

void Pex::on_peer(LinkId link, const Endpoint& endpoint, std::uint8_t flags, Instant now) {
  if (const auto found = peers_.find(link); found != peers_.end()) {
    Known& known = known_[found->second];
    known.peer.flags = flags;
    if (known.peer.endpoint == endpoint) return;
    unlink(link, false);
  }
  const auto slot = slot_of(endpoint);
  if (!slot) return;
  Known& known = known_[*slot];
  known.peer.flags = flags;
  peers_.emplace(link, *slot);
  if (++known.links > 1) return;
  ++live_[family(*slot)];
  if (known.parted) {
    known.parted = false;
    auto& parted = parted_[family(*slot)];
    parted.erase(std::ranges::find(std::as_const(parted), *slot));
  }
  wake(now);
}

void Pex::on_listener(LinkId link, const IpAddress& remote, Instant now) {
  const auto [found, fresh] = listeners_.try_emplace(link);
  if (!fresh) return;
  found->second.local = !is_public(remote);
  set_due(link, found->second, now + first_after);
}

void Pex::on_gone(LinkId link, bool parted, Instant now) {
  if (const auto found = listeners_.find(link); found != listeners_.end()) {
    const std::vector<bool> told = std::move(found->second.told);
    due_.erase({found->second.due, link});
    listeners_.erase(found);
    for (Slot slot = 0; slot < told.size(); ++slot) {
      if (!told[slot]) continue;
      --known_[slot].told;
      release(slot);
    }
  }
  if (!peers_.contains(link)) return;
  unlink(link, parted);
  wake(now);
}

void Pex::unlink(LinkId link, bool parted) {
  const auto found = peers_.find(link);
  const Slot slot = found->second;
  peers_.erase(found);
  if (--known_[slot].links > 0) return;
  --live_[family(slot)];
  if (parted) part(slot);
  release(slot);
}

void Pex::part(Slot slot) {
  auto& parted = parted_[family(slot)];
  known_[slot].parted = true;
  parted.push_back(slot);
  for (auto& [link, listener] : listeners_)
    if (slot < listener.passed.size()) listener.passed[slot] = false;
  if (parted.size() <= few) return;
  const Slot oldest = parted.take_front();
  known_[oldest].parted = false;
  release(oldest);
}

/// Frees a slot that nobody is at and nobody believes in.
void Pex::release(Slot slot) {
  const Known& known = known_[slot];
  if (known.links > 0 || known.told > 0 || known.parted) return;
  if (slots_.erase(known.peer.endpoint) > 0) free_.push_back(slot);
}

/// Something has changed: those who had nothing to hear may have something now.
void Pex::wake(Instant now) {
  for (auto& [link, listener] : listeners_) {
    if (!listener.idle) continue;
    listener.idle = false;
    set_due(link, listener, std::max(listener.due, now + first_after));
  }
}

void Pex::set_due(LinkId link, Listener& listener, Instant when) {
  due_.erase({listener.due, link});
  listener.due = when;
  due_.emplace(when, link);
}

bool Pex::tellable(Slot slot, const Listener& listener) const {
  const Known& known = known_[slot];
  if (!listener.local && !is_public(known.peer.endpoint.address)) return false;
  if (known.links > 0) return true;
  return known.parted && !listener.passed[slot] && live_[family(slot)] < few;
}

std::vector<Endpoint> Pex::take_dropped(Listener& listener) {
  std::vector<Endpoint> out;
  for (Slot slot = 0; slot < listener.told.size() && out.size() < told_max; ++slot) {
    if (!listener.told[slot] || live(slot)) continue;
    listener.told[slot] = false;
    // One that parted has been told of by that: BEP 11 wants nobody added and dropped at once.
    listener.passed[slot] = true;
    out.push_back(known_[slot].peer.endpoint);
    --known_[slot].told;
    release(slot);
  }
  return out;
}

/// From a drawn place on, so that not all are told the same.
std::vector<Pex::Peer> Pex::take_added(Listener& listener, std::optional<Slot> own) {
  std::vector<Peer> out;
  const std::size_t most = listener.first ? first_told_max : told_max;
  const std::size_t count = known_.size();
  const std::size_t begin = static_cast<std::size_t>(rng_.below(count));
  for (std::size_t i = 0; i < count && out.size() < most; ++i) {
    const Slot slot = static_cast<Slot>((begin + i) % count);
    if (listener.told[slot] || slot == own || !tellable(slot, listener)) continue;
    listener.told[slot] = true;
    listener.passed[slot] = !live(slot);
    ++known_[slot].told;
    out.push_back(known_[slot].peer);
  }
  return out;
}

std::optional<std::pair<LinkId, Pex::Message>> Pex::next_message(Instant now) {
  while (!due_.empty() && due_.begin()->first <= now) {
    const LinkId link = due_.begin()->second;
    due_.erase(due_.begin());
    Listener& listener = listeners_.at(link);
    listener.told.resize(known_.size());
    listener.passed.resize(known_.size());
    const auto own = peers_.find(link);
    Message message;
    auto dropped = take_dropped(listener);
    message.added =
        take_added(listener, own == peers_.end() ? std::nullopt : std::optional(own->second));
    message.dropped = std::move(dropped);
    if (message.added.empty() && message.dropped.empty()) {
      listener.idle = true;
      listener.due = now;
      continue;
    }
    listener.first = false;
    set_due(link, listener, now + rng_.between(interval, interval + jitter));
    return std::pair(link, std::move(message));
  }
  return std::nullopt;
}

std::optional<Instant> Pex::deadline() const {
  if (due_.empty()) return std::nullopt;
  return due_.begin()->first;
}

}  // namespace seed::swarm

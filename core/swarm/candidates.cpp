#include "core/swarm/candidates.h"

#include <algorithm>

#include "core/base/stand_in.h"
#include "core/swarm/peer_priority.h"

namespace seed::swarm {

Candidates::Candidates(Rng rng, std::size_t idle_max) : rng_(rng), idle_max_(idle_max) {}

Candidates::Rank Candidates::rank_of(const Entry& entry) {
  return {entry.state == State::parked, entry.facts.failures, !entry.facts.was_good,
          entry.facts.source,           ~entry.priority,      entry.facts.endpoint};
}

const Endpoint* Candidates::own_for(const Endpoint& peer) const {
  const auto& own = peer.address.is_v4() ? own_v4_ : own_v6_;
  return own ? &*own : nullptr;
}

bool Candidates::acceptable(const Endpoint& endpoint) const {
  const IpAddress& address = endpoint.address;
  return (address.is_v4() ? v4_ : v6_) && endpoint.port != 0 && !address.is_unspecified() &&
         !address.is_multicast() && !banned(address) && endpoint != own_v4_ &&
         endpoint != own_v6_ && std::ranges::find(ours_, endpoint) == ours_.end();
}

Candidates::Entry& Candidates::make_entry(const Endpoint& endpoint, Source source) {
  const auto [found, fresh] = entries_.try_emplace(endpoint);
  Entry& entry = found->second;
  if (!fresh) return entry;
  entry.facts.endpoint = endpoint;
  entry.facts.source = source;
  const Endpoint* own = own_for(endpoint);
  entry.priority =
      own != nullptr ? peer_priority(*own, endpoint) : static_cast<std::uint32_t>(rng_.next());
  return entry;
}

Candidates::Entry* Candidates::find_link(const Endpoint& remote) {
  const auto alias = listen_of_.find(remote);
  const auto found = entries_.find(alias == listen_of_.end() ? remote : alias->second);
  return found == entries_.end() || found->second.idle() ? nullptr : &found->second;
}

// Out of the idle lists; call it before anything that its rank is made of changes.
void Candidates::unfile(Entry& entry) {
  if (!entry.idle()) return;
  const Rank rank = rank_of(entry);
  idle_.erase(rank);
  if (entry.state == State::ready) ready_.erase(rank);
  if (entry.state == State::waiting) waiting_.erase({entry.due, entry.facts.endpoint});
  entry.state = State::dialing;
}

// Into the idle lists, where it belongs; it must be out of them.
void Candidates::file(Entry& entry, Instant now, Instant due, bool parked) {
  entry.due = due;
  entry.state = due > now ? State::waiting : State::ready;
  if (parked || (seeding_ && entry.facts.flags.seed)) entry.state = State::parked;
  idle_.insert(rank_of(entry));
  if (entry.state == State::ready) ready_.insert(rank_of(entry));
  if (entry.state == State::waiting) waiting_.emplace(due, entry.facts.endpoint);
  while (idle_.size() > idle_max_) drop(Endpoint(idle_.rbegin()->endpoint));
}

void Candidates::busy(Entry& entry, State state) {
  unfile(entry);
  entry.state = state;
}

void Candidates::drop(const Endpoint& endpoint) {
  const auto found = entries_.find(endpoint);
  if (found == entries_.end()) return;
  unfile(found->second);
  if (found->second.remote) listen_of_.erase(*found->second.remote);
  entries_.erase(found);
}

void Candidates::forget(const Endpoint& endpoint) {
  const auto found = entries_.find(endpoint);
  if (found != entries_.end() && found->second.idle()) drop(endpoint);
}

void Candidates::forget_those(bool (*is_such)(Source)) {
  std::vector<Endpoint> such;
  for (const auto& [endpoint, entry] : entries_)
    if (entry.idle() && is_such(entry.facts.source)) such.push_back(endpoint);
  for (const Endpoint& endpoint : such) drop(endpoint);
}

void Candidates::set_own(std::optional<Endpoint> v4, std::optional<Endpoint> v6) {
  if (v4 == own_v4_ && v6 == own_v6_) return;
  own_v4_ = v4;
  own_v6_ = v6;
  for (auto& [endpoint, entry] : entries_) {
    const Endpoint* own = own_for(endpoint);
    if (own == nullptr) continue;
    const bool ready = entry.state == State::ready;
    if (entry.idle()) idle_.erase(rank_of(entry));
    if (ready) ready_.erase(rank_of(entry));
    entry.priority = peer_priority(*own, endpoint);
    if (entry.idle()) idle_.insert(rank_of(entry));
    if (ready) ready_.insert(rank_of(entry));
  }
  for (const auto& own : {v4, v6}) {
    if (!own) continue;
    const auto found = entries_.find(*own);
    if (found != entries_.end() && found->second.idle()) drop(*own);
  }
}

void Candidates::set_families(bool v4, bool v6) {
  if (v4 == v4_ && v6 == v6_) return;
  v4_ = v4;
  v6_ = v6;
  std::vector<Endpoint> off;
  for (const auto& [endpoint, entry] : entries_)
    if (entry.idle() && !acceptable(endpoint)) off.push_back(endpoint);
  for (const Endpoint& endpoint : off) drop(endpoint);
}

void Candidates::set_seeding(bool seeding) {
  if (seeding == seeding_) return;
  seeding_ = seeding;
  for (auto& [endpoint, entry] : entries_) {
    if (!entry.idle()) continue;
    const bool parks = seeding && entry.facts.flags.seed;
    if (parks == (entry.state == State::parked)) continue;
    unfile(entry);
    // One that was passed over for want of anything to give is dialled as soon as it is wanted.
    if (!parks && entry.facts.failures == 0) entry.due = Instant{};
    // Waiting until its due time, even when that has passed: promote_due sees to it.
    file(entry, Instant::min(), entry.due);
  }
}

bool Candidates::evict_for(const Rank& newcomer) {
  if (idle_.size() < idle_max_) return true;
  if (idle_.empty() || *idle_.rbegin() < newcomer) return false;
  drop(Endpoint(idle_.rbegin()->endpoint));
  return true;
}

bool Candidates::add(const Endpoint& endpoint, Source source, CandidateFlags flags, Instant now) {
  if (!acceptable(endpoint)) return false;
  // Nobody else can know what stands for a name here, and after a restart nor do we.
  if (stands_for_name(endpoint.address) && source != Source::manual) return false;
  const bool known = entries_.contains(endpoint);
  Entry& entry = make_entry(endpoint, source);
  const bool idle = known && entry.idle();
  const bool parked = idle && entry.state == State::parked;
  if (idle) unfile(entry);
  entry.facts.source = std::min(entry.facts.source, source);
  entry.facts.flags.seed |= flags.seed;
  entry.facts.flags.encryption |= flags.encryption;
  entry.facts.flags.utp |= flags.utp;
  // Who is in both swarms is dialled by the first hash: all know that one.
  entry.facts.flags.v2 = flags.v2 && (!known || entry.facts.flags.v2);
  if (known && !idle) return true;
  if (source == Source::manual) entry.due = now;
  if (!known && !evict_for(rank_of(entry))) {
    entries_.erase(endpoint);
    return false;
  }
  file(entry, now, known ? entry.due : now, parked && source != Source::manual);
  return true;
}

void Candidates::promote_due(Instant now) {
  while (!waiting_.empty() && waiting_.begin()->first <= now) {
    Entry& entry = entries_.at(waiting_.begin()->second);
    waiting_.erase(waiting_.begin());
    entry.state = State::ready;
    ready_.insert(rank_of(entry));
  }
}

std::optional<Candidate> Candidates::next_to_dial(Instant now) {
  promote_due(now);
  if (ready_.empty()) return std::nullopt;
  return entries_.at(ready_.begin()->endpoint).facts;
}

Instant Candidates::next_due(Instant now) const {
  if (!ready_.empty()) return now;
  return waiting_.empty() ? never : std::max(now, waiting_.begin()->first);
}

void Candidates::on_dialing(const Endpoint& endpoint) {
  Entry& entry = make_entry(endpoint, Source::manual);
  if (entry.state != State::connected) busy(entry, State::dialing);
}

void Candidates::on_connected(const Endpoint& endpoint) {
  busy(make_entry(endpoint, Source::manual), State::connected);
}

Duration Candidates::jittered(Duration around) {
  return rng_.between(around - around / 5, around + around / 5);
}

void Candidates::fail(Entry& entry, Instant now) {
  // It may have been full, or away: the next time begins the usual way again.
  entry.facts.other_way = false;
  const std::uint32_t doublings = std::min<std::uint32_t>(entry.facts.failures, 6);
  ++entry.facts.failures;
  file(entry, now, now + jittered(std::min(back_off_min * (1 << doublings), back_off_max)));
}

std::optional<Candidate> Candidates::to_dial_now(const Endpoint& endpoint, Instant now) {
  if (!acceptable(endpoint)) return std::nullopt;
  add(endpoint, Source::pex, {.utp = true}, now);
  const auto found = entries_.find(endpoint);
  // A full table of better ones has no room for it.
  if (found == entries_.end()) {
    Candidate unknown;
    unknown.endpoint = endpoint;
    unknown.source = Source::pex;
    return unknown;
  }
  if (!found->second.idle()) return std::nullopt;
  return found->second.facts;
}

bool Candidates::is_dialing(const Endpoint& endpoint) const {
  const auto found = entries_.find(endpoint);
  return found != entries_.end() && found->second.state == State::dialing;
}

void Candidates::on_failed(const Endpoint& endpoint, DialFailure why, Instant now) {
  Entry* entry = find_link(endpoint);
  if (entry == nullptr || entry->state != State::dialing) return;
  if (why == DialFailure::ourselves) {
    if (ours_.size() == ours_max) ours_.pop_front();
    ours_.push_back(endpoint);
    drop(Endpoint(endpoint));
  } else if (banned(endpoint.address)) {
    drop(Endpoint(endpoint));
  } else if (why == DialFailure::mute && !entry->facts.other_way) {
    entry->facts.other_way = true;
    file(*entry, now, now);
  } else if (why == DialFailure::cut) {
    entry->spared = cut_tries;
    file(*entry, now, now + jittered(cut_pause));
  } else if (why == DialFailure::local || why == DialFailure::doublet) {
    file(*entry, now, now + jittered(why == DialFailure::local ? local_pause : doublet_pause));
  } else if (!spare(*entry, now)) {
    fail(*entry, now);
  }
}

void Candidates::forgive(Instant now) {
  for (auto& [endpoint, entry] : entries_) {
    if (entry.state != State::waiting) continue;
    if (entry.facts.failures == 0 && entry.spared == 0) continue;
    unfile(entry);
    entry.facts.failures = 0;
    file(entry, now, now);
  }
}

/// A failure that does not count.
bool Candidates::spare(Entry& entry, Instant now) {
  if (entry.spared == 0) return false;
  --entry.spared;
  file(entry, now, now + jittered(cut_retry));
  return true;
}

Known Candidates::on_incoming(const Endpoint& remote) {
  if (banned(remote.address)) return Known::refused;
  if (find_link(remote) != nullptr) return Known::doublet;
  const bool known = entries_.contains(remote);
  Entry& entry = make_entry(remote, Source::incoming);
  busy(entry, State::connected);
  entry.ephemeral = !known;
  return Known::fresh;
}

Known Candidates::on_listen_port(const Endpoint& remote, std::uint16_t port) {
  Entry* link = find_link(remote);
  if (link == nullptr || !link->ephemeral || port == 0) return Known::fresh;
  const Endpoint listening{remote.address, port};
  if (listening == remote) {
    link->ephemeral = false;
    return Known::fresh;
  }
  if (!acceptable(listening)) return Known::refused;
  const auto other = entries_.find(listening);
  if (other != entries_.end() && !other->second.idle()) return Known::doublet;
  const CandidateFlags flags = link->facts.flags;
  entries_.erase(remote);
  Entry& entry = make_entry(listening, Source::incoming);
  busy(entry, State::connected);
  entry.facts.source = std::min(entry.facts.source, Source::incoming);
  entry.facts.flags.seed |= flags.seed;
  entry.remote = remote;
  listen_of_[remote] = listening;
  return Known::fresh;
}

void Candidates::on_closed(const Endpoint& remote, CloseKind kind, Instant now) {
  Entry* entry = find_link(remote);
  if (entry == nullptr) return;
  listen_of_.erase(remote);
  entry->remote.reset();
  if (entry->ephemeral || banned(entry->facts.endpoint.address)) {
    drop(Endpoint(entry->facts.endpoint));
  } else if (kind == CloseKind::bad) {
    fail(*entry, now);
  } else if (kind == CloseKind::doublet) {
    file(*entry, now, now + jittered(doublet_pause));
  } else if (kind == CloseKind::renewed) {
    file(*entry, now, now);
  } else if (kind == CloseKind::cut) {
    entry->spared = cut_tries;
    file(*entry, now, now + jittered(cut_pause));
  } else {
    entry->facts.failures = 0;
    entry->facts.was_good = true;
    if (kind == CloseKind::good && spare(*entry, now)) return;
    file(*entry, now, now + jittered(redial_pause), kind == CloseKind::useless);
  }
}

void Candidates::set_flags(const Endpoint& remote, CandidateFlags flags) {
  if (Entry* entry = find_link(remote)) entry->facts.flags = flags;
}

void Candidates::ban(const IpAddress& address) {
  if (!banned_.insert(address).second) return;
  banned_order_.push_back(address);
  if (banned_order_.size() > banned_max) {
    banned_.erase(banned_order_.front());
    banned_order_.pop_front();
  }
  std::vector<Endpoint> there;
  for (const auto& [endpoint, entry] : entries_)
    if (endpoint.address == address && entry.idle()) there.push_back(endpoint);
  for (const Endpoint& endpoint : there) drop(endpoint);
}

std::vector<Candidate> Candidates::save(std::size_t count) const {
  std::vector<std::pair<bool, Rank>> order;
  for (const auto& [endpoint, entry] : entries_)
    if (!entry.ephemeral) order.emplace_back(entry.state != State::connected, rank_of(entry));
  std::ranges::sort(order);
  std::vector<Candidate> out;
  for (const auto& [idle, rank] : order) {
    if (out.size() == count) break;
    out.push_back(entries_.at(rank.endpoint).facts);
  }
  return out;
}

void Candidates::load(std::span<const Candidate> saved, Instant now) {
  for (const Candidate& item : saved) {
    if (entries_.contains(item.endpoint)) continue;
    if (!add(item.endpoint, Source::resume, item.flags, now)) continue;
    Entry& entry = entries_.at(item.endpoint);
    const bool parked = entry.state == State::parked;
    unfile(entry);
    entry.facts.failures = std::min<std::uint32_t>(item.failures, 6);
    entry.facts.was_good = item.was_good;
    file(entry, now, now, parked);
  }
}

}  // namespace seed::swarm

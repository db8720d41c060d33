#include "core/tracker/host_schedule.h"

#include <algorithm>
#include <utility>

namespace seed::tracker {

HostSchedule::HostSchedule(Rng rng, Options options) : rng_(rng), options_(options) {}

void HostSchedule::want(const RequestKey& key, Carrier carrier, const std::string& host,
                        Urgency urgency, Instant now) {
  if (under_way_.contains(key)) return;
  Place place{urgency, now, sequence_++};
  if (const auto known = queued_.find(key); known != queued_.end()) {
    place.urgency = std::min(urgency, known->second.place.urgency);
    place.since = known->second.place.since;
    place.sequence = known->second.place.sequence;
    withdraw(key);
  }
  const Name name{carrier, host};
  Host& wanted = hosts_[name];
  wanted.carrier = carrier;
  wanted.queue.emplace(place, key);
  waiting_.insert(name);
  queued_.emplace(key, Queued{name, place});
}

void HostSchedule::done(const RequestKey& key, bool host_answered, Instant now) {
  const auto known = under_way_.find(key);
  if (known == under_way_.end()) return;
  const Name name = known->second;
  release(key);
  Host& host = hosts_[name];
  // What else of it is under way counts with others of its standing from now on.
  taken_by_such(host) -= host.under_way;
  host.standing = host_answered ? Standing::proven : Standing::failed;
  taken_by_such(host) += host.under_way;
  if (host_answered) {
    host.failures = 0;
    host.down_until = {};
  } else {
    ++host.failures;
    // Requests that were under way together fail together: that counts as one more, not as many.
    if (host.failures >= options_.failures_until_down && !is_down(host, now)) {
      const int doublings = std::min(host.failures - options_.failures_until_down, 10);
      const Duration span = std::min(options_.down_first * (1 << doublings), options_.down_max);
      host.down_until = now + rng_.between(span, span + span / 4);
    }
  }
  drop_idle(name);
}

void HostSchedule::forgive() {
  for (auto& [name, host] : hosts_) {
    host.failures = 0;
    host.down_until = {};
  }
}

void HostSchedule::withdraw(const RequestKey& key) {
  if (const auto known = queued_.find(key); known != queued_.end()) {
    const Name name = known->second.host;
    Host& host = hosts_[name];
    host.queue.erase(known->second.place);
    queued_.erase(known);
    if (host.queue.empty()) waiting_.erase(name);
    drop_idle(name);
  } else if (const auto under = under_way_.find(key); under != under_way_.end()) {
    const Name name = under->second;
    release(key);
    drop_idle(name);
  }
}

std::optional<HostSchedule::Turn> HostSchedule::next_ready(Instant now) {
  const Name* best = nullptr;
  const Host* best_host = nullptr;
  for (const Name& name : waiting_) {
    Host& host = hosts_[name];
    const auto& [place, key] = *host.queue.begin();
    if (is_down(host, now) && place.urgency != Urgency::user) {
      const Turn turn{key, true};
      withdraw(turn.key);
      return turn;
    }
    if (host.under_way >= room_of(host) || !total_has_room(host)) continue;
    if (start_of(host, place) > now) continue;
    // Urgent first; then hosts that answer, those that may, and those that did not; then the
    // longest due.
    const auto rank = [](const Host& h) {
      const Place& front = h.queue.begin()->first;
      return std::tuple(front.urgency, h.standing, front.since, front.sequence);
    };
    if (best == nullptr || rank(host) < rank(*best_host)) {
      best = &name;
      best_host = &host;
    }
  }
  if (best == nullptr) return std::nullopt;
  const Name name = *best;
  Host& host = hosts_[name];
  const Turn turn{host.queue.begin()->second, false};
  take(name, host, now);
  return turn;
}

void HostSchedule::take(const Name& name, Host& host, Instant now) {
  const auto [place, key] = *host.queue.begin();
  if (place.urgency >= Urgency::routine) {
    host.next_start = now + options_.host_gap;
    next_start_ = now + options_.gap;
  }
  host.queue.erase(host.queue.begin());
  queued_.erase(key);
  if (host.queue.empty()) waiting_.erase(name);
  under_way_.emplace(key, name);
  ++host.under_way;
  ++places(host).taken;
  ++taken_by_such(host);
}

void HostSchedule::release(const RequestKey& key) {
  const auto known = under_way_.find(key);
  Host& host = hosts_[known->second];
  --host.under_way;
  --places(host).taken;
  --taken_by_such(host);
  under_way_.erase(known);
}

/// A host is kept while there is something to know of it, and room for it.
void HostSchedule::drop_idle(const Name& name) {
  const auto found = hosts_.find(name);
  const Host& host = found->second;
  if (!host.queue.empty() || host.under_way != 0) return;
  if (host.standing == Standing::unasked || hosts_.size() > hosts_known_max) hosts_.erase(found);
}

bool HostSchedule::is_down(const Host& host, Instant now) const { return now < host.down_until; }

std::size_t HostSchedule::room_of(const Host& host) const {
  return host.standing == Standing::proven ? options_.per_host : 1;
}

bool HostSchedule::total_has_room(const Host& host) const {
  const std::size_t total =
      host.carrier == Carrier::http ? options_.http_total : options_.udp_total;
  if (places(host).taken >= total) return false;
  const auto such = places(host).by_standing[std::to_underlying(host.standing)];
  return such < share_of(host.standing, total);
}

/// Those that failed are likely to hold their places for a whole timeout.
std::size_t HostSchedule::share_of(Standing standing, std::size_t total) {
  if (standing == Standing::proven) return total;
  return std::max<std::size_t>(total / (standing == Standing::unasked ? 2 : 4), 1);
}

/// Places that hosts of this one's standing hold.
std::size_t& HostSchedule::taken_by_such(const Host& host) {
  return places(host).by_standing[std::to_underlying(host.standing)];
}

/// When the gaps allow a request to start; urgent ones do not wait for them.
Instant HostSchedule::start_of(const Host& host, const Place& place) const {
  if (place.urgency < Urgency::routine) return {};
  return std::max(host.next_start, next_start_);
}

std::optional<Instant> HostSchedule::deadline() const {
  Instant first = never;
  for (const Name& name : waiting_) {
    const Host& host = hosts_.at(name);
    if (host.under_way >= room_of(host) || !total_has_room(host)) continue;
    first = std::min(first, start_of(host, host.queue.begin()->first));
  }
  if (first == never) return std::nullopt;
  return first;
}

std::optional<Instant> HostSchedule::down_until(Carrier carrier, const std::string& host,
                                                Instant now) const {
  const auto found = hosts_.find({carrier, host});
  if (found == hosts_.end() || !is_down(found->second, now)) return std::nullopt;
  return found->second.down_until;
}

}  // namespace seed::tracker

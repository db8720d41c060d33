#include "core/dht/routing_table.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "core/dht/holder.h"

namespace seed::dht {
namespace {

/// What next_to_ping() gives first.
enum PingRank : int { wanted_place, unproven, silent, lost };

}  // namespace

RoutingTable::RoutingTable(const NodeId& own, Rng rng) : own_(own), rng_(rng), buckets_(1) {}

void RoutingTable::set_own(const NodeId& own, Instant now) {
  Nodes all;
  for (Bucket& bucket : buckets_)
    for (Nodes* list : {&bucket.nodes, &bucket.cache})
      for (Known& known : *list) all.push_back(std::move(known));
  std::ranges::stable_sort(all, {}, [now](const Known& known) { return state_of(known, now); });
  own_ = own;
  buckets_.assign(1, Bucket{.changed = now});
  by_holder_.clear();
  for (Known& known : all) {
    if (!acceptable(known.contact)) continue;
    if (known.proven) {
      add(std::move(known), now);
    } else {
      wait(buckets_[index_of(known.contact.id)], std::move(known));
    }
  }
}

void RoutingTable::on_answer(const NodeContact& contact, Instant now) {
  if (!acceptable(contact)) return;
  Known newcomer = make(contact, true, now);
  if (const Place place = find(contact)) {
    if (!place.cached()) {
      *place.at = std::move(newcomer);
      place.bucket->changed = now;
      return;
    }
    take(place);
  } else if (!makes_way(find_holder(contact.endpoint), contact, now) ||
             !makes_way(find_id(contact.id), contact, now)) {
    return;
  }
  add(std::move(newcomer), now);
}

void RoutingTable::on_query_from(const NodeContact& contact, Instant now) {
  if (!acceptable(contact)) return;
  if (const Place place = find(contact)) {
    place.at->heard = now;
    return;
  }
  // The sender's address of a query may be forged, so it changes nothing of what is there.
  if (find_holder(contact.endpoint) || find_id(contact.id)) return;
  wait(buckets_[index_of(contact.id)], make(contact, false, now));
}

void RoutingTable::on_failure(const Endpoint& endpoint, Instant) {
  const Place place = find_holder(endpoint);
  if (!place || place.at->contact.endpoint != endpoint) return;
  Known& known = *place.at;
  known.failures = std::min(known.failures + 1, failures_max);
  const bool bad = known.failures >= failures_max;
  const bool replaceable = std::ranges::any_of(place.bucket->cache, &Known::proven);
  if (place.cached() ? bad || !known.proven : bad && replaceable) drop(place);
}

void RoutingTable::forget(const Endpoint& endpoint) {
  const Place place = find_holder(endpoint);
  if (place && place.at->contact.endpoint == endpoint) drop(place);
}

std::vector<NodeContact> RoutingTable::closest(const NodeId& target, std::size_t count,
                                               Instant now) const {
  return nearest(target, count, State::questionable, now);
}

std::vector<NodeContact> RoutingTable::starts(const NodeId& target, std::size_t count,
                                              Instant now) const {
  return nearest(target, count, State::bad, now);
}

std::optional<NodeContact> RoutingTable::next_to_ping(Instant now) {
  Known* best = nullptr;
  std::pair<int, Duration> best_key{};
  for (Bucket& bucket : buckets_)
    for (Nodes* list : {&bucket.nodes, &bucket.cache})
      for (Known& known : *list) {
        const auto rank = ping_rank(bucket, known, list == &bucket.cache, now);
        if (!rank) continue;
        // Longest silent first; but of those that only asked, who was heard last may still be
        // there.
        const Duration heard = known.heard.value_or(Instant{}).time_since_epoch();
        const std::pair key{*rank, *rank == unproven ? -heard : heard};
        if (best == nullptr || key < best_key) {
          best = &known;
          best_key = key;
        }
      }
  if (best == nullptr) return std::nullopt;
  best->pinged = now;
  return best->contact;
}

std::optional<NodeId> RoutingTable::refresh_due(Instant now) {
  if (size() == 0) return std::nullopt;
  const auto oldest = std::ranges::min_element(buckets_, {}, &Bucket::changed);
  if (now - oldest->changed < fresh_for) return std::nullopt;
  oldest->changed = now;
  const auto bits = static_cast<std::size_t>(oldest - buckets_.begin());
  NodeId target = random_id_sharing(own_, static_cast<int>(bits), rng_);
  // The last bucket is of those ids also that share the next bit with ours.
  if (bits + 1 == buckets_.size() && rng_.below(2) == 0)
    target.octets[bits / 8] = static_cast<std::uint8_t>(target.octets[bits / 8] ^ 0x80 >> bits % 8);
  return target;
}

RoutingTable::Counts RoutingTable::counts(Instant now) const {
  Counts out;
  for (const Bucket& bucket : buckets_) {
    out.cached += bucket.cache.size();
    for (const Known& known : bucket.nodes) switch (state_of(known, now)) {
        case State::good:
          ++out.good;
          break;
        case State::questionable:
          ++out.questionable;
          break;
        case State::bad:
          ++out.bad;
          break;
      }
  }
  return out;
}

std::size_t RoutingTable::size() const {
  std::size_t out = 0;
  for (const Bucket& bucket : buckets_) out += bucket.nodes.size();
  return out;
}

bool RoutingTable::knows(const NodeContact& contact) const {
  return std::ranges::find(buckets_[index_of(contact.id)].nodes, contact, &Known::contact) !=
         buckets_[index_of(contact.id)].nodes.end();
}

std::vector<NodeContact> RoutingTable::save(std::size_t count, Instant now) const {
  std::vector<const Known*> all;
  for (const Bucket& bucket : buckets_)
    for (const Known& known : bucket.nodes) all.push_back(&known);
  const auto newest_first = [now](const Known* known) {
    return std::pair{state_of(*known, now), -known->heard.value_or(Instant{}).time_since_epoch()};
  };
  std::ranges::stable_sort(all, {}, newest_first);
  std::vector<NodeContact> out;
  for (const Known* known : all) {
    const bool bad = state_of(*known, now) == State::bad;
    if (out.size() >= count || (bad && state_of(*all.front(), now) != State::bad)) break;
    out.push_back(known->contact);
  }
  return out;
}

void RoutingTable::load(std::span<const NodeContact> saved, Instant now) {
  for (const NodeContact& contact : saved)
    if (acceptable(contact) && !find_holder(contact.endpoint) && !find_id(contact.id))
      add(make(contact, true, std::nullopt), now);
}

RoutingTable::State RoutingTable::state_of(const Known& known, Instant now) {
  if (known.failures >= failures_max) return State::bad;
  const bool recent = known.heard && now - *known.heard < fresh_for;
  return known.proven && known.failures == 0 && recent ? State::good : State::questionable;
}

RoutingTable::Known RoutingTable::make(const NodeContact& contact, bool proven,
                                       std::optional<Instant> heard) {
  return {.contact = contact,
          .secure = is_secure_for(contact.id, contact.endpoint.address),
          .proven = proven,
          .heard = heard};
}

bool RoutingTable::acceptable(const NodeContact& contact) const {
  return contact.id != own_ && can_be_sent_to(contact.endpoint);
}

std::size_t RoutingTable::index_of(const NodeId& id) const {
  return std::min(static_cast<std::size_t>(common_prefix(own_, id)), buckets_.size() - 1);
}

bool RoutingTable::may_split(const Bucket& bucket) const {
  return &bucket == &buckets_.back() && buckets_.size() < buckets_max;
}

RoutingTable::Place RoutingTable::find_id(const NodeId& id) {
  Bucket& bucket = buckets_[index_of(id)];
  for (Nodes* list : {&bucket.nodes, &bucket.cache}) {
    const auto at =
        std::ranges::find_if(*list, [&](const Known& known) { return known.contact.id == id; });
    if (at != list->end()) return {&bucket, list, at};
  }
  return {};
}

RoutingTable::Place RoutingTable::find_holder(const Endpoint& endpoint) {
  const auto found = by_holder_.find(holder_of(endpoint));
  return found == by_holder_.end() ? Place{} : find_id(found->second);
}

RoutingTable::Place RoutingTable::find(const NodeContact& contact) {
  const Place place = find_id(contact.id);
  return place && place.at->contact == contact ? place : Place{};
}

/// Makes room for a newcomer that has answered, against who has its holder's or its id's place.
bool RoutingTable::makes_way(const Place& present, const NodeContact& newcomer, Instant now) {
  if (!present) return true;
  // At that endpoint nobody has the earlier id any more.
  const bool renamed = present.at->contact.endpoint == newcomer.endpoint;
  if (!renamed && state_of(*present.at, now) == State::good) return false;
  drop(present);
  return true;
}

RoutingTable::Known RoutingTable::take(const Place& place) {
  Known out = std::move(*place.at);
  place.list->erase(place.at);
  by_holder_.erase(holder_of(out.contact.endpoint));
  return out;
}

void RoutingTable::drop(const Place& place) {
  take(place);
  fill(*place.bucket);
}

/// Gives one that has answered a place in its bucket, or lets it wait.
void RoutingTable::add(Known newcomer, Instant now) {
  for (;;) {
    Bucket& bucket = buckets_[index_of(newcomer.contact.id)];
    if (make_room(bucket, newcomer, now)) {
      by_holder_[holder_of(newcomer.contact.endpoint)] = newcomer.contact.id;
      bucket.nodes.push_back(std::move(newcomer));
      bucket.changed = now;
      return;
    }
    if (!may_split(bucket)) return wait(bucket, std::move(newcomer));
    split(now);
  }
}

bool RoutingTable::make_room(Bucket& bucket, const Known& newcomer, Instant now) {
  Nodes& nodes = bucket.nodes;
  if (nodes.size() < bucket_nodes_max) return true;
  const auto bad = std::ranges::find_if(
      nodes, [now](const Known& known) { return state_of(known, now) == State::bad; });
  if (bad != nodes.end()) {
    take({&bucket, &nodes, bad});
    return true;
  }
  if (may_split(bucket) || !newcomer.secure || !newcomer.heard) return false;
  const auto weakest = std::ranges::min_element(
      nodes, {}, [](const Known& known) { return std::pair{known.secure, known.heard}; });
  if (weakest->secure) return false;
  wait(bucket, take({&bucket, &nodes, weakest}));
  return true;
}

void RoutingTable::wait(Bucket& bucket, Known newcomer) {
  by_holder_[holder_of(newcomer.contact.endpoint)] = newcomer.contact.id;
  bucket.cache.push_back(std::move(newcomer));
  if (bucket.cache.size() <= cache_nodes_max) return;
  const auto weakest = std::ranges::min_element(bucket.cache, {}, [](const Known& known) {
    return std::tuple{known.proven, known.secure, known.heard};
  });
  take({&bucket, &bucket.cache, weakest});
}

/// Free places go to those that wait and have answered.
void RoutingTable::fill(Bucket& bucket) {
  while (bucket.nodes.size() < bucket_nodes_max && !bucket.cache.empty()) {
    const auto best = std::ranges::max_element(bucket.cache, {}, [](const Known& known) {
      return std::tuple{known.proven, known.secure, known.heard};
    });
    if (!best->proven) return;
    bucket.nodes.push_back(std::move(*best));
    bucket.cache.erase(best);
  }
}

void RoutingTable::split(Instant now) {
  Bucket old = std::move(buckets_.back());
  buckets_.back() = {.changed = now};
  buckets_.push_back({.changed = now});
  for (Known& known : old.nodes)
    buckets_[index_of(known.contact.id)].nodes.push_back(std::move(known));
  for (Known& known : old.cache)
    buckets_[index_of(known.contact.id)].cache.push_back(std::move(known));
  fill(buckets_[buckets_.size() - 2]);
  fill(buckets_.back());
}

std::vector<NodeContact> RoutingTable::nearest(const NodeId& target, std::size_t count, State worst,
                                               Instant now) const {
  struct Ranked {
    State state;
    NodeId away;
    const NodeContact* contact;
  };
  std::vector<Ranked> all;
  for (const Bucket& bucket : buckets_)
    for (const Known& known : bucket.nodes)
      if (const State state = state_of(known, now); state <= worst)
        all.push_back({state, distance(target, known.contact.id), &known.contact});
  const auto end = all.begin() + static_cast<std::ptrdiff_t>(std::min(count, all.size()));
  std::ranges::partial_sort(all, end, {},
                            [](const Ranked& one) { return std::pair{one.state, one.away}; });
  std::vector<NodeContact> out;
  for (auto one = all.begin(); one != end; ++one) out.push_back(*one->contact);
  return out;
}

std::optional<int> RoutingTable::ping_rank(const Bucket& bucket, const Known& known, bool cached,
                                           Instant now) const {
  const auto pinged_within = [&](Duration span) {
    return known.pinged && now - *known.pinged < span;
  };
  if (pinged_within(ping_pause)) return std::nullopt;
  if (cached) {
    const bool place =
        bucket.nodes.size() < bucket_nodes_max || may_split(bucket) ||
        std::ranges::any_of(
            bucket.nodes, [now](const Known& node) { return state_of(node, now) == State::bad; });
    return place && !known.proven ? std::optional<int>(unproven) : std::nullopt;
  }
  switch (state_of(known, now)) {
    case State::good:
      return std::nullopt;
    case State::questionable:
      return bucket.cache.empty() ? silent : wanted_place;
    case State::bad:
      break;
  }
  return pinged_within(fresh_for) ? std::nullopt : std::optional<int>(lost);
}

}  // namespace seed::dht

#include "tests/sim/utp/network.h"

#include <algorithm>
#include <utility>

namespace seed::sim {

Instant Link::carry(const Parcel& parcel, Instant now, Rng& dice) {
  if (parcel.fragile && parcel.wire_bytes > plan_.mtu) return never;
  const Duration takes(static_cast<std::int64_t>(static_cast<double>(parcel.wire_bytes) /
                                                 plan_.bytes_per_second * 1e9));
  if (waiting(now) > plan_.queue) {
    ++dropped_;
    return never;
  }
  free_at_ = std::max(free_at_, now) + takes;
  longest_ = std::max(longest_, free_at_ - now - takes);
  if (plan_.loss > 0 && dice.unit() < plan_.loss) return never;
  Instant out = free_at_ + plan_.delay;
  if (plan_.reorders > 0 && dice.unit() < plan_.reorders) out += plan_.late;
  return out;
}

Host* Network::find(const Endpoint& at) const {
  for (const auto* side : {&left_, &right_})
    for (Host* host : *side)
      if (host->at() == at) return host;
  return nullptr;
}

void Network::note(const Parcel& parcel) {
  const auto add = [this](std::uint64_t value) { digest_ = (digest_ ^ value) * 0x100000001b3ULL; };
  add(static_cast<std::uint64_t>(now_.time_since_epoch().count()));
  add(parcel.wire_bytes);
  add(parcel.number);
  for (std::size_t i = 0; i < std::min<std::size_t>(parcel.octets.size(), 20); ++i)
    add(parcel.octets[i]);
}

void Network::send(Parcel parcel) {
  note(parcel);
  const bool left =
      std::ranges::any_of(left_, [&](Host* host) { return host->at() == parcel.from; });
  Link& link = left ? forth_ : back_;
  const Instant at = link.carry(parcel, now_, dice_);
  if (at == never) return;
  if (link.plan().duplicates > 0 && dice_.unit() < link.plan().duplicates) put(parcel, at + 1ms);
  put(std::move(parcel), at);
}

void Network::put(Parcel parcel, Instant at) {
  std::size_t place = parcels_.size();
  if (free_.empty()) {
    parcels_.push_back(std::move(parcel));
  } else {
    place = free_.back();
    free_.pop_back();
    parcels_[place] = std::move(parcel);
  }
  events_.push({at, order_++, place});
}

void Network::run(Duration span) {
  const Instant end = now_ + span;
  for (;;) {
    Instant due = never;
    Host* whose = nullptr;
    for (const auto* side : {&left_, &right_}) {
      for (Host* host : *side) {
        if (host->deadline() >= due) continue;
        due = host->deadline();
        whose = host;
      }
    }
    const Instant arrival = events_.empty() ? never : events_.top().at;
    const Instant next = std::max(std::min(due, arrival), now_);
    if (next > end) break;
    now_ = next;
    if (due < arrival) {
      whose->on_deadline(now_);
      continue;
    }
    const std::size_t place = events_.top().place;
    events_.pop();
    Parcel parcel = std::move(parcels_[place]);
    free_.push_back(place);
    if (Host* host = find(parcel.to)) host->on_parcel(parcel, now_);
  }
  now_ = end;
}

}  // namespace seed::sim

#include "core/dht/upkeep.h"

#include <algorithm>
#include <utility>

namespace seed::dht {

void Upkeep::set_routers(std::vector<Endpoint> routers, Instant now) {
  routers.resize(std::min(routers.size(), routers_max));
  routers_ = std::move(routers);
  if (phase_ != Phase::beginning) begin(now);
}

bool Upkeep::is_router(const Endpoint& endpoint) const {
  return std::ranges::find(routers_, endpoint) != routers_.end();
}

void Upkeep::on_first_node(Instant now) {
  if (phase_ != Phase::beginning) begin(now);
}

void Upkeep::hear_of(const Endpoint& endpoint) {
  if (heard_.size() < heard_max && std::ranges::find(heard_, endpoint) == heard_.end())
    heard_.push_back(endpoint);
}

std::optional<Endpoint> Upkeep::next_ping(RoutingTable& table, Instant now) {
  const bool enough = table.size() >= nodes_enough;
  if (enough && now < ping_at_) return std::nullopt;
  std::optional<Endpoint> out;
  if (!enough && !heard_.empty()) out = heard_.take_front();
  if (!out)
    if (const auto due = table.next_to_ping(now)) out = due->endpoint;
  if (!out && !heard_.empty()) out = heard_.take_front();
  if (out) ping_at_ = now + ping_gap;
  return out;
}

std::optional<NodeSearch> Upkeep::next_search(RoutingTable& table, Instant now) {
  if (phase_ != Phase::idle) return std::nullopt;
  const bool begins = begin_at_ <= now;
  if (begins) begin_at_ = never;
  if (begins && (table.size() > 0 || !routers_.empty())) {
    phase_ = Phase::beginning;
    return NodeSearch{table.own(), true};
  }
  if (table.size() == 0) return std::nullopt;
  if (fills_left_ > 0) {
    phase_ = Phase::filling;
    return NodeSearch{random_id_sharing(table.own(), --fills_left_, rng_), false};
  }
  const auto stale = table.refresh_due(now);
  if (!stale) return std::nullopt;
  phase_ = Phase::refreshing;
  return NodeSearch{*stale, false};
}

void Upkeep::on_search_done(const RoutingTable& table, std::size_t answered, Instant now) {
  if (std::exchange(phase_, Phase::idle) != Phase::beginning) return;
  if (answered > 0 && !std::exchange(begun_, true)) fills_left_ = fills;
  if (table.size() >= nodes_enough) {
    begin_again_ = begin_again_min;
    return;
  }
  // An order to begin that came meanwhile counts still.
  begin_at_ = std::min(begin_at_, now + rng_.between(begin_again_ / 2, begin_again_));
  begin_again_ = std::min(2 * begin_again_, begin_again_max);
}

bool Upkeep::ready(const RoutingTable& table, Instant now) const {
  const auto good = table.counts(now).good;
  return good >= nodes_to_search || (good > 0 && begun_);
}

void Upkeep::on_tick(const RoutingTable& table, Instant now) {
  tick_at_ = now + tick;
  if (phase_ != Phase::idle || begin_at_ != never || table.counts(now).good > 0) return;
  begun_ = false;
  begin(now);
}

Instant Upkeep::deadline() const {
  return phase_ == Phase::idle ? std::min(tick_at_, begin_at_) : tick_at_;
}

}  // namespace seed::dht

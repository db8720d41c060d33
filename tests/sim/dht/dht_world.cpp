#include "tests/sim/dht/dht_world.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "core/base/check.h"

namespace seed::sim {

using namespace dht;

namespace {

constexpr Duration act_every = 10s;
/// Nodes of other clients know the routers, and their lines are good.
constexpr Duration delay_min = 10ms;
constexpr Duration delay_max = 150ms;
constexpr Duration jitter_max = 20ms;

/// A question, as our writer and the scripts of Hostile end it.
bool is_query(Bytes datagram) {
  constexpr std::string_view end = "1:y1:qe";
  return datagram.size() >= end.size() && equal(datagram.last(end.size()), as_bytes(end));
}

Duration exponential(Duration mean, Rng& dice) {
  const double factor = -std::log(1 - dice.unit());
  return std::chrono::duration_cast<Duration>(mean * factor);
}

}  // namespace

DhtWorld::DhtWorld(const Plan& plan) : plan_(plan), dice_(plan.seed) {
  flooded_ = new_endpoint();
  for (std::size_t i = 0; i < routers; ++i) add(Role::router);
  for (std::size_t i = routers; i < plan_.nodes; ++i) {
    run_for(plan_.joining / static_cast<Duration::rep>(plan_.nodes));
    add(Role::any);
  }
}

void DhtWorld::run_for(Duration span) {
  const Instant end = now_ + span;
  while (!queue_.empty() && queue_.front().at <= end) {
    std::pop_heap(queue_.begin(), queue_.end());
    const Event event = queue_.back();
    queue_.pop_back();
    now_ = std::max(now_, event.at);
    happen(event);
  }
  now_ = end;
}

std::size_t DhtWorld::any_node() {
  for (;;) {
    const auto row = static_cast<std::size_t>(dice_.below(members_.size()));
    const Member& one = members_[row];
    if (one.node && row >= routers && now_ - one.born >= 5min) return row;
  }
}

DhtWorld::Ticket DhtWorld::search(std::size_t row, PeerSearch goal) {
  const Ticket ticket = outcomes_.size();
  outcomes_.emplace_back();
  members_[row].tickets.emplace(ticket, ticket);
  SEED_CHECK(members_[row].node->search({ticket}, std::move(goal), false, now_));
  drain(row);
  return ticket;
}

DhtWorld::Traffic DhtWorld::traffic(Duration age_min) const {
  Traffic out;
  std::vector<double> datagrams;
  std::vector<double> octets;
  for (const Member& one : members_) {
    if (!one.node || now_ - one.counted_from < age_min) continue;
    const double span = seconds_of(now_ - one.counted_from);
    datagrams.push_back(static_cast<double>(one.datagrams) / span);
    octets.push_back(static_cast<double>(one.octets) / span);
    out.mean.datagrams += datagrams.back();
    out.mean.octets += octets.back();
  }
  if (datagrams.empty()) return out;
  const auto p99 = [](std::vector<double>& all) {
    std::ranges::sort(all);
    return all[all.size() * 99 / 100];
  };
  out.mean.datagrams /= static_cast<double>(datagrams.size());
  out.mean.octets /= static_cast<double>(octets.size());
  out.p99 = {p99(datagrams), p99(octets)};
  return out;
}

void DhtWorld::clear_traffic() {
  for (Member& one : members_) {
    one.counted_from = now_;
    one.datagrams = one.octets = 0;
  }
}

Endpoint DhtWorld::new_endpoint() {
  for (;;) {
    Endpoint out;
    out.port = static_cast<std::uint16_t>(1024 + dice_.below(60'000));
    if (plan_.family == Family::v4) {
      out.address = IpAddress::v4(static_cast<std::uint32_t>(dice_.below(1ULL << 32)));
    } else {
      std::array<std::uint8_t, 16> octets{};
      dice_.fill(octets);
      octets[0] = 0x20;
      out.address = *IpAddress::from_octets(octets);
    }
    const auto first = out.address.octets()[0];
    const bool usual = plan_.family == Family::v6 || (first != 0 && first != 127 && first < 224);
    if (usual && !out.address.is_private() && !by_endpoint_.contains(out)) return out;
  }
}

void DhtWorld::add(Role role) {
  const std::size_t row = members_.size();
  Member member;
  member.at = new_endpoint();
  member.born = member.counted_from = now_;
  const double lot = dice_.unit();
  by_endpoint_[member.at] = row;
  if (role == Role::any && lot < plan_.hostile) {
    const auto kind = static_cast<Hostile::Kind>(dice_.below(Hostile::kinds));
    member.hostile = std::make_unique<Hostile>(kind, member.at, dice_.fork());
    hostile_at_[{member.at.address, 0}] = row;
    members_.push_back(std::move(member));
    schedule(now_ + dice_.between(1s, act_every), What::act, row);
    return;
  }
  Node::Options options;
  // BEP 42: a node learns its address sooner or later; here it knows it.
  options.id = make_secure_id(member.at.address, dice_);
  dice_.fill(options.token_secret);
  member.silent = role != Role::router && dice_.unit() < plan_.silent;
  member.stays = role == Role::router;
  member.node = std::make_unique<Node>(plan_.family, options, dice_.fork(), now_);
  if (role == Role::router)
    router_endpoints_.push_back(member.at);
  else
    schedule(now_ + exponential(plan_.lifetime, dice_), What::leave, row);
  if (!member.silent) reachable_.push_back(member.at);
  members_.push_back(std::move(member));
  members_[row].node->bootstrap(router_endpoints_, now_);
  drain(row);
}

void DhtWorld::schedule(Instant at, What what, std::size_t row) {
  queue_.push_back({at, ++sequence_, what, row});
  std::push_heap(queue_.begin(), queue_.end());
}

void DhtWorld::happen(const Event& event) {
  Member* member = event.what == What::arrive ? nullptr : &members_[event.row];
  switch (event.what) {
    case What::arrive:
      return arrive(event.row);
    case What::leave:
      return leave(event.row);
    case What::wake:
      if (!member->node || member->wake_at != event.at) return;
      member->wake_at = never;
      member->node->on_deadline(now_);
      return drain(event.row);
    case What::act:
      if (!prey_.empty()) act(event.row, member->hostile->act(victims()));
      return schedule(now_ + act_every, What::act, event.row);
  }
}

void DhtWorld::arrive(std::size_t row) {
  const Packet packet = std::move(packets_[row]);
  packets_free_.push_back(row);
  auto found = by_endpoint_.find(packet.to);
  if (found == by_endpoint_.end()) {
    found = hostile_at_.find({packet.to.address, 0});
    if (found == hostile_at_.end()) return;
  }
  const std::size_t to = found->second;
  Member& member = members_[to];
  if (member.silent && is_query(packet.octets)) return;
  digest_.note("datagram", now_, to);
  digest_.add(Bytes(packet.octets));
  if (member.hostile) {
    if (!prey_.empty()) act(to, member.hostile->on_datagram(packet.octets, packet.from, victims()));
    return;
  }
  ++member.datagrams;
  member.octets += packet.octets.size();
  member.node->on_datagram(packet.octets, packet.from, now_);
  drain(to);
}

void DhtWorld::leave(std::size_t row) {
  Member& member = members_[row];
  if (member.stays) return;
  digest_.note("leave", now_, row);
  by_endpoint_.erase(member.at);
  std::erase(reachable_, member.at);
  member.node.reset();
  add(Role::honest);
}

void DhtWorld::post(const Endpoint& from, const Endpoint& to, Buffer octets, Member* sender) {
  if (sender != nullptr) {
    ++sender->datagrams;
    sender->octets += octets.size();
  }
  if (to == flooded_) flood_.sent_octets += octets.size();
  if (from == flooded_) flood_.asked_octets += octets.size();
  if (dice_.unit() < plan_.loss) return;
  // The same way takes about the same time.
  Rng way(EndpointHash{}(from) ^ EndpointHash{}(to));
  const Duration delay = way.between(delay_min, delay_max) + dice_.between(Duration{}, jitter_max);
  std::size_t row = packets_.size();
  if (packets_free_.empty()) {
    packets_.emplace_back();
  } else {
    row = packets_free_.back();
    packets_free_.pop_back();
  }
  packets_[row] = {from, to, std::move(octets)};
  schedule(now_ + delay, What::arrive, row);
}

void DhtWorld::drain(std::size_t row) {
  Member& member = members_[row];
  while (auto event = member.node->next_event()) {
    if (auto* send = std::get_if<Send>(&*event)) {
      post(member.at, send->to, std::move(send->datagram), &member);
    } else if (const auto* found = std::get_if<PeersFound>(&*event)) {
      auto& peers = outcomes_[member.tickets.at(found->search.value)].peers;
      peers.insert(peers.end(), found->peers.begin(), found->peers.end());
    } else if (auto* done = std::get_if<SearchDone>(&*event)) {
      auto& outcome = outcomes_[member.tickets.at(done->search.value)];
      outcome.done = true;
      outcome.end = std::move(*done);
    }
  }
  const Instant due = std::max(member.node->deadline(), now_);
  if (due >= member.wake_at) return;
  member.wake_at = due;
  schedule(due, What::wake, row);
}

void DhtWorld::act(std::size_t row, std::vector<Hostile::Datagram> datagrams) {
  digest_.note("act", now_, row);
  for (auto& one : datagrams) post(one.from, one.to, std::move(one.octets), nullptr);
}

Hostile::Victims DhtWorld::victims() const { return {reachable_, prey_, flooded_}; }

}  // namespace seed::sim

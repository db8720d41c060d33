// A network of nodes back to back in virtual time: datagrams take some time, are lost by dice, and
// go nowhere when nobody is there or who is there is silent.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <queue>
#include <set>
#include <vector>

#include "core/dht/krpc_reader.h"
#include "core/dht/krpc_writer.h"
#include "core/dht/node.h"
#include "tests/support/catch.h"

namespace seed::dht::test {

inline Endpoint endpoint_of(std::size_t row) {
  // Spread over the world, each another holder.
  const auto n = static_cast<std::uint32_t>(row);
  return {IpAddress::v4(0x05000001U + (n % 100) * 0x01010000U + n), 6881};
}

inline Endpoint endpoint6_of(std::size_t row) {
  auto octets = *from_hex("20010db8000000000000000000000001");
  octets[6] = static_cast<std::uint8_t>(row >> 8);
  octets[7] = static_cast<std::uint8_t>(row);
  return {*IpAddress::from_octets(octets), 6881};
}

inline Sha1 hash_of(std::string_view text) { return sha1(as_bytes(text)); }

class Network {
 public:
  struct Member {
    Endpoint at;
    std::unique_ptr<Node> node;
    std::vector<NodeEvent> events;  ///< all but Send
    bool silent = false;            ///< its datagrams are not delivered to it any more
    const Member* sibling = nullptr;
  };

  explicit Network(std::uint64_t seed = 1) : dice(seed) {}

  Member& add(const Endpoint& at, Node::Options options = {}) {
    if (!options.id) options.id = make_secure_id(at.address, dice);
    dice.fill(options.token_secret);
    auto member = std::make_unique<Member>();
    member->at = at;
    member->node = std::make_unique<Node>(family_of(at.address), options, dice.fork(), now);
    by_endpoint_[at] = member.get();
    members.push_back(std::move(member));
    return *members.back();
  }
  /// `count` nodes that all begin with the first.
  void grow(std::size_t count, const Node::Options& options = {}) {
    for (std::size_t i = 0; i < count; ++i) {
      Member& member = add(endpoint_of(members.size()), options);
      if (members.size() > 1) bootstrap(member);
      run_for(200ms);
    }
  }
  void bootstrap(Member& member) {
    const Endpoint first = members.front()->at;
    member.node->bootstrap(std::span(&first, 1), now);
    drain(member);
  }
  Member& operator[](std::size_t row) { return *members[row]; }

  void search(Member& member, std::uint64_t id, SearchGoal goal, bool urgent = false) {
    REQUIRE(member.node->search({id}, std::move(goal), urgent, now));
    drain(member);
  }
  /// A datagram that is no node's.
  void inject(Member& to, const Buffer& datagram, const Endpoint& from) {
    to.node->on_datagram(datagram, from, now, table_of(to.sibling));
    drain(to);
  }

  void run_for(Duration span) {
    const Instant end = now + span;
    while (step(end)) {
    }
    now = end;
  }
  /// Until the search is done; how it ended.
  SearchDone finish(Member& member, std::uint64_t id, Duration patience = 10min) {
    const Instant end = now + patience;
    for (;;) {
      for (const auto& event : member.events)
        if (const auto* done = std::get_if<SearchDone>(&event))
          if (done->search == SearchId{id}) return *done;
      REQUIRE(step(end));
    }
  }
  std::set<Endpoint> peers_found(const Member& member, std::uint64_t id) const {
    std::set<Endpoint> out;
    for (const auto& event : member.events)
      if (const auto* found = std::get_if<PeersFound>(&event))
        if (found->search == SearchId{id}) out.insert(found->peers.begin(), found->peers.end());
    return out;
  }
  template <typename Event>
  std::vector<Event> events(const Member& member) const {
    std::vector<Event> out;
    for (const auto& event : member.events)
      if (const auto* one = std::get_if<Event>(&event)) out.push_back(*one);
    return out;
  }
  void drain(Member& member) {
    while (auto event = member.node->next_event()) {
      auto* sent = std::get_if<Send>(&*event);
      if (sent == nullptr) {
        member.events.push_back(std::move(*event));
        continue;
      }
      longest = std::max(longest, sent->datagram.size());
      if (watched == &member) sent_by_watched.emplace_back(now, *sent);
      if (dice.unit() < loss) continue;
      under_way_.push({now + dice.between(20ms, 150ms), ++sequence_, member.at, std::move(*sent)});
    }
  }

  Rng dice;
  Instant now = Instant{} + 1000s;
  std::vector<std::unique_ptr<Member>> members;
  double loss = 0;
  std::size_t longest = 0;  ///< octets of any datagram
  const Member* watched = nullptr;
  std::vector<std::pair<Instant, Send>> sent_by_watched;

 private:
  struct Packet {
    Instant at;
    std::uint64_t sequence;
    Endpoint from;
    Send send;
    bool operator<(const Packet& other) const {
      return std::pair(at, sequence) > std::pair(other.at, other.sequence);
    }
  };

  static const RoutingTable* table_of(const Member* sibling) {
    return sibling == nullptr ? nullptr : &sibling->node->table();
  }

  /// The next thing that happens until `end`; false when there is none.
  bool step(Instant end) {
    Member* due = nullptr;
    Instant first = under_way_.empty() ? never : under_way_.top().at;
    for (const auto& member : members) {
      const Instant deadline = member->node->deadline();
      if (deadline >= first) continue;
      first = deadline;
      due = member.get();
    }
    if (first > end) return false;
    // Whoever is due again and again without time passing would hang its driver.
    turns_ = first > now ? 0 : turns_ + 1;
    REQUIRE(turns_ < 100'000);
    now = std::max(now, first);
    if (due != nullptr) {
      due->node->on_deadline(now);
      drain(*due);
      return true;
    }
    const Packet packet = under_way_.top();
    under_way_.pop();
    const auto found = by_endpoint_.find(packet.send.to);
    if (found != by_endpoint_.end() && !found->second->silent)
      inject(*found->second, packet.send.datagram, packet.from);
    return true;
  }

  std::map<Endpoint, Member*> by_endpoint_;
  std::priority_queue<Packet> under_way_;
  std::uint64_t sequence_ = 0;
  int turns_ = 0;
};

}  // namespace seed::dht::test

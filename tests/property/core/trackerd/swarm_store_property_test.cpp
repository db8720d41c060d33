// Any order of announces, stops and waits, within small bounds, against a model that knows each
// peer: who is refused, who is there, who is told, and that no bound is ever passed.
#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "core/trackerd/swarm_store.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::trackerd;

namespace {

constexpr Duration timeout = 45min;
constexpr std::uint32_t torrents = 5;
const std::vector<std::string> addresses{
    "192.0.2.1",   "192.0.2.2",   "198.51.100.1",    "10.0.0.1", "10.0.0.2",
    "2001:db8::1", "2001:db8::2", "2001:db8:0:1::1", "fd00::1",  "fd00::2"};

struct Known {
  bool seed = false;
  bool completed = false;
  Instant at{};
};
using Peers = std::map<Endpoint, Known>;
struct Swarm {
  Peers peers;
  std::uint32_t downloads = 0;
};

PeerId id_of(const Endpoint& endpoint) {
  PeerId out;
  std::ranges::copy(endpoint.address.octets(), out.octets.begin());
  out.octets[16] = static_cast<std::uint8_t>(endpoint.port);
  out.octets[17] = 1;
  return out;
}

Sha1 torrent(std::uint32_t number) {
  Sha1 out;
  store_u32(out.octets, number);
  return out;
}

std::set<Endpoint> endpoints_in(const Told& told) {
  std::set<Endpoint> out;
  for (Bytes rest = told.peers4; !rest.empty(); rest = rest.subspan(6))
    CHECK(out.insert(*from_compact(rest.first(6))).second);
  for (Bytes rest = told.peers6; !rest.empty(); rest = rest.subspan(18))
    CHECK(out.insert(*from_compact(rest.first(18))).second);
  return out;
}

class Bench {
 public:
  explicit Bench(std::uint64_t seed) : rng_(seed), store_({1}, rng_.fork(), bounds_of(rng_)) {
    store_.set_timeout(timeout);
  }
  void run() {
    for (int step = 0; step < 1500; ++step) {
      // A tick, so that no two peers are of one age.
      pass(PeerList::tick);
      if (rng_.below(40) == 0) {
        const auto waited = rng_.between(1min, 30min);
        pass(waited - waited % PeerList::tick);
      }
      announce(drawn());
      check_totals();
    }
    pass(timeout + 3min);
    CHECK(store_.totals().peers == std::array<std::size_t, 2>{0, 0});
    CHECK(store_.totals().swarms == 0);
    CHECK(store_.deadline() == never);
  }

 private:
  SwarmStore::Bounds bounds_of(Rng& rng) {
    const auto some = [&](std::size_t most) {
      return 1 + static_cast<std::size_t>(rng.below(most));
    };
    bounds_.peers_max = some(60);
    bounds_.swarms_max = some(torrents);
    bounds_.peers_per_swarm_max = some(15);
    bounds_.peers_per_source_max = some(20);
    bounds_.peers_per_source_in_swarm_max = some(5);
    bounds_.peers_per_private_source_in_swarm_max = some(6);
    return bounds_;
  }

  Announce drawn() {
    Announce out;
    out.info_hash = torrent(static_cast<std::uint32_t>(rng_.below(torrents)));
    const auto& address = addresses[static_cast<std::size_t>(rng_.below(addresses.size()))];
    out.peer = {*IpAddress::parse(address), static_cast<std::uint16_t>(1 + rng_.below(6))};
    out.peer_id = id_of(out.peer);
    out.event = static_cast<Event>(rng_.below(8) == 0 ? 3 : rng_.below(3));
    out.seed = rng_.below(3) == 0;
    return out;
  }

  void announce(const Announce& one) {
    SwarmStore::Wanted wanted;
    wanted.peers = static_cast<std::size_t>(rng_.below(12));
    wanted.both_families = rng_.below(2) == 0;
    wanted.nearest_first = rng_.below(2) == 0;
    Swarm& swarm = model_[one.info_hash];
    const auto expected = refusal_of(one);
    const Peers before = swarm.peers;
    const auto answer = store_.announce(one, wanted, now_, told_);
    REQUIRE(answer.has_value() == !expected.has_value());
    if (expected) {
      CHECK(answer.error() == *expected);
      CHECK(told_.peers4.empty());
    } else {
      apply(one, swarm, before);
      check_told(one, swarm.peers, wanted);
    }
    if (swarm.peers.empty()) model_.erase(one.info_hash);
  }

  static bool same_source(const Endpoint& one, const Endpoint& other) {
    return same_holder(one.address, other.address);
  }
  static bool same_family(const Endpoint& one, const Endpoint& other) {
    return one.address.is_v4() == other.address.is_v4();
  }
  std::size_t in_swarm_max(const Endpoint& peer) const {
    return peer.address.is_private() ? bounds_.peers_per_private_source_in_swarm_max
                                     : bounds_.peers_per_source_in_swarm_max;
  }
  template <typename Is>
  static std::size_t count(const Peers& peers, Is is) {
    return static_cast<std::size_t>(
        std::ranges::count_if(peers, [&](const auto& one) { return is(one.first); }));
  }

  std::optional<Refusal> refusal_of(const Announce& one) {
    const Peers& peers = model_[one.info_hash].peers;
    if (one.event == Event::stopped || peers.contains(one.peer)) return std::nullopt;
    const auto mine = [&](const Endpoint& other) { return same_source(other, one.peer); };
    if (count(peers, mine) >= in_swarm_max(one.peer)) return std::nullopt;
    std::size_t all = 0, of_source = 0, swarms = 0;
    for (const auto& [hash, swarm] : model_) {
      all += swarm.peers.size();
      of_source += count(swarm.peers, mine);
      if (!swarm.peers.empty()) ++swarms;
    }
    if (of_source >= bounds_.peers_per_source_max) return Refusal::source_full;
    const auto family =
        count(peers, [&](const Endpoint& other) { return same_family(other, one.peer); });
    if (family >= bounds_.peers_per_swarm_max) return std::nullopt;
    if (peers.empty() && swarms >= bounds_.swarms_max) return Refusal::swarms_full;
    return all >= bounds_.peers_max ? std::optional(Refusal::peers_full) : std::nullopt;
  }

  /// What has become of the swarm, as its counts and a probe tell.
  void apply(const Announce& one, Swarm& swarm, const Peers& before) {
    if (one.event == Event::stopped) {
      swarm.peers.erase(one.peer);
    } else {
      const auto mine = [&](const Endpoint& other) { return same_source(other, one.peer); };
      const bool there = before.contains(one.peer);
      if (!there && count(before, mine) >= in_swarm_max(one.peer)) drop_oldest(swarm, mine);
      if (swarm.peers.empty()) swarm.downloads = 0;
      Known& known = swarm.peers[one.peer];
      known.seed = one.seed;
      known.at = now_;
      if (one.event == Event::completed && one.seed && !std::exchange(known.completed, true))
        ++swarm.downloads;
    }
    const std::set<Endpoint> found = probed(one.info_hash);
    for (const Endpoint& endpoint : found) REQUIRE(swarm.peers.contains(endpoint));
    // At most one gave way by dice, for the newcomer and of its family.
    REQUIRE(swarm.peers.size() - found.size() <= (before.contains(one.peer) ? 0u : 1u));
    std::erase_if(swarm.peers, [&](const auto& peer) {
      if (found.contains(peer.first)) return false;
      REQUIRE(one.event != Event::stopped);
      REQUIRE(peer.first != one.peer);
      REQUIRE(same_family(peer.first, one.peer));
      const auto others =
          count(before, [&](const Endpoint& e) { return same_family(e, one.peer); });
      REQUIRE(others >= bounds_.peers_per_swarm_max);
      return true;
    });
    // With its last peer a swarm goes, and what it counted.
    if (before.size() == 1 && found.size() == 1 && !before.contains(one.peer) &&
        found.contains(one.peer))
      swarm.downloads = swarm.peers.at(one.peer).completed ? 1 : 0;
    const auto seeds = static_cast<std::uint32_t>(
        std::ranges::count_if(swarm.peers, [](const auto& peer) { return peer.second.seed; }));
    if (swarm.peers.empty()) swarm.downloads = 0;
    const SwarmCounts counts{seeds, static_cast<std::uint32_t>(swarm.peers.size()) - seeds,
                             swarm.downloads};
    REQUIRE(store_.counts(one.info_hash) == counts);
    REQUIRE(told_.counts == counts);
  }

  template <typename Is>
  static void drop_oldest(Swarm& swarm, Is is) {
    auto oldest = swarm.peers.end();
    for (auto at = swarm.peers.begin(); at != swarm.peers.end(); ++at)
      if (is(at->first) && (oldest == swarm.peers.end() || at->second.at < oldest->second.at))
        oldest = at;
    swarm.peers.erase(oldest);
  }

  /// All that are in a swarm: one from nowhere asks for all and goes, while there are no bounds.
  std::set<Endpoint> probed(const Sha1& info_hash) {
    if (store_.counts(info_hash) == SwarmCounts{}) return {};
    store_.set_bounds({});
    Announce probe{info_hash, {}, *Endpoint::parse("127.0.0.1:9"), Event::none, false};
    SwarmStore::Wanted wanted;
    wanted.peers = 1000;
    wanted.both_families = true;
    Told told;
    REQUIRE(store_.announce(probe, wanted, now_, told));
    const auto out = endpoints_in(told);
    probe.event = Event::stopped;
    REQUIRE(store_.announce(probe, wanted, now_, told));
    store_.set_bounds(bounds_);
    return out;
  }

  void check_told(const Announce& one, const Peers& peers, const SwarmStore::Wanted& wanted) {
    const auto told = endpoints_in(told_);
    if (one.event == Event::stopped) {
      CHECK(told.empty());
      return;
    }
    std::size_t own = 0, all = 0;
    for (const auto& [endpoint, known] : peers) {
      const bool tellable = endpoint != one.peer && !(one.seed && known.seed) &&
                            (one.peer.address.is_private() || !endpoint.address.is_private());
      if (told.contains(endpoint)) REQUIRE(tellable);
      if (!tellable) continue;
      if (same_family(endpoint, one.peer)) ++own;
      ++all;
    }
    for (const Endpoint& endpoint : told) REQUIRE(peers.contains(endpoint));
    const auto available = wanted.both_families ? all : own;
    REQUIRE(told.size() == std::min(wanted.peers, available));
  }

  /// Who must have been dropped is gone, and who must not is there.
  void pass(Duration span) {
    const Instant until = now_ + span;
    while (store_.deadline() <= until) store_.on_deadline(store_.deadline());
    now_ = until;
    for (auto at = model_.begin(); at != model_.end();) {
      Peers& peers = at->second.peers;
      const auto found = probed(at->first);
      std::erase_if(peers, [&](const auto& peer) {
        if (now_ - peer.second.at < timeout) REQUIRE(found.contains(peer.first));
        if (now_ - peer.second.at > timeout + 2 * SwarmStore::sweep_time)
          REQUIRE(!found.contains(peer.first));
        return !found.contains(peer.first);
      });
      REQUIRE(found.size() == peers.size());
      at = peers.empty() ? model_.erase(at) : std::next(at);
    }
  }

  void check_totals() {
    std::array<std::size_t, 2> peers{}, seeds{};
    for (const auto& [hash, swarm] : model_) {
      for (const auto& [endpoint, known] : swarm.peers) {
        ++peers[endpoint.address.is_v4() ? 0 : 1];
        if (known.seed) ++seeds[endpoint.address.is_v4() ? 0 : 1];
      }
    }
    const auto totals = store_.totals();
    REQUIRE(totals.peers == peers);
    REQUIRE(totals.seeds == seeds);
    REQUIRE(totals.swarms == model_.size());
    REQUIRE(peers[0] + peers[1] <= bounds_.peers_max);
    REQUIRE(totals.swarms <= bounds_.swarms_max);
  }

  Rng rng_;
  SwarmStore::Bounds bounds_;
  SwarmStore store_;
  std::map<Sha1, Swarm> model_;
  Told told_;
  Instant now_ = Instant{} + 1000h;
};

}  // namespace

TEST_CASE("a store of swarms does as a plain list of all peers would") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    INFO("seed " << seed);
    Bench(seed).run();
  }
}

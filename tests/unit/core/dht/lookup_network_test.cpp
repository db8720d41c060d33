// Lookups in a network of nodes that know each other, of which many are dead and some lie.
#include <algorithm>
#include <cmath>
#include <map>

#include "core/dht/lookup.h"
#include "core/dht/routing_table.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::dht;

namespace {

const Instant start{1000s};

/// What a hostile node answers instead of what it knows.
enum class Malice { none, dead_at_target, dead_near, false_ids, false_ports, becomes_target };

struct Outcome {
  bool right = false;
  Lookup::Statistics statistics;
};

/// A network of nodes that know each other truthfully, some of which are silent, some hostile.
class Network {
 public:
  static constexpr std::uint32_t size = 500;

  Network(std::uint64_t seed, Malice malice) : rng_(seed), malice_(malice) {
    for (std::uint32_t n = 0; n < size; ++n) {
      Member member{.contact = {random_id(rng_), address(n)}, .table = {{}, rng_.fork()}};
      member.silent = n % 3 == 0;
      member.hostile = malice != Malice::none && !member.silent && n % 10 == 1;
      member.table.set_own(member.contact.id, start);
      by_endpoint_[member.contact.endpoint] = n;
      members_.push_back(std::move(member));
    }
    std::vector<std::uint32_t> order(size);
    for (std::uint32_t n = 0; n < size; ++n) order[n] = n;
    for (Member& member : members_) {
      rng_.shuffle(order);
      for (const std::uint32_t n : order) member.table.on_answer(members_[n].contact, start);
    }
  }

  Outcome run() {
    const NodeId wanted = random_id(rng_);
    Lookup lookup(wanted);
    // We know eight of them, by chance.
    std::vector<NodeContact> known;
    while (known.size() < 8) {
      const Member& one = members_[static_cast<std::size_t>(rng_.below(size))];
      if (!one.silent && !one.hostile) known.push_back(one.contact);
    }
    lookup.start(known);
    drive(lookup);
    Outcome out{lookup.done(), lookup.statistics()};
    auto found = lookup.closest();
    std::ranges::sort(found);
    auto right = truth(wanted);
    std::ranges::sort(right);
    out.right = out.right && found == right;
    return out;
  }

 private:
  struct Member {
    NodeContact contact;
    bool silent = false;
    bool hostile = false;
    RoutingTable table;
  };
  enum class What { answer, slow, failure };
  struct Event {
    What what;
    NodeContact from;
    std::optional<NodeId> aside{};
  };

  static Endpoint address(std::uint32_t n) {
    return {IpAddress::v4(0x50000000 + n * 0x10001), 6881};
  }

  void drive(Lookup& lookup) {
    std::multimap<Instant, Event> events;
    Instant now = start;
    for (;;) {
      while (const auto next = lookup.next_to_ask(now))
        ask(events, {What::answer, *next, std::nullopt}, now);
      while (const auto next = lookup.next_aside())
        ask(events, {What::answer, next->to, next->point}, now);
      if (lookup.done() || events.empty()) return;
      now = events.begin()->first;
      const Event event = events.begin()->second;
      events.erase(events.begin());
      tell(lookup, event, now);
    }
  }

  void ask(std::multimap<Instant, Event>& events, Event event, Instant now) {
    const auto found = by_endpoint_.find(event.from.endpoint);
    if (found != by_endpoint_.end() && !members_[found->second].silent) {
      event.from = members_[found->second].contact;
      events.emplace(now + rng_.between(20ms, 400ms), event);
      return;
    }
    event.what = What::slow;
    events.emplace(now + 1s, event);
    event.what = What::failure;
    events.emplace(now + 4s, event);
  }

  void tell(Lookup& lookup, const Event& event, Instant now) {
    const Endpoint& from = event.from.endpoint;
    switch (event.what) {
      case What::answer:
        return reply(lookup, event, now);
      case What::slow:
        return event.aside ? lookup.on_aside_slow(from) : lookup.on_slow(from);
      case What::failure:
        return event.aside ? lookup.on_aside_failure(from) : lookup.on_failure(from);
    }
  }

  void reply(Lookup& lookup, const Event& event, Instant now) {
    const Member& member = members_[by_endpoint_.at(event.from.endpoint)];
    const NodeId wanted = event.aside.value_or(lookup.target());
    auto named = member.table.closest(wanted, 8, now);
    NodeContact sender = member.contact;
    if (member.hostile) lie(wanted, sender, named);
    if (event.aside) return lookup.on_aside(sender, named);
    lookup.on_answer(sender, named, as_bytes("token"), now);
  }

  void lie(const NodeId& wanted, NodeContact& sender, std::vector<NodeContact>& named) {
    if (malice_ == Malice::becomes_target) sender.id = random_id_sharing(wanted, 24, rng_);
    for (int i = 0; i < 16; ++i) {
      const auto someone = static_cast<std::uint32_t>(rng_.below(size));
      const Endpoint nobody{
          IpAddress::v4(static_cast<std::uint32_t>(0x20000000 + rng_.below(1 << 28))), 6881};
      switch (malice_) {
        case Malice::dead_at_target:
          add(named, i, {random_id_sharing(wanted, 150, rng_), nobody});
          break;
        case Malice::dead_near:
          add(named, i, {random_id_sharing(wanted, 18, rng_), nobody});
          break;
        case Malice::false_ids:
          add(named, i, {random_id_sharing(wanted, 18, rng_), members_[someone].contact.endpoint});
          break;
        case Malice::false_ports:
          if (i < 8)
            named[static_cast<std::size_t>(i) % named.size()].endpoint.port =
                static_cast<std::uint16_t>(1 + i);
          break;
        default:
          add(named, i, {random_id_sharing(wanted, 140, rng_), members_[someone].contact.endpoint});
          break;
      }
    }
  }
  static void add(std::vector<NodeContact>& named, int i, const NodeContact& contact) {
    if (i == 0) named.clear();
    named.push_back(contact);
  }

  std::vector<NodeContact> truth(const NodeId& wanted) const {
    std::vector<NodeContact> all;
    for (const Member& member : members_) {
      // Who takes an id for the target has no place of its own.
      const bool chosen = member.hostile && malice_ == Malice::becomes_target;
      if (!member.silent && !chosen) all.push_back(member.contact);
    }
    std::ranges::sort(all, {}, [&](const NodeContact& one) { return distance(wanted, one.id); });
    all.resize(8);
    return all;
  }

  Rng rng_;
  Malice malice_;
  std::vector<Member> members_;
  std::map<Endpoint, std::uint32_t> by_endpoint_;
};

struct Sum {
  std::size_t runs = 0;
  std::size_t right = 0;
  double asked = 0;  ///< the mean
  double hops = 0;
  double seconds = 0;
  std::size_t asked_most = 0;
  std::size_t hops_most = 0;
};

Sum run_all(std::size_t networks, std::size_t lookups, Malice malice) {
  Sum out;
  for (std::uint64_t seed = 1; seed <= networks; ++seed) {
    Network network(seed, malice);
    for (std::size_t i = 0; i < lookups; ++i) {
      const Outcome outcome = network.run();
      ++out.runs;
      out.right += outcome.right ? 1 : 0;
      out.asked += static_cast<double>(outcome.statistics.asked + outcome.statistics.asides);
      out.hops += static_cast<double>(outcome.statistics.hops);
      out.seconds += seconds_of(outcome.statistics.took);
      out.asked_most = std::max(out.asked_most, outcome.statistics.asked);
      out.hops_most = std::max(out.hops_most, outcome.statistics.hops);
    }
  }
  const auto runs = static_cast<double>(out.runs);
  out.asked /= runs;
  out.hops /= runs;
  out.seconds /= runs;
  UNSCOPED_INFO("right " << out.right << " of " << out.runs << ", asked " << out.asked
                         << " (at most " << out.asked_most << "), hops " << out.hops << " (at most "
                         << out.hops_most << "), " << out.seconds << " s");
  return out;
}

}  // namespace

TEST_CASE("among 500 nodes of which a third is silent the true eight closest are found") {
  const Sum sum = run_all(20, 10, Malice::none);
  CHECK(sum.right * 100 >= sum.runs * 99);
  CHECK(sum.hops_most <= static_cast<std::size_t>(std::log2(Network::size)));
  CHECK(sum.asked < 40);
  CHECK(sum.seconds < 20);
}

TEST_CASE("they are found though a tenth lies") {
  const auto malice = GENERATE(Malice::dead_at_target, Malice::dead_near, Malice::false_ids,
                               Malice::false_ports, Malice::becomes_target);
  CAPTURE(static_cast<int>(malice));
  const Sum sum = run_all(20, 10, malice);
  // One of the eight may be missed: a store on seven of them is found as well.
  CHECK(sum.right * 100 >= sum.runs * 85);
  CHECK(sum.asked < 80);
}

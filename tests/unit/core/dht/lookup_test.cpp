#include "core/dht/lookup.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "core/dht/routing_table.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::dht;

namespace {

const Instant start{1000s};
const NodeId target{};
const Buffer no_token;

/// A node with that many leading bits in common with the target, to whose address its id does not
/// belong (BEP 42).
NodeContact node(int bits, std::uint32_t n) {
  Rng rng(n + 1);
  const Endpoint endpoint{IpAddress::v4(0x50000000 + n), 6881};
  NodeId id = random_id_sharing(target, bits, rng);
  while (is_secure_for(id, endpoint.address)) id = random_id_sharing(target, bits, rng);
  return {id, endpoint};
}
std::vector<NodeContact> nodes(int bits, std::uint32_t first, std::uint32_t count) {
  std::vector<NodeContact> out;
  for (std::uint32_t n = first; n < first + count; ++n) out.push_back(node(bits, n));
  return out;
}
/// All that it asks now.
std::vector<NodeContact> asks(Lookup& lookup) {
  std::vector<NodeContact> out;
  while (const auto next = lookup.next_to_ask(start)) out.push_back(*next);
  return out;
}
void answer(Lookup& lookup, const NodeContact& from, const std::vector<NodeContact>& named = {},
            std::string_view token = "") {
  lookup.on_answer(from, named, as_bytes(token), start);
}
Lookup started(const std::vector<NodeContact>& with, const Lookup::Options& options = {}) {
  Lookup lookup(target, options);
  lookup.start(with);
  return lookup;
}

}  // namespace

TEST_CASE("a lookup without nodes is done") {
  Lookup lookup(target);
  CHECK(lookup.done());
  CHECK_FALSE(lookup.next_to_ask(start));
  CHECK(lookup.closest().empty());
}

TEST_CASE("three are asked at a time, the closest first") {
  Lookup lookup = started({node(1, 1), node(3, 3), node(2, 2), node(0, 4)});
  CHECK(asks(lookup) == std::vector{node(3, 3), node(2, 2), node(1, 1)});
  CHECK_FALSE(lookup.done());
  answer(lookup, node(2, 2));
  CHECK(asks(lookup) == std::vector{node(0, 4)});
  for (const auto& one : {node(3, 3), node(1, 1), node(0, 4)}) answer(lookup, one);
  CHECK(lookup.done());
  CHECK(lookup.closest() == std::vector{node(3, 3), node(2, 2), node(1, 1), node(0, 4)});
  CHECK(lookup.closest(2) == std::vector{node(3, 3), node(2, 2)});
}

TEST_CASE("slow ones let others go, up to five at a time") {
  Lookup lookup = started(nodes(1, 0, 8));
  const auto first = asks(lookup);
  REQUIRE(first.size() == 3);
  lookup.on_slow(first[0].endpoint);
  lookup.on_slow(first[0].endpoint);
  CHECK(asks(lookup).size() == 1);
  lookup.on_slow(first[1].endpoint);
  CHECK(asks(lookup).size() == 1);
  lookup.on_slow(first[2].endpoint);
  CHECK(asks(lookup).empty());
  lookup.on_failure(first[0].endpoint);
  CHECK(asks(lookup).size() == 1);
  answer(lookup, first[1]);
  CHECK(asks(lookup).size() == 1);
  CHECK(lookup.statistics().slow == 3);
}

TEST_CASE("it is done when the eight closest have answered") {
  Lookup lookup = started(nodes(5, 0, 8));
  lookup.start(nodes(0, 100, 8));
  std::size_t asked = 0;
  while (!lookup.done()) {
    const auto next = lookup.next_to_ask(start);
    REQUIRE(next);
    ++asked;
    // Those further away are asked only in the stead of the two that fail.
    if (asked == 2 || asked == 5) {
      lookup.on_failure(next->endpoint);
    } else {
      answer(lookup, *next);
    }
  }
  CHECK(asked == 10);
  CHECK_FALSE(lookup.next_to_ask(start));
  CHECK(lookup.closest().size() == 8);
  CHECK(lookup.statistics().failed == 2);
}

TEST_CASE("an answer leads on, and a closer one that is still asked is waited for") {
  Lookup lookup = started(nodes(1, 0, 8));
  const auto first = asks(lookup);
  answer(lookup, first[0], nodes(6, 100, 8));
  // The two that were asked before are further away by now.
  for (std::uint32_t i = 0; i < 8; ++i) {
    const auto next = asks(lookup);
    REQUIRE(next.size() == 1);
    CHECK(common_prefix(target, next[0].id) == 6);
    CHECK_FALSE(lookup.done());
    answer(lookup, next[0]);
  }
  CHECK(lookup.done());
  CHECK(lookup.statistics().hops == 2);
  CHECK(lookup.statistics().asked == 11);
}

TEST_CASE("tokens are kept of those that gave one") {
  Lookup lookup = started({node(1, 1), node(2, 2), node(3, 3)});
  asks(lookup);
  answer(lookup, node(3, 3), {}, std::string(129, 't'));
  answer(lookup, node(1, 1), {}, "one");
  answer(lookup, node(2, 2), {}, "two");
  const auto found = lookup.closest_with_token();
  REQUIRE(found.size() == 2);
  CHECK(found[0] == Lookup::WithToken{node(2, 2), to_buffer("two")});
  CHECK(found[1] == Lookup::WithToken{node(1, 1), to_buffer("one")});
  CHECK(lookup.closest().size() == 3);
}

TEST_CASE("who was not asked, or has answered, is not listened to") {
  Lookup lookup = started({node(1, 1)});
  answer(lookup, node(1, 1), nodes(5, 100, 8));
  CHECK(lookup.closest().empty());
  asks(lookup);
  answer(lookup, node(1, 2), nodes(5, 100, 8));
  lookup.on_failure(node(1, 2).endpoint);
  answer(lookup, node(1, 1));
  answer(lookup, node(1, 1), nodes(5, 100, 8));
  lookup.on_slow(node(1, 1).endpoint);
  lookup.on_failure(node(1, 1).endpoint);
  CHECK(lookup.done());
  CHECK(lookup.closest() == std::vector{node(1, 1)});
  CHECK(lookup.statistics().answered == 1);
}

TEST_CASE("a router whose id is not known leads on and stands at its id") {
  Lookup lookup(target);
  lookup.start(node(4, 1).endpoint);
  const auto asked = asks(lookup);
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].endpoint == node(4, 1).endpoint);
  answer(lookup, node(4, 1), {node(2, 2)});
  for (const auto& one : asks(lookup)) answer(lookup, one);
  CHECK(lookup.closest() == std::vector{node(4, 1), node(2, 2)});
}

TEST_CASE("we are not asked, whoever names us") {
  Lookup lookup = started({node(1, 1), node(2, 2)}, {.own = node(2, 2).id});
  CHECK(asks(lookup) == std::vector{node(1, 1)});
  answer(lookup, {node(2, 2).id, node(1, 1).endpoint}, {node(2, 2)});
  CHECK(lookup.done());
  CHECK(lookup.closest().empty());
}

TEST_CASE("sixteen nodes are taken of one answer, and one of each address") {
  Lookup lookup = started({node(1, 1)});
  asks(lookup);
  auto named = nodes(3, 100, 20);
  for (std::uint16_t port = 1; port < 10; ++port)
    named.insert(named.begin() + 1,
                 {node(4, port).id, {named[0].endpoint.address, static_cast<std::uint16_t>(port)}});
  named.push_back({node(9, 9).id, *Endpoint::parse("203.0.112.1:0")});
  answer(lookup, node(1, 1), named);
  std::set<IpAddress> addresses;
  std::size_t asked = 0;
  while (const auto next = lookup.next_to_ask(start)) {
    addresses.insert(next->endpoint.address);
    ++asked;
    answer(lookup, *next);
  }
  CHECK(asked == 16 - 9);
  CHECK(addresses.size() == asked);
}

TEST_CASE("nobody out there tells us what to send into our own network") {
  const NodeContact local{node(3, 3).id, *Endpoint::parse("192.168.1.1:53")};
  const NodeContact neighbour{node(2, 2).id, *Endpoint::parse("192.168.1.2:6881")};
  Lookup lookup = started({node(1, 1), neighbour});
  CHECK(asks(lookup).size() == 2);
  answer(lookup, node(1, 1), {local});
  CHECK(asks(lookup).empty());
  answer(lookup, neighbour, {local});
  CHECK(asks(lookup) == std::vector{local});
}

TEST_CASE("who is named at a wrong port is found at the right one") {
  const NodeContact right = node(5, 50);
  const NodeContact wrong{right.id, {right.endpoint.address, 1}};
  for (const bool before : {true, false}) {
    Lookup lookup = started(nodes(1, 1, 3));
    const auto first = asks(lookup);
    answer(lookup, first[0], {wrong});
    if (before) answer(lookup, first[1], {right});
    CHECK(asks(lookup) == std::vector{wrong});
    lookup.on_failure(wrong.endpoint);
    if (!before) answer(lookup, first[1], {right});
    CHECK(asks(lookup) == std::vector{right});
    answer(lookup, right);
    CHECK(lookup.closest(1) == std::vector{right});
    // Not again, and not for ever at others.
    answer(lookup, first[2], {wrong, right, {right.id, {right.endpoint.address, 3}}});
    CHECK(asks(lookup).empty());
  }
}

TEST_CASE("an address is tried at three ports and no more") {
  Lookup lookup = started(nodes(1, 1, 1));
  asks(lookup);
  std::vector<NodeContact> named;
  const auto at_port = [](std::uint16_t port) {
    return NodeContact{node(5, 50).id, {node(5, 50).endpoint.address, port}};
  };
  answer(lookup, node(1, 1),
         {node(0, 2), node(0, 3), node(0, 4), node(0, 5), node(0, 6), at_port(1)});
  std::size_t tried = 0;
  std::uint16_t port = 2;
  while (const auto next = lookup.next_to_ask(start)) {
    if (next->endpoint.address == at_port(1).endpoint.address) {
      ++tried;
      lookup.on_failure(next->endpoint);
    } else {
      answer(lookup, *next, {at_port(port++)});
    }
  }
  CHECK(tried == Lookup::tries_max);
}

TEST_CASE("who is named with a false id stands at its own") {
  const NodeContact honest = node(2, 50);
  Lookup lookup = started(nodes(1, 1, 1));
  asks(lookup);
  answer(lookup, node(1, 1), {{node(20, 7).id, honest.endpoint}, node(3, 8)});
  CHECK(asks(lookup).size() == 2);
  answer(lookup, honest);
  answer(lookup, node(3, 8));
  CHECK(lookup.closest() == std::vector{node(3, 8), honest, node(1, 1)});
}

TEST_CASE("who turns out to be closer than it was named comes last") {
  Lookup lookup = started(nodes(1, 1, 2));
  CHECK(asks(lookup).size() == 2);
  answer(lookup, {node(28, 9).id, node(1, 1).endpoint});
  answer(lookup, node(1, 2));
  CHECK(lookup.done());
  CHECK(lookup.closest(1) == std::vector{node(1, 2)});
  CHECK(lookup.closest().size() == 2);
}

TEST_CASE("ids that are closer than chance has it come last and are waited for no longer") {
  Lookup lookup = started(nodes(4, 1, 9));
  lookup.start(nodes(60, 100, 40));
  std::vector<NodeContact> suspects;
  std::size_t plain = 0;
  while (!lookup.done()) {
    const auto next = lookup.next_to_ask(start);
    REQUIRE(next);
    if (common_prefix(target, next->id) < 60) {
      ++plain;
      answer(lookup, *next);
    } else {
      suspects.push_back(*next);
    }
  }
  CHECK(plain == 8);
  CHECK(suspects.size() <= 1);
  CHECK(lookup.closest() != nodes(60, 100, 1));
  for (const auto& one : lookup.closest()) CHECK(common_prefix(target, one.id) == 4);
}

TEST_CASE("where there are too few others suspects are asked, one at a time") {
  Lookup lookup = started(nodes(4, 1, 2));
  lookup.start(nodes(60, 100, 40));
  std::size_t suspects = 0;
  while (!lookup.done()) {
    const auto asked = asks(lookup);
    REQUIRE_FALSE(asked.empty());
    std::size_t here = 0;
    for (const auto& one : asked) {
      here += common_prefix(target, one.id) == 60 ? 1 : 0;
      answer(lookup, one);
    }
    CHECK(here <= 1);
    suspects += here;
  }
  CHECK(suspects == Lookup::suspects_asked_max);
  CHECK(lookup.closest(2) == nodes(4, 1, 2));
  CHECK(lookup.closest().size() == 8);
}

TEST_CASE("a close id that its address may have is no suspect") {
  Rng rng(1);
  const IpAddress address = *IpAddress::parse("203.0.112.77");
  const NodeId secure = make_secure_id(address, rng);
  Lookup lookup(secure);
  lookup.start(nodes(1, 1, 1));
  lookup.start(std::vector{NodeContact{secure, {address, 6881}}});
  const auto asked = asks(lookup);
  REQUIRE(asked.size() == 2);
  CHECK(asked[0].id == secure);
  CHECK_FALSE(lookup.done());
}

TEST_CASE("who names many that are dead is believed no longer") {
  Lookup lookup = started({node(1, 1), node(1, 2)});
  CHECK(asks(lookup).size() == 2);
  answer(lookup, node(1, 1), nodes(20, 100, 16));
  const auto fakes = asks(lookup);
  answer(lookup, node(1, 2), nodes(5, 200, 8));
  std::size_t dead = 0;
  for (const auto& one : fakes) {
    lookup.on_failure(one.endpoint);
    ++dead;
  }
  std::size_t alive = 0;
  while (!lookup.done()) {
    const auto next = lookup.next_to_ask(start);
    REQUIRE(next);
    if (common_prefix(target, next->id) == 20) {
      lookup.on_failure(next->endpoint);
      ++dead;
    } else {
      answer(lookup, *next);
      ++alive;
    }
  }
  CHECK(alive == 8);
  CHECK(dead <= Lookup::dead_names_max + 1);
  for (const auto& one : lookup.closest()) CHECK(common_prefix(target, one.id) == 5);
}

TEST_CASE("candidates and questions are bounded whatever is named") {
  Rng rng(1);
  Lookup lookup = started(nodes(1, 0, 20));
  std::uint32_t next_node = 1000;
  std::size_t asked = 0;
  while (const auto next = lookup.next_to_ask(start)) {
    ++asked;
    std::vector<NodeContact> named;
    for (int i = 0; i < 40; ++i)
      named.push_back(node(static_cast<int>(1 + asked / 10), next_node++));
    answer(lookup, *next, named);
  }
  CHECK(asked == Lookup::asked_max);
  CHECK(lookup.done());
  CHECK(lookup.closest(1000).size() <= Lookup::candidates_max);
  CHECK(lookup.closest().size() == 8);
}

namespace {

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
  };

  static Endpoint address(std::uint32_t n) {
    return {IpAddress::v4(0x50000000 + n * 0x10001), 6881};
  }

  void drive(Lookup& lookup) {
    std::multimap<Instant, Event> events;
    Instant now = start;
    for (;;) {
      while (const auto next = lookup.next_to_ask(now)) {
        const auto found = by_endpoint_.find(next->endpoint);
        if (found == by_endpoint_.end() || members_[found->second].silent) {
          events.emplace(now + 1s, Event{What::slow, *next});
          events.emplace(now + 4s, Event{What::failure, *next});
        } else {
          const Duration there_and_back = rng_.between(20ms, 400ms);
          events.emplace(now + there_and_back,
                         Event{What::answer, members_[found->second].contact});
        }
      }
      if (lookup.done() || events.empty()) return;
      now = events.begin()->first;
      const Event event = events.begin()->second;
      events.erase(events.begin());
      switch (event.what) {
        case What::answer:
          reply(lookup, event.from, now);
          break;
        case What::slow:
          lookup.on_slow(event.from.endpoint);
          break;
        case What::failure:
          lookup.on_failure(event.from.endpoint);
          break;
      }
    }
  }

  void reply(Lookup& lookup, const NodeContact& from, Instant now) {
    const Member& member = members_[by_endpoint_.at(from.endpoint)];
    auto named = member.table.closest(lookup.target(), 8, now);
    NodeContact sender = member.contact;
    if (member.hostile) lie(lookup.target(), sender, named);
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
      out.asked += static_cast<double>(outcome.statistics.asked);
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
  CHECK(sum.right * 100 >= sum.runs * 99);
  CHECK(sum.asked < 80);
}

#include "core/dht/routing_table.h"

#include <algorithm>
#include <map>
#include <set>

#include "core/dht/holder.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::dht;

namespace {

const Instant start{10'000s};
const NodeId own{};

/// A node with that many leading bits in common with our id, at an address of its own, to which the
/// id does not belong (BEP 42).
NodeContact node(int bits, std::uint32_t n) {
  Rng rng(n + 1);
  const Endpoint endpoint{IpAddress::v4(0x50000000 + n), 6881};
  NodeId id = random_id_sharing(own, bits, rng);
  while (is_secure_for(id, endpoint.address)) id = random_id_sharing(own, bits, rng);
  return {id, endpoint};
}
/// The same with an id that it may have, which shares no bit with ours.
NodeContact secure_node(std::uint32_t n) {
  Rng rng(n + 1);
  IpAddress address;
  NodeId id;
  do {
    address = IpAddress::v4(0x60000000 + static_cast<std::uint32_t>(rng.below(1u << 24)));
    id = make_secure_id(address, rng);
  } while (common_prefix(own, id) != 0);
  return {id, {address, 6881}};
}
/// All of the table, good or not.
std::vector<NodeContact> content(const RoutingTable& table, Instant now) {
  return table.starts(own, 10'000, now);
}
/// Fills the bucket of ids that share no bit with ours, and splits it off; node(0, 0 to 7) are in.
RoutingTable full_table(Instant now = start) {
  RoutingTable table(own, Rng(1));
  for (std::uint32_t n = 0; n < 8; ++n) table.on_answer(node(0, n), now);
  table.on_answer(node(1, 100), now);
  return table;
}
void fail_twice(RoutingTable& table, const NodeContact& contact, Instant now) {
  table.on_failure(contact.endpoint, now);
  table.on_failure(contact.endpoint, now);
}

}  // namespace

TEST_CASE("a node that answered is in the table, one that only asked is not") {
  RoutingTable table(own, Rng(1));
  table.on_answer(node(0, 1), start);
  table.on_query_from(node(0, 2), start);
  CHECK(table.knows(node(0, 1)));
  CHECK_FALSE(table.knows(node(0, 2)));
  CHECK(table.closest(own, 8, start) == std::vector{node(0, 1)});
  CHECK(table.counts(start) == RoutingTable::Counts{.good = 1, .cached = 1});
  CHECK(table.size() == 1);
  table.on_answer(node(0, 2), start);
  CHECK(table.knows(node(0, 2)));
  CHECK(table.counts(start) == RoutingTable::Counts{.good = 2});
}

TEST_CASE("ourselves and what cannot be sent to are not taken") {
  RoutingTable table(own, Rng(1));
  table.on_answer({own, node(0, 1).endpoint}, start);
  table.on_answer({node(0, 1).id, {node(0, 1).endpoint.address, 0}}, start);
  table.on_query_from({own, node(0, 1).endpoint}, start);
  table.load(std::vector{NodeContact{node(0, 1).id, *Endpoint::parse("224.0.0.1:1")}}, start);
  CHECK(table.counts(start) == RoutingTable::Counts{});
}

TEST_CASE("a good node is questionable after 15 minutes, unless it answers or asks") {
  RoutingTable table(own, Rng(1));
  for (std::uint32_t n = 0; n < 3; ++n) table.on_answer(node(0, n), start);
  table.on_answer(node(0, 1), start + 10min);
  table.on_query_from(node(0, 2), start + 10min);
  CHECK(table.counts(start + 15min - 1ns).good == 3);
  const Instant now = start + 15min;
  CHECK(table.counts(now) == RoutingTable::Counts{.good = 2, .questionable = 1});
  // Good ones first, however far.
  const auto closest = table.closest(node(0, 0).id, 8, now);
  REQUIRE(closest.size() == 3);
  CHECK(closest.back() == node(0, 0));
}

TEST_CASE("a node that failed once is questionable, twice bad, and an answer makes it good") {
  RoutingTable table(own, Rng(1));
  table.on_answer(node(0, 1), start);
  table.on_failure(node(0, 1).endpoint, start);
  CHECK(table.counts(start).questionable == 1);
  table.on_query_from(node(0, 1), start);
  CHECK(table.counts(start).questionable == 1);
  table.on_failure(node(0, 1).endpoint, start);
  CHECK(table.counts(start).bad == 1);
  CHECK(table.closest(own, 8, start).empty());
  CHECK(table.starts(own, 8, start).size() == 1);
  table.on_answer(node(0, 1), start);
  CHECK(table.counts(start).good == 1);
  // Of some other port nothing is known.
  fail_twice(table, {node(0, 1).id, {node(0, 1).endpoint.address, 7}}, start);
  CHECK(table.counts(start).good == 1);
}

TEST_CASE("a full bucket is split only if it is ours") {
  RoutingTable table = full_table();
  CHECK(table.bucket_count() == 2);
  CHECK(table.size() == 9);
  table.on_answer(node(0, 8), start);
  CHECK(table.bucket_count() == 2);
  CHECK_FALSE(table.knows(node(0, 8)));
  CHECK(table.counts(start).cached == 1);
  for (std::uint32_t n = 101; n < 108; ++n) table.on_answer(node(1, n), start);
  CHECK(table.bucket_count() == 2);
  table.on_answer(node(2, 200), start);
  CHECK(table.bucket_count() == 3);
  CHECK(table.size() == 17);
}

TEST_CASE("ids made close to ours do not split beyond 40 buckets") {
  RoutingTable table(own, Rng(1));
  for (std::uint32_t n = 0; n < 200; ++n) table.on_answer(node(120, n), start);
  CHECK(table.bucket_count() == RoutingTable::buckets_max);
  CHECK(table.size() == 8);
  CHECK(table.counts(start).cached == 8);
}

TEST_CASE("who waits takes the place of a bad node, the one heard last first") {
  RoutingTable table = full_table();
  table.on_answer(node(0, 8), start + 1s);
  table.on_answer(node(0, 9), start + 2s);
  table.on_query_from(node(0, 10), start + 3s);
  table.on_failure(node(0, 3).endpoint, start + 4s);
  CHECK(table.knows(node(0, 3)));
  table.on_failure(node(0, 3).endpoint, start + 4s);
  CHECK_FALSE(table.knows(node(0, 3)));
  CHECK(table.knows(node(0, 9)));
  CHECK_FALSE(table.knows(node(0, 8)));
  CHECK(table.counts(start + 4s).cached == 2);
}

TEST_CASE("a bad node keeps its place while nobody has answered who could take it") {
  RoutingTable table = full_table();
  table.on_query_from(node(0, 10), start);
  fail_twice(table, node(0, 3), start);
  CHECK(table.knows(node(0, 3)));
  table.on_answer(node(0, 11), start);
  CHECK_FALSE(table.knows(node(0, 3)));
  CHECK(table.knows(node(0, 11)));
}

TEST_CASE("no more than eight wait, and who answered is kept before who only asked") {
  RoutingTable table = full_table();
  for (std::uint32_t n = 10; n < 14; ++n) table.on_answer(node(0, n), start);
  for (std::uint32_t n = 20; n < 40; ++n) table.on_query_from(node(0, n), start + n * 1s);
  CHECK(table.counts(start).cached == 8);
  for (std::uint32_t n = 0; n < 4; ++n) fail_twice(table, node(0, n), start + 1min);
  for (std::uint32_t n = 10; n < 14; ++n) CHECK(table.knows(node(0, n)));
  // Who does not answer is not waited for.
  CHECK(table.counts(start).cached == 4);
  for (std::uint32_t n = 36; n < 40; ++n) table.on_failure(node(0, n).endpoint, start);
  CHECK(table.counts(start).cached == 0);
}

TEST_CASE("a node whose id its address may have takes the place of one without") {
  RoutingTable table = full_table();
  table.on_answer(node(0, 0), start + 1min);
  for (std::uint32_t n = 1; n <= 8; ++n) {
    table.on_answer(secure_node(n), start + n * 1s);
    CHECK(table.knows(secure_node(n)));
  }
  CHECK_FALSE(table.knows(node(0, 0)));
  CHECK(table.counts(start).cached == 8);
  table.on_answer(secure_node(9), start + 1min);
  CHECK_FALSE(table.knows(secure_node(9)));
  table.on_answer(node(0, 20), start + 2min);
  fail_twice(table, secure_node(1), start + 2min);
  CHECK(table.knows(secure_node(9)));
}

TEST_CASE("an address has one place, which a good node keeps and another does not") {
  RoutingTable table(own, Rng(1));
  const NodeContact first = node(0, 1);
  NodeContact second = node(1, 2);
  second.endpoint = {first.endpoint.address, 7000};
  table.on_answer(first, start);
  table.on_answer(second, start);
  CHECK(content(table, start) == std::vector{first});
  table.on_query_from(second, start);
  CHECK(table.counts(start) == RoutingTable::Counts{.good = 1});
  table.on_failure(first.endpoint, start);
  table.on_answer(second, start);
  CHECK(content(table, start) == std::vector{second});
}

TEST_CASE("an IPv6 /64 has one place") {
  RoutingTable table(own, Rng(1));
  table.on_answer({node(0, 1).id, *Endpoint::parse("[2001:470:1:1::1]:1")}, start);
  table.on_answer({node(0, 2).id, *Endpoint::parse("[2001:470:1:1::2]:1")}, start);
  table.on_answer({node(0, 3).id, *Endpoint::parse("[2001:470:1:2::1]:1")}, start);
  CHECK(table.size() == 2);
}

TEST_CASE("a good node keeps its id against another that claims it") {
  RoutingTable table(own, Rng(1));
  const NodeContact first = node(0, 1);
  const NodeContact second{first.id, node(0, 2).endpoint};
  table.on_answer(first, start);
  table.on_answer(second, start);
  CHECK(content(table, start) == std::vector{first});
  table.on_answer(second, start + 15min);
  CHECK(content(table, start + 15min) == std::vector{second});
}

TEST_CASE("a node that has another id now stands there alone") {
  RoutingTable table(own, Rng(1));
  const NodeContact before = node(0, 1);
  const NodeContact after{node(1, 2).id, before.endpoint};
  table.on_answer(before, start);
  table.on_query_from(after, start);
  CHECK(content(table, start) == std::vector{before});
  table.on_answer(after, start);
  CHECK(content(table, start) == std::vector{after});
}

TEST_CASE("what is forgotten is gone, and who waited has the place") {
  RoutingTable table = full_table();
  table.on_answer(node(0, 8), start);
  table.forget(node(0, 5).endpoint);
  table.forget(node(0, 77).endpoint);
  CHECK_FALSE(table.knows(node(0, 5)));
  CHECK(table.knows(node(0, 8)));
  table.on_answer(node(0, 5), start);
  CHECK(table.counts(start).cached == 1);
}

TEST_CASE("the node that was silent longest is pinged when another waits for its place") {
  RoutingTable table = full_table();
  table.on_answer(node(0, 4), start + 1s);
  CHECK_FALSE(table.next_to_ping(start + 1min));
  table.on_answer(node(0, 8), start + 10min);
  for (std::uint32_t n = 0; n < 8; ++n)
    if (n != 4 && n != 6) table.on_answer(node(0, n), start + 10min);
  const Instant now = start + 16min;
  CHECK(table.next_to_ping(now) == node(0, 6));
  CHECK(table.next_to_ping(now) == node(0, 4));
  // Nobody waits for the place of this one, which comes after the others.
  CHECK(table.next_to_ping(now) == node(1, 100));
  CHECK_FALSE(table.next_to_ping(now));
  table.on_answer(node(0, 4), now);
  table.on_failure(node(0, 6).endpoint, now);
  CHECK_FALSE(table.next_to_ping(now + 14s));
  CHECK(table.next_to_ping(now + 15s) == node(0, 6));
  table.on_failure(node(0, 6).endpoint, now + 20s);
  CHECK(table.knows(node(0, 8)));
}

TEST_CASE("who asked us is pinged where there is room, who asked last first") {
  RoutingTable table(own, Rng(1));
  table.on_query_from(node(0, 1), start);
  table.on_query_from(node(0, 2), start + 1s);
  CHECK(table.next_to_ping(start + 2s) == node(0, 2));
  CHECK(table.next_to_ping(start + 2s) == node(0, 1));
  CHECK_FALSE(table.next_to_ping(start + 2s));
  RoutingTable full = full_table();
  full.on_query_from(node(0, 20), start);
  CHECK_FALSE(full.next_to_ping(start));
  fail_twice(full, node(0, 1), start);
  CHECK(full.next_to_ping(start) == node(0, 20));
}

TEST_CASE("a bad node is tried every quarter of an hour") {
  RoutingTable table(own, Rng(1));
  table.on_answer(node(0, 1), start);
  fail_twice(table, node(0, 1), start);
  CHECK(table.next_to_ping(start) == node(0, 1));
  CHECK_FALSE(table.next_to_ping(start + 14min));
  CHECK(table.next_to_ping(start + 15min) == node(0, 1));
}

TEST_CASE("a bucket in which nothing changed for 15 minutes is refreshed") {
  RoutingTable table(own, Rng(1));
  CHECK_FALSE(table.refresh_due(start + 1h));
  for (std::uint32_t n = 0; n < 8; ++n) table.on_answer(node(0, n), start);
  for (std::uint32_t n = 10; n < 18; ++n) table.on_answer(node(1, n), start + 1min);
  table.on_answer(node(2, 20), start + 2min);
  REQUIRE(table.bucket_count() == 3);
  CHECK_FALSE(table.refresh_due(start + 15min - 1ns));
  table.on_answer(node(0, 3), start + 10min);
  CHECK_FALSE(table.refresh_due(start + 15min));
  const Instant now = start + 20min;
  const auto first = table.refresh_due(now);
  const auto second = table.refresh_due(now);
  REQUIRE(first);
  REQUIRE(second);
  CHECK(common_prefix(own, *first) == 1);
  CHECK(common_prefix(own, *second) >= 2);
  CHECK_FALSE(table.refresh_due(now));
  CHECK(table.refresh_due(now + 5min));
  CHECK(table.refresh_due(now + 15min));
}

TEST_CASE("the targets of the last bucket are of all its range") {
  RoutingTable table = full_table();
  std::map<int, int> bits;
  for (int i = 1; i <= 200; ++i)
    while (const auto target = table.refresh_due(start + i * 15min))
      ++bits[common_prefix(own, *target)];
  CHECK(bits[0] == 200);
  CHECK(bits[1] > 70);
  CHECK(bits[2] > 30);
  CHECK(bits[3] > 10);
}

TEST_CASE("what was saved is there again, and questionable") {
  RoutingTable table = full_table();
  table.on_answer(node(0, 4), start + 10min);
  fail_twice(table, node(0, 5), start + 10min);
  const Instant now = start + 16min;
  const auto saved = table.save(100, now);
  REQUIRE(saved.size() == 8);
  CHECK(saved.front() == node(0, 4));
  CHECK(table.save(3, now).size() == 3);
  RoutingTable next(own, Rng(2));
  next.load(saved, start);
  CHECK(next.counts(start) == RoutingTable::Counts{.questionable = 8});
  CHECK(next.closest(own, 20, start).size() == 8);
  CHECK(next.next_to_ping(start));
  next.on_answer(node(0, 4), start);
  next.load(saved, start);
  CHECK(next.counts(start) == RoutingTable::Counts{.good = 1, .questionable = 7});
}

TEST_CASE("a loaded node puts out no good one") {
  RoutingTable table = full_table();
  table.load(std::vector{secure_node(1)}, start);
  CHECK(table.counts(start) == RoutingTable::Counts{.good = 9, .cached = 1});
}

TEST_CASE("bad nodes are saved when there are no others") {
  RoutingTable table = full_table();
  for (const auto& contact : content(table, start)) fail_twice(table, contact, start);
  CHECK(table.save(100, start).size() == 9);
}

TEST_CASE("with another id of our own all nodes are filed anew") {
  RoutingTable table(own, Rng(1));
  for (std::uint32_t n = 0; n < 300; ++n) table.on_answer(node(static_cast<int>(n % 6), n), start);
  table.on_query_from(node(0, 999), start);
  REQUIRE(table.bucket_count() == 7);
  REQUIRE(table.size() == 6 * 8);
  NodeId other = own;
  other.octets[0] = 0xff;
  table.set_own(other, start + 1min);
  CHECK(table.own() == other);
  // All that shared a bit with the old id are in one bucket now, and wait; those that shared none
  // are nearer, and those of them that waited have places.
  CHECK(table.counts(start + 1min).good == table.size());
  CHECK(table.size() > 2 * 8);
  CHECK(table.counts(start).cached >= 8);
  std::size_t far = 0;
  for (const auto& contact : content(table, start))
    far += common_prefix(other, contact.id) == 0 ? 1 : 0;
  CHECK(far == 8);
  table.on_answer({own, node(0, 1000).endpoint}, start + 1min);
  CHECK_FALSE(table.knows({other, node(0, 1000).endpoint}));
}

namespace {

/// What is known of each node by BEP 5's words, without buckets.
struct Model {
  struct Facts {
    Instant heard{};
    int failures = 0;
  };
  std::map<NodeContact, Facts> proven;

  void on_answer(const NodeContact& contact, Instant now) {
    std::erase_if(proven, [&](const auto& one) {
      return one.first.endpoint == contact.endpoint && one.first.id != contact.id;
    });
    proven[contact] = {now, 0};
  }
  void on_query(const NodeContact& contact, Instant now) {
    if (const auto found = proven.find(contact); found != proven.end()) found->second.heard = now;
  }
  void on_failure(const Endpoint& endpoint) {
    for (auto& [contact, facts] : proven)
      if (contact.endpoint == endpoint) ++facts.failures;
  }
  RoutingTable::State state(const NodeContact& contact, Instant now) const {
    const Facts& facts = proven.at(contact);
    if (facts.failures >= 2) return RoutingTable::State::bad;
    const bool good = facts.failures == 0 && now - facts.heard < 15min;
    return good ? RoutingTable::State::good : RoutingTable::State::questionable;
  }
};

class Trial {
 public:
  explicit Trial(std::uint64_t seed) : rng_(seed), table_(own, rng_.fork()) {
    for (std::uint32_t n = 0; n < 300; ++n)
      known_.push_back(node(static_cast<int>(rng_.below(9)), n));
  }
  void run() {
    for (int step = 0; step < 1500; ++step) {
      now_ += rng_.between(0s, 20s);
      const auto before = good_ones();
      const NodeContact contact = someone();
      switch (rng_.below(5)) {
        case 0:
        case 1:
          answer(contact);
          break;
        case 2:
          query(contact);
          break;
        case 3:
          fail(contact);
          break;
        default:
          ping();
          break;
      }
      // Nobody who is good is put out, by whatever others do.
      for (const auto& one : before)
        if (model_.proven.contains(one) && model_.state(one, now_) == RoutingTable::State::good)
          REQUIRE(table_.knows(one));
      check();
    }
    CHECK(table_.bucket_count() > 5);
  }

 private:
  NodeContact someone() {
    NodeContact out = known_[static_cast<std::size_t>(rng_.below(known_.size()))];
    // At times with another port, or another id.
    if (rng_.below(20) == 0) out.endpoint.port = 7000;
    if (rng_.below(20) == 0) out.id = known_[static_cast<std::size_t>(rng_.below(20))].id;
    return out;
  }
  void answer(const NodeContact& contact) {
    const bool room = room_for(contact);
    model_.on_answer(contact, now_);
    table_.on_answer(contact, now_);
    if (room) REQUIRE(table_.knows(contact));
  }
  /// Whether nobody can stand in its way: its bucket has room and its address and id are free.
  bool room_for(const NodeContact& contact) const {
    std::size_t beside = 0;
    for (const auto& one : content(table_, now_)) {
      if (one.id == contact.id || holder_of(one.endpoint) == holder_of(contact.endpoint))
        return false;
      if (bucket_of(one.id) == bucket_of(contact.id)) ++beside;
    }
    return beside < 8 && table_.counts(now_).cached == 0;
  }
  void query(const NodeContact& contact) {
    // A query of one that waits is no answer; the model knows those that have answered.
    model_.on_query(contact, now_);
    table_.on_query_from(contact, now_);
  }
  void fail(const NodeContact& contact) {
    model_.on_failure(contact.endpoint);
    table_.on_failure(contact.endpoint, now_);
  }
  void ping() {
    const auto chosen = table_.next_to_ping(now_);
    if (!chosen) return;
    if (table_.knows(*chosen)) REQUIRE(model_.state(*chosen, now_) != RoutingTable::State::good);
    if (rng_.below(2) == 0) {
      answer(*chosen);
    } else {
      fail(*chosen);
    }
  }
  std::size_t bucket_of(const NodeId& id) const {
    return std::min<std::size_t>(static_cast<std::size_t>(common_prefix(own, id)),
                                 table_.bucket_count() - 1);
  }
  std::vector<NodeContact> good_ones() const {
    std::vector<NodeContact> out = content(table_, now_);
    std::erase_if(out, [this](const NodeContact& one) {
      return model_.state(one, now_) != RoutingTable::State::good;
    });
    return out;
  }
  void check() const {
    const auto all = content(table_, now_);
    std::map<std::size_t, std::size_t> buckets;
    std::set<Endpoint> holders;
    std::set<NodeId> ids;
    RoutingTable::Counts counts{.cached = table_.counts(now_).cached};
    for (const auto& one : all) {
      REQUIRE(model_.proven.contains(one));
      ++buckets[bucket_of(one.id)];
      holders.insert(holder_of(one.endpoint));
      ids.insert(one.id);
      const auto state = model_.state(one, now_);
      ++(state == RoutingTable::State::good           ? counts.good
         : state == RoutingTable::State::questionable ? counts.questionable
                                                      : counts.bad);
    }
    REQUIRE(holders.size() == all.size());
    REQUIRE(ids.size() == all.size());
    for (const auto& [bucket, nodes] : buckets) REQUIRE(nodes <= 8);
    REQUIRE(table_.counts(now_) == counts);
    REQUIRE(counts.cached <= 8 * table_.bucket_count());
    check_closest(all);
  }
  void check_closest(std::vector<NodeContact> all) const {
    const NodeId& target = known_[counter_++ % known_.size()].id;
    std::erase_if(all, [this](const NodeContact& one) {
      return model_.state(one, now_) == RoutingTable::State::bad;
    });
    std::ranges::sort(all, {}, [&](const NodeContact& one) {
      return std::pair{model_.state(one, now_), distance(target, one.id)};
    });
    if (all.size() > 8) all.resize(8);
    REQUIRE(table_.closest(target, 8, now_) == all);
  }

  Rng rng_;
  RoutingTable table_;
  Model model_;
  std::vector<NodeContact> known_;
  Instant now_ = start;
  mutable std::size_t counter_ = 0;
};

}  // namespace

TEST_CASE("a table keeps to BEP 5's rules whatever comes") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    Trial(seed).run();
  }
}

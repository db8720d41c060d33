#include "core/dht/lookup.h"

#include <algorithm>
#include <set>

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
  // Three are asked that are not slow yet.
  answer(lookup, first[1]);
  CHECK(asks(lookup).empty());
  answer(lookup, first[2]);
  CHECK(asks(lookup).empty());
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
  for (const auto& one : lookup.closest(2)) CHECK(common_prefix(target, one.id) == 4);
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
  CHECK(dead <= Lookup::wrong_names_max + 1);
  for (const auto& one : lookup.closest()) CHECK(common_prefix(target, one.id) == 5);
}

TEST_CASE("who names many with false ids is believed no longer, and others are") {
  Lookup lookup = started({node(1, 1), node(1, 2)});
  CHECK(asks(lookup).size() == 2);
  std::vector<NodeContact> false_ids;
  for (std::uint32_t n = 0; n < 16; ++n)
    false_ids.push_back({node(20, 100 + n).id, node(5, 200 + n).endpoint});
  answer(lookup, node(1, 1), false_ids);
  answer(lookup, node(1, 2), nodes(5, 200, 16));
  std::size_t false_asked = 0;
  std::size_t asked = 0;
  while (!lookup.done()) {
    const auto next = lookup.next_to_ask(start);
    REQUIRE(next);
    ++asked;
    false_asked += common_prefix(target, next->id) == 20 ? 1 : 0;
    answer(lookup, node(5, next->endpoint.address.octets()[3]));
  }
  CHECK(false_asked <= Lookup::wrong_names_max);
  CHECK(asked <= 8 + Lookup::wrong_names_max);
  const auto found = lookup.closest();
  auto right = nodes(5, 200, 16);
  std::ranges::sort(right, {}, [](const NodeContact& one) { return distance(target, one.id); });
  CHECK(std::ranges::equal(found, std::span(right).first(8)));
}

TEST_CASE("who has named but the eight is asked aside for those next to itself") {
  Lookup lookup = started(nodes(12, 0, 8));
  // They name each other, and one that is dead.
  auto named = nodes(12, 0, 7);
  named.push_back(node(13, 50));
  const NodeContact hidden = node(12, 60);
  std::size_t answered = 0;
  while (const auto next = lookup.next_to_ask(start)) {
    CHECK_FALSE(lookup.next_aside());
    if (*next == node(13, 50)) {
      lookup.on_failure(next->endpoint);
    } else {
      answer(lookup, *next, named);
      ++answered;
    }
  }
  CHECK(answered == 8);
  CHECK_FALSE(lookup.done());
  std::set<NodeId> aside;
  while (const auto next = lookup.next_aside()) {
    CHECK(next->point == next->to.id);
    CHECK(aside.insert(next->to.id).second);
    // The seventh knows of one more.
    lookup.on_aside(next->to, aside.size() == 7 ? std::vector{hidden} : named);
  }
  CHECK(aside.size() == 7);
  CHECK(asks(lookup) == std::vector{hidden});
  answer(lookup, hidden);
  while (const auto next = lookup.next_aside()) {
    CHECK(aside.insert(next->to.id).second);
    lookup.on_aside(next->to, {});
  }
  CHECK(lookup.done());
}

TEST_CASE("who has named somebody further away than the eight is not asked aside") {
  Lookup lookup = started(nodes(12, 0, 8));
  auto named = nodes(12, 0, 8);
  named.push_back(node(3, 200));
  while (const auto next = lookup.next_to_ask(start)) answer(lookup, *next, named);
  CHECK_FALSE(lookup.next_aside());
  CHECK(lookup.done());
}

TEST_CASE("an answer aside is waited for, unless it is slow, lost or another's") {
  const auto asked_aside = [] {
    Lookup lookup = started(nodes(12, 0, 8));
    while (const auto next = lookup.next_to_ask(start)) answer(lookup, *next, nodes(12, 0, 8));
    return lookup;
  };
  for (int way = 0; way < 3; ++way) {
    Lookup lookup = asked_aside();
    while (!lookup.done()) {
      const auto first = lookup.next_aside();
      REQUIRE(first);
      CHECK_FALSE(lookup.done());
      if (way == 0) lookup.on_aside_slow(first->to.endpoint);
      if (way == 1) lookup.on_aside_failure(first->to.endpoint);
      if (way == 2) lookup.on_aside({node(1, 99).id, first->to.endpoint}, nodes(14, 300, 8));
      lookup.on_aside({node(1, 98).id, node(1, 98).endpoint}, nodes(14, 300, 8));
      lookup.on_aside_failure(node(1, 98).endpoint);
      lookup.on_aside_slow(node(1, 98).endpoint);
      // No more than five are open, slow or not.
      if (way == 0 && lookup.statistics().asides == 5) break;
    }
    CHECK(asks(lookup).empty());
    CHECK(lookup.closest().size() == 8);
  }
}

TEST_CASE("candidates and questions are bounded whatever is named") {
  Lookup lookup = started(nodes(1, 0, 20), {.natural_prefix_bits = id_bits});
  std::uint32_t next_node = 1000;
  std::size_t asked = 0;
  while (const auto next = lookup.next_to_ask(start)) {
    ++asked;
    std::vector<NodeContact> named;
    for (int i = 0; i < 40; ++i)
      named.push_back(node(static_cast<int>(1 + asked / 2), next_node++));
    answer(lookup, *next, named);
  }
  CHECK(asked == Lookup::asked_max);
  std::size_t asides = 0;
  for (; !lookup.done(); ++asides) {
    const auto next = lookup.next_aside();
    REQUIRE(next);
    lookup.on_aside(next->to, nodes(100, next_node += 8, 8));
  }
  CHECK(asides <= Lookup::Options{}.asides_max);
  CHECK(lookup.closest(1000).size() <= Lookup::candidates_max);
  CHECK(lookup.closest().size() == 8);
}

#include "core/dht/searches.h"

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::dht;

namespace {

const NodeId own = *NodeId::from(as_bytes("abcdefghij0123456789"));
const Instant start = Instant{} + 10s;

PeerSearch goal(std::uint64_t id) {
  PeerSearch out;
  out.info_hash.octets[0] = static_cast<std::uint8_t>(id);
  return out;
}

std::unique_ptr<Search> search(std::uint64_t id, std::size_t nodes) {
  auto out = std::make_unique<Search>(SearchId{id}, goal(id), Family::v4, own);
  std::vector<NodeContact> contacts(nodes);
  for (std::size_t i = 0; i < nodes; ++i) {
    contacts[i].id.octets[1] = static_cast<std::uint8_t>(i + 1);
    contacts[i].endpoint = {IpAddress::v4(0x05000000U + static_cast<std::uint32_t>(256 * id + i)),
                            1};
  }
  out->lookup().start(contacts);
  return out;
}

std::uint64_t next_id(Searches& searches) {
  const auto waiting = searches.next_waiting();
  REQUIRE(waiting);
  return waiting->id.value;
}

}  // namespace

TEST_CASE("searches wait in order, urgent ones before others") {
  Searches searches;
  CHECK_FALSE(searches.can_start());
  for (std::uint64_t id = 1; id <= 3; ++id) CHECK(searches.add({id}, goal(id), false, start));
  for (std::uint64_t id = 4; id <= 5; ++id) CHECK(searches.add({id}, goal(id), true, start));
  CHECK(searches.waiting() == 5);
  for (const std::uint64_t id : {4U, 5U, 1U, 2U, 3U}) CHECK(next_id(searches) == id);
  CHECK_FALSE(searches.next_waiting());
}

TEST_CASE("one that waits is not taken again, and may be once it does not wait") {
  Searches searches;
  CHECK(searches.add({1}, goal(1), false, start));
  CHECK_FALSE(searches.add({1}, goal(2), true, start));
  CHECK(searches.waiting() == 1);
  CHECK(next_id(searches) == 1);
  CHECK(searches.add({1}, goal(1), false, start));
  searches.cancel({1});
  CHECK(searches.waiting() == 0);
  CHECK(searches.add({1}, goal(1), false, start));
}

TEST_CASE("no more than sixteen run, besides the node's own") {
  Searches searches;
  searches.run(search(100, 1), true);
  for (std::uint64_t id = 0; id < 20; ++id) searches.add({id}, goal(id), false, start);
  for (std::uint64_t id = 0; id < Searches::running_max; ++id) {
    CHECK(next_id(searches) == id);
    searches.run(search(id, 1), false);
  }
  CHECK_FALSE(searches.can_start());
  CHECK_FALSE(searches.next_waiting());
  CHECK(searches.running() == Searches::running_max);
  CHECK(searches.own_running());
  searches.cancel({3});
  CHECK(next_id(searches) == 16);
}

TEST_CASE("beyond its bound the queue takes none") {
  Searches searches;
  for (std::uint64_t id = 0; id < Searches::waiting_max; ++id)
    REQUIRE(searches.add({id}, goal(id), false, start));
  CHECK_FALSE(searches.add({1'000'000}, goal(1), true, start));
  searches.cancel({5});
  CHECK(searches.add({1'000'000}, goal(1), true, start));
}

TEST_CASE("those that run ask in turns") {
  Searches searches;
  for (std::uint64_t id = 0; id < 3; ++id) searches.run(search(id, 8), false);
  std::vector<std::uint64_t> order;
  while (const auto turn = searches.next_turn(start))
    order.push_back(searches.find(turn->slot)->id().value);
  // Each asks three at a time.
  REQUIRE(order.size() == 9);
  for (std::size_t i = 0; i + 3 < order.size(); ++i) {
    CHECK(order[i] == order[i + 3]);
    CHECK(order[i] != order[i + 1]);
  }
}

TEST_CASE("one that is done is taken, and its slot finds nothing then") {
  Searches searches;
  const auto busy = searches.run(search(1, 8), false);
  const auto done = searches.run(search(2, 0), false);
  const auto own_one = searches.run(search(3, 0), true);
  const auto first = searches.take_done();
  REQUIRE(first);
  CHECK(first->search->id() == SearchId{2});
  CHECK_FALSE(first->own);
  CHECK(searches.take_done()->own);
  CHECK_FALSE(searches.take_done());
  CHECK(searches.find(busy) != nullptr);
  CHECK(searches.find(done) == nullptr);
  CHECK(searches.find(own_one) == nullptr);
  CHECK(searches.find({}) == nullptr);
  CHECK(searches.running() == 1);
}

TEST_CASE("who waits too long is known") {
  Searches searches;
  CHECK(searches.impatient_at() == never);
  searches.add({1}, goal(1), false, start);
  searches.add({2}, goal(2), true, start + 5s);
  CHECK(searches.impatient_at() == start + Searches::patience);
  CHECK_FALSE(searches.next_impatient(start + Searches::patience - 1ns));
  CHECK(searches.next_impatient(start + Searches::patience)->id == SearchId{1});
  CHECK_FALSE(searches.next_impatient(start + Searches::patience));
  CHECK(searches.next_impatient(start + 5s + Searches::patience)->id == SearchId{2});
}

TEST_CASE("cancelling what is not there is nothing") {
  Searches searches;
  searches.run(search(0, 1), true);
  searches.cancel({0});
  searches.cancel({9});
  CHECK(searches.own_running());
}

#include "core/trackerd/choice.h"

#include <map>
#include <set>

#include "core/base/endpoint.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::trackerd;

namespace {

PeerId id(std::uint32_t number) {
  PeerId out;
  store_u32(out.octets, number);
  return out;
}

void add(PeerList& list, std::string_view endpoint, std::uint32_t number, bool seed = false,
         bool is_private = false) {
  Buffer octets;
  append_compact(octets, *Endpoint::parse(endpoint));
  list.add({octets, id(number), {0, false, is_private}, seed},
           [](PeerList::Position, PeerList::Position) {});
}

/// Peers 0, 1, ... at 1.0.0.0 and so on, the last `seeds` of them seeds.
PeerList list_of(std::uint32_t count, std::uint32_t seeds = 0) {
  PeerList out(Family::v4);
  for (std::uint32_t i = 0; i < count; ++i) {
    Buffer octets;
    append_compact(octets, {IpAddress::v4(0x01000000 + i), 1});
    out.add({octets, id(i), {}, i >= count - seeds}, [](PeerList::Position, PeerList::Position) {});
  }
  return out;
}

std::set<std::uint32_t> chosen(const PeerList& list, const Choice& choice, Rng& rng) {
  std::vector<PeerList::Position> out{99, 98};
  choose(list, choice, rng, out);
  std::set<std::uint32_t> ids;
  for (const auto at : out) ids.insert(ByteReader(list.peer_id(at)).u32());
  CHECK(ids.size() == out.size());  // nobody twice
  return ids;
}

}  // namespace

TEST_CASE("of a list that is short enough all are told, but not who asks") {
  Rng rng(1);
  const PeerList list = list_of(5);
  const PeerId asker = id(3);
  Choice choice{.wanted = 50, .asker = asker.bytes()};
  CHECK(chosen(list, choice, rng) == std::set<std::uint32_t>{0, 1, 2, 4});
  choice.near = list.address(0);
  CHECK(chosen(list, choice, rng) == std::set<std::uint32_t>{0, 1, 2, 4});
  choice.wanted = 0;
  CHECK(chosen(list, choice, rng).empty());
  choice.wanted = 5;
  CHECK(chosen(list_of(0), choice, rng).empty());
}

TEST_CASE("as many as are wanted are told, whoever asks and however long the list is") {
  Rng rng(1);
  for (const std::uint32_t size : {10u, 11u, 12u, 25u, 1000u, 5000u})
    for (const bool near : {false, true})
      for (int round = 0; round < 20; ++round) {
        const PeerList list = list_of(size);
        const PeerId asker = id(static_cast<std::uint32_t>(rng.below(size)));
        Choice choice{.wanted = 9, .asker = asker.bytes()};
        if (near) choice.near = list.address(1);
        const auto told = chosen(list, choice, rng);
        CHECK(told.size() == 9);
        CHECK(!told.contains(ByteReader(asker.bytes()).u32()));
      }
}

TEST_CASE("a seed is told of no seeds") {
  Rng rng(1);
  const PeerList list = list_of(100, 90);
  const PeerId nobody = id(1000);
  Choice choice{.wanted = 50, .seeds = false, .asker = nobody.bytes()};
  for (int round = 0; round < 2; ++round) {
    const auto told = chosen(list, choice, rng);
    CHECK(told == std::set<std::uint32_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
    choice.near = list.address(1);
  }
}

TEST_CASE("everybody is told as often as the others") {
  Rng rng(1);
  const PeerList list = list_of(64);
  const PeerId asker = id(0);
  const Choice choice{.wanted = 9, .asker = asker.bytes()};
  std::map<std::uint32_t, int> times;
  constexpr int rounds = 7000;
  for (int round = 0; round < rounds; ++round)
    for (const auto told : chosen(list, choice, rng)) ++times[told];
  CHECK(times.size() == 63);
  for (const auto& [told, count] : times) {
    INFO(told);
    CHECK(count > rounds * 9 / 63 * 0.9);
    CHECK(count < rounds * 9 / 63 * 1.1);
  }
}

TEST_CASE("peers of a local network are told to those in one alone") {
  Rng rng(1);
  PeerList list(Family::v4);
  add(list, "10.0.0.1:1", 1, false, true);
  add(list, "192.0.2.1:1", 2);
  const PeerId nobody = id(9);
  Choice choice{.wanted = 5, .asker = nobody.bytes()};
  CHECK(chosen(list, choice, rng) == std::set<std::uint32_t>{2});
  choice.private_too = true;
  CHECK(chosen(list, choice, rng) == std::set<std::uint32_t>{1, 2});
}

TEST_CASE("the near are told first: of the /24, then of the /16, then the others") {
  Rng rng(1);
  PeerList list(Family::v4);
  for (std::uint32_t i = 0; i < 100; ++i) add(list, "198.51.100.1:" + std::to_string(i + 1), i);
  add(list, "192.0.3.1:1", 100);
  add(list, "192.0.3.1:2", 101);
  add(list, "192.0.2.1:1", 102);
  const PeerId nobody = id(999);
  const IpAddress asker = *IpAddress::parse("192.0.2.77");
  Choice choice{.wanted = 1, .asker = nobody.bytes(), .near = asker.octets()};
  CHECK(chosen(list, choice, rng) == std::set<std::uint32_t>{102});
  choice.wanted = 3;
  CHECK(chosen(list, choice, rng) == std::set<std::uint32_t>{100, 101, 102});
  choice.wanted = 10;
  auto told = chosen(list, choice, rng);
  CHECK(told.size() == 10);
  CHECK(told.contains(102));
  CHECK(chosen(list, choice, rng) != told);  // the others by dice
}

TEST_CASE("with IPv6 the near are those of the /48 and of the /32") {
  Rng rng(1);
  PeerList list(Family::v6);
  for (std::uint32_t i = 0; i < 100; ++i) add(list, "[2a00:1::1]:" + std::to_string(i + 1), i);
  add(list, "[2001:db8:2::1]:1", 100);
  add(list, "[2001:db8:1:2::1]:1", 101);
  const PeerId nobody = id(999);
  const IpAddress asker = *IpAddress::parse("2001:db8:1:7::1");
  Choice choice{.wanted = 1, .asker = nobody.bytes(), .near = asker.octets()};
  CHECK(chosen(list, choice, rng) == std::set<std::uint32_t>{101});
  choice.wanted = 2;
  CHECK(chosen(list, choice, rng) == std::set<std::uint32_t>{100, 101});
}

TEST_CASE("many that may not be told do not cost the others their turn") {
  Rng rng(1);
  PeerList list(Family::v4);
  for (std::uint32_t i = 0; i < 90; ++i)
    add(list, "10.0.0.1:" + std::to_string(i + 1), i, false, true);
  for (std::uint32_t i = 90; i < 100; ++i) add(list, "192.0.2.1:" + std::to_string(i), i);
  const PeerId nobody = id(999);
  for (int round = 0; round < 20; ++round)
    CHECK(chosen(list, {.wanted = 10, .asker = nobody.bytes()}, rng).size() == 10);
}

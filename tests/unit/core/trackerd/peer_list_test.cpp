#include "core/trackerd/peer_list.h"

#include <map>
#include <string>

#include "core/base/endpoint.h"
#include "core/base/rng.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::trackerd;

namespace {

using Position = PeerList::Position;

Buffer endpoint(std::uint8_t last, std::size_t width = 6) {
  Buffer out(width, 9);
  out.back() = last;
  return out;
}
PeerId id(std::uint8_t octet) {
  PeerId out;
  out.octets.fill(octet);
  return out;
}

/// A list and where each peer is, by the last octet of its endpoint, as the calls tell.
struct Followed {
  PeerList list{Family::v4};
  std::map<std::uint8_t, Position> places;

  auto follow() {
    return [this](Position from, Position to) {
      const std::uint8_t name = list.endpoint(to).back();
      REQUIRE(places.at(name) == from);
      places[name] = to;
    };
  }
  void add(std::uint8_t name, bool seed) {
    const Buffer octets = endpoint(name);
    const Position at = list.add({octets, id(name), {name, false, false}, seed}, follow());
    places[name] = at;
  }
  void remove(std::uint8_t name) {
    const Position at = places.at(name);
    places.erase(name);
    list.remove(at, follow());
  }
  void set_seed(std::uint8_t name, bool seed) {
    const Position at = list.set_seed(places.at(name), seed, follow());
    REQUIRE(places.at(name) == at);
  }
};

}  // namespace

TEST_CASE("a peer is kept with all that belongs to it") {
  for (const auto& [family, width] : {std::pair{Family::v4, 6u}, std::pair{Family::v6, 18u}}) {
    PeerList list(family);
    const Buffer octets = endpoint(1, width);
    const auto nobody = [](Position, Position) { FAIL("nobody else is there"); };
    CHECK(list.add({octets, id(7), {0x3fff, true, false}, false}, nobody) == 0);
    CHECK(equal(list.endpoint(0), octets));
    CHECK(equal(list.address(0), Bytes(octets).first(width - 2)));
    CHECK(equal(list.peer_id(0), id(7).bytes()));
    CHECK(list.stamp(0) == PeerList::Stamp{0x3fff, true, false});
    list.set_stamp(0, {5, false, true});
    CHECK(list.stamp(0) == PeerList::Stamp{5, false, true});
    list.set_peer(0, endpoint(2, width), id(8));
    CHECK(equal(list.endpoint(0), endpoint(2, width)));
    CHECK(equal(list.peer_id(0), id(8).bytes()));
    CHECK(list.stamp(0) == PeerList::Stamp{5, false, true});
    list.remove(0, nobody);
    CHECK(list.empty());
  }
}

TEST_CASE("ages are told over the turn of the ticks") {
  PeerList list(Family::v4);
  const Instant then = Instant{} + PeerList::tick_span - 8s;
  list.add({endpoint(1), id(1), {PeerList::ticks_at(then), false, false}, false},
           [](Position, Position) {});
  CHECK(list.age(0, then + 3s) == 0s);
  CHECK(list.age(0, then + 4s) == 4s);
  CHECK(list.age(0, then + 45min) == 45min);
}

TEST_CASE("the seeds stay behind the others, and who moves is told") {
  Rng rng(1);
  Followed followed;
  std::map<std::uint8_t, bool> model;
  for (int step = 0; step < 20'000; ++step) {
    const auto name = static_cast<std::uint8_t>(rng.below(40));
    const bool seed = rng.below(2) == 0;
    if (!model.contains(name)) {
      followed.add(name, seed);
      model[name] = seed;
    } else if (rng.below(3) == 0) {
      followed.set_seed(name, seed);
      model[name] = seed;
    } else {
      followed.remove(name);
      model.erase(name);
    }
    REQUIRE(followed.list.size() == model.size());
    REQUIRE(followed.list.seeds() ==
            std::ranges::count_if(model, [](const auto& one) { return one.second; }));
    for (const auto& [known, is_seed] : model) {
      const Position at = followed.places.at(known);
      REQUIRE(followed.list.endpoint(at).back() == known);
      REQUIRE(followed.list.stamp(at).ticks == known);
      REQUIRE(followed.list.is_seed(at) == is_seed);
      REQUIRE(is_seed == (at >= followed.list.leechers()));
    }
  }
}

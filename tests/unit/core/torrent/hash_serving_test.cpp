#include "core/torrent/hash_serving.h"

#include "tests/unit/core/torrent/v2_torrent.h"

namespace seed::torrent {

TEST_CASE("a peer is given hashes that it asks for, of files that are there") {
  test::V2Torrent setup(true);
  REQUIRE(setup.torrent().done());
  const auto far = setup.connect("10.0.0.2", 2);
  const auto ask = [&](const wire::HashRange& range) {
    REQUIRE(far->connection.request_hashes(range, setup.now()));
    for (int i = 0; i < 3; ++i) {
      setup.settle();
      setup.talk(*far);
    }
  };
  const auto range = test::piece_leaves(setup.octets, 1, 2);
  ask(range);
  REQUIRE(far->count<peer::HashesReceived>() == 1);
  for (const auto& event : far->events)
    if (const auto* got = std::get_if<peer::HashesReceived>(&event)) {
      CHECK(got->range == range);
      CHECK(equal(got->hashes,
                  Bytes(seed::test::leaves_of(setup.octets.file(1))).subspan(8 * 32, 4 * 32)));
    }
  auto unknown = range;
  unknown.root.octets[0] ^= 1;
  ask(unknown);
  CHECK(far->count<peer::HashesRejected>() == 1);
  auto bad = range;
  bad.index = 1;
  ask(bad);
  CHECK(far->count<peer::HashesRejected>() == 2);
}

TEST_CASE("who asks for more hashes than it may is refused until some time has passed") {
  test::V2Torrent setup(true);
  const auto far = setup.connect("10.0.0.2", 2);
  std::size_t given = 0;
  const auto range = test::piece_leaves(setup.octets, 1, 0);
  const auto budget = static_cast<std::size_t>(HashServing::burst_max) / 4;
  for (std::size_t i = 0; i <= budget; ++i) {
    REQUIRE(far->connection.request_hashes(range, setup.now()));
    setup.talk(*far);
    setup.talk(*far);
    given += far->count<peer::HashesReceived>();
    far->events.clear();
  }
  CHECK(given == budget);
  setup.ground.clock.advance(1s);
  REQUIRE(far->connection.request_hashes(range, setup.now()));
  setup.talk(*far);
  setup.talk(*far);
  CHECK(far->count<peer::HashesReceived>() == 1);
}

}  // namespace seed::torrent

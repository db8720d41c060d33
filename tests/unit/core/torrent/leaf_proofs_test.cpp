#include "core/torrent/leaf_proofs.h"

#include "tests/unit/core/torrent/v2_torrent.h"

namespace seed::torrent {

TEST_CASE("a torrent of v2 alone is downloaded") {
  test::V2Torrent setup(false);
  const auto far = setup.connect("10.0.0.2", 2);
  REQUIRE(far->connection.v2());
  setup.serve(*far);
  CHECK(setup.torrent().done());
}

TEST_CASE("a stranger's first blocks are judged one by one, and the first bad one is its last") {
  test::V2Torrent setup(false);
  const auto far = setup.connect("10.0.0.2", 2);
  far->connection.send_bitfield(Bitfield(setup.octets.pieces(), true), setup.now());
  far->connection.set_choking(false, setup.now());
  setup.talk(*far);
  setup.prove(*far);
  REQUIRE_FALSE(setup.asked_for.empty());
  setup.talk(*far);
  REQUIRE_FALSE(setup.blocks.empty());
  Buffer bad = to_buffer(setup.octets.block(setup.blocks[0]));
  bad[0] ^= 1;
  REQUIRE(far->connection.send_block(setup.blocks[0], Block::copy_of(bad), setup.now()));
  setup.talk(*far);
  setup.settle();
  CHECK_FALSE(setup.torrent().has_links());
  CHECK_FALSE(setup.torrent().accepts(test::endpoint("10.0.0.2", 999)));
  CHECK(setup.torrent().record().totals.corrupt == setup.blocks[0].length);
  // Whoever comes next gives all of it.
  const auto next = setup.connect("10.0.0.3", 3);
  setup.serve(*next);
  CHECK(setup.torrent().done());
}

TEST_CASE("who gives false leaves is turned away") {
  test::V2Torrent setup(false);
  const auto far = setup.connect("10.0.0.2", 2);
  far->connection.send_bitfield(Bitfield(setup.octets.pieces(), true), setup.now());
  far->connection.set_choking(false, setup.now());
  setup.talk(*far);
  for (const auto& event : std::exchange(far->events, {}))
    if (const auto* asked = std::get_if<peer::HashesRequested>(&event))
      far->connection.send_hashes(asked->range, Buffer(asked->range.length * Sha256::size, 7),
                                  setup.now());
  setup.talk(*far);
  setup.settle();
  CHECK_FALSE(setup.torrent().has_links());
  CHECK_FALSE(setup.torrent().accepts(test::endpoint("10.0.0.2", 999)));
}

}  // namespace seed::torrent

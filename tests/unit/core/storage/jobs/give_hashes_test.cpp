#include "core/storage/jobs/give_hashes.h"

#include "tests/unit/core/storage/v2_fixture.h"

using namespace seed;
using namespace seed::storage;

namespace {

constexpr std::uint32_t piece_length = 65536;

/// Files of less than a piece, of five pieces and a bit, and of whole pieces.
test::Torrent several() {
  return test::make_v2({{"a", 40'000}, {"b", 5 * piece_length + 1}, {"c", 2 * piece_length}},
                       piece_length, 5);
}

}  // namespace

TEST_CASE("of leaves the pieces are read that they are of, of the piece layer none") {
  const auto torrent = several();
  const auto read = [&](std::uint32_t file, const metainfo::HashRange& range) {
    const auto pieces = pieces_to_read(*torrent.metainfo, {file}, range);
    REQUIRE(pieces);
    return std::pair(pieces->first.value, pieces->last.value);
  };
  CHECK(read(0, {0, 0, 4, 0}) == std::pair(0U, 1U));
  CHECK(read(1, {0, 0, 4, 0}) == std::pair(1U, 2U));
  CHECK(read(1, {0, 6, 2, 0}) == std::pair(2U, 3U));
  CHECK(read(1, {0, 8, 8, 0}) == std::pair(3U, 5U));
  // The last piece has one block.
  CHECK(read(1, {0, 16, 16, 0}) == std::pair(5U, 7U));
  const auto layer = pieces_to_read(*torrent.metainfo, {1}, {2, 0, 8, 0});
  REQUIRE(layer);
  CHECK(layer->empty());
}

TEST_CASE("other layers, and what lies beyond a file, are not served") {
  const auto torrent = several();
  for (const auto& range : {metainfo::HashRange{1, 0, 2, 0}, metainfo::HashRange{3, 0, 2, 0},
                            metainfo::HashRange{0, 24, 8, 0}}) {
    const auto pieces = pieces_to_read(*torrent.metainfo, {1}, range);
    REQUIRE_FALSE(pieces);
    CHECK(pieces.error().code == FaultCode::unsupported);
  }
  // A file of one piece has no piece layer.
  CHECK_FALSE(pieces_to_read(*torrent.metainfo, {0}, {2, 0, 2, 0}));
}

TEST_CASE("where the piece layer is missing nothing is given that it would prove") {
  const auto torrent =
      test::make_v2({{"a", 5 * piece_length + 1}}, piece_length, 5, /*layers=*/false);
  const auto height = metainfo::tree_height(torrent.layout().length({0}));
  const auto layer = pieces_to_read(*torrent.metainfo, {0}, {2, 0, 8, 0});
  REQUIRE_FALSE(layer);
  CHECK(layer.error().code == FaultCode::not_found);
  CHECK_FALSE(
      pieces_to_read(*torrent.metainfo, {0}, metainfo::with_full_proof({0, 0, 4, 0}, height)));
  CHECK(pieces_to_read(*torrent.metainfo, {0}, {0, 0, 4, 0}));
}

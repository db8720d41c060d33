#include "core/swarm/metadata_effort.h"

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::swarm;

namespace {

const Instant start{1000s};
constexpr auto any = [](std::uint32_t) { return true; };

void give(MetadataEffort& effort, std::uint32_t piece) {
  effort.keep(piece, Buffer(effort.length_of(piece), static_cast<std::uint8_t>(piece)),
              {LinkId{piece, 1}, {}, piece});
}

}  // namespace

TEST_CASE("all pieces are of 16 KiB but the last") {
  const MetadataEffort effort(2 * metadata_piece_bytes + 5);
  CHECK(effort.piece_count() == 3);
  CHECK(effort.length_of(0) == metadata_piece_bytes);
  CHECK(effort.length_of(2) == 5);
  CHECK(effort.length_of(3) == 0);
  CHECK(MetadataEffort(2 * metadata_piece_bytes).piece_count() == 2);
  CHECK(MetadataEffort(2 * metadata_piece_bytes).length_of(1) == metadata_piece_bytes);
}

TEST_CASE("a piece is free until it is asked for, and again when nobody gave it") {
  MetadataEffort effort(3 * metadata_piece_bytes);
  CHECK(effort.next_free() == 0U);
  effort.on_asked(0, start);
  CHECK(effort.next_free() == 1U);
  effort.on_asked(1, start);
  effort.on_asked(2, start);
  CHECK_FALSE(effort.next_free());
  effort.on_asked(1, start);
  effort.on_unasked(1);
  CHECK_FALSE(effort.next_free());
  effort.on_unasked(1);
  CHECK(effort.next_free() == 1U);
  give(effort, 1);
  CHECK_FALSE(effort.next_free());
  effort.on_unasked(2);
  CHECK(effort.next_free() == 2U);
  effort.on_unasked(2);
  effort.on_unasked(7);
  CHECK(effort.next_free() == 2U);
}

TEST_CASE("of what others are asked for, the piece that waits for longest is next") {
  MetadataEffort effort(3 * metadata_piece_bytes);
  effort.on_asked(0, start + 2s);
  effort.on_asked(1, start + 1s);
  effort.on_asked(2, start + 3s);
  CHECK_FALSE(effort.next_double(start, 3, any));
  CHECK(effort.next_double(start + 3s, 3, any) == 1U);
  CHECK(effort.next_double(start + 3s, 3, [](auto piece) { return piece != 1; }) == 0U);
  effort.on_asked(1, start + 4s);
  CHECK(effort.next_double(start + 4s, 3, any) == 0U);
  CHECK(effort.next_double(start + 4s, 2, [](auto piece) { return piece == 1; }) == std::nullopt);
  give(effort, 0);
  CHECK(effort.next_double(start + 4s, 3, any) == 2U);
  CHECK(effort.next_doubt(start, 3s) == start + 6s);
  CHECK(effort.next_doubt(start + 6s, 3s) == start + 7s);
  CHECK(effort.next_doubt(start + 7s, 3s) == never);
}

TEST_CASE("the whole comes in order with who gave what") {
  MetadataEffort effort(2 * metadata_piece_bytes + 1);
  give(effort, 2);
  give(effort, 0);
  CHECK_FALSE(effort.complete());
  CHECK(effort.bytes_held() == metadata_piece_bytes + 1);
  give(effort, 1);
  REQUIRE(effort.complete());
  const auto whole = effort.take();
  REQUIRE(whole.pieces.size() == 3);
  CHECK(whole.pieces[2] == Buffer{2});
  CHECK(whole.pieces[1].front() == 1);
  CHECK(whole.shares[2].peer == LinkId{2, 1});
  CHECK(effort.bytes_held() == 0);
  CHECK(effort.next_free() == 0U);
}

TEST_CASE("what was forgotten is free, but what is asked for") {
  MetadataEffort effort(3 * metadata_piece_bytes);
  effort.on_asked(0, start);
  effort.on_asked(1, start);
  give(effort, 1);
  effort.on_unasked(1);
  effort.clear();
  CHECK(effort.bytes_held() == 0);
  CHECK(effort.next_free() == 1U);
}

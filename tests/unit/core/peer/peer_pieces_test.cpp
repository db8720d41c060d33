#include "core/peer/peer_pieces.h"

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::peer;
using Outcome = PeerPieces::Outcome;

TEST_CASE("what is said before the shape is known counts once it is") {
  PeerPieces pieces;
  CHECK_FALSE(pieces.settled());
  CHECK(pieces.on_all_or_none(false) == Outcome::nothing_new);
  CHECK(pieces.on_have({3}) == Outcome::nothing_new);
  CHECK(pieces.on_have({4}) == Outcome::nothing_new);
  CHECK(pieces.on_donthave({4}) == Outcome::nothing_new);
  CHECK(pieces.pieces().size() == 0);
  CHECK(pieces.settle(10) == Outcome::news);
  CHECK(pieces.pieces().count() == 1);
  CHECK(pieces.pieces().test({3}));
}

TEST_CASE("early haves are bounded in number and in value") {
  PeerPieces pieces;
  for (std::uint32_t i = 0; i < early_haves_max + 5; ++i) pieces.on_have({i});
  CHECK(pieces.on_have({limits::pieces_max}) == Outcome::out_of_range);
  CHECK(pieces.settle(100'000) == Outcome::news);
  CHECK(pieces.pieces().count() == early_haves_max);
}

TEST_CASE("allowed fast pieces are kept once, in order, and bounded") {
  PeerPieces pieces;
  pieces.settle(1000);
  CHECK(pieces.on_allowed_fast({7}) == Outcome::news);
  CHECK(pieces.on_allowed_fast({7}) == Outcome::nothing_new);
  CHECK(pieces.on_allowed_fast({1000}) == Outcome::out_of_range);
  for (std::uint32_t i = 0; i < 2 * allowed_fast_max; ++i) pieces.on_allowed_fast({i});
  CHECK(pieces.allowed_fast().size() == allowed_fast_max);
  CHECK(pieces.allowed_fast(PieceIndex{7}));
}

#include "core/swarm/partial_piece.h"

#include "tests/support/catch.h"

using namespace seed;
using swarm::BlockState;
using swarm::PartialPiece;
using swarm::PartialPieces;

namespace {

const Instant now{100s};
LinkId link(std::uint32_t n) { return {n, 1}; }

}  // namespace

TEST_CASE("a block goes from free to written and back") {
  PartialPiece piece({7}, 3);
  CHECK(piece.next_free(0) == 0);
  piece.request(0, link(1));
  CHECK(piece.next_free(0) == 1);
  piece.request(0, link(2));
  CHECK(piece.requester_count(0) == 2);
  CHECK(piece.unrequest(0, link(1)));
  CHECK_FALSE(piece.unrequest(0, link(1)));
  CHECK(piece.requested_of(0, link(2)));
  CHECK(piece.unrequest(0, link(2)));
  CHECK(piece.next_free(0) == 0);
  piece.request(0, link(1));
  piece.receive(0, link(1), BlockState::received);
  CHECK(piece.sender(0) == link(1));
  piece.set_written(0);
  CHECK(piece.state(0) == BlockState::written);
  CHECK(piece.present_count() == 1);
  piece.lose(0);
  CHECK(piece.free_count() == 3);
  CHECK(piece.untouched());
}

TEST_CASE("a link asked in vain is remembered until its time is up or another had its chance") {
  PartialPiece piece({7}, 2);
  piece.remember(1, link(1), now + 60s);
  CHECK(piece.was_asked(1, link(1)));
  CHECK_FALSE(piece.was_asked(0, link(1)));
  CHECK(piece.held_back(1, link(1), now));
  CHECK_FALSE(piece.held_back(1, link(1), now + 60s));
  piece.remember(1, link(2), now + 60s);
  CHECK_FALSE(piece.held_back(1, link(1), now));
  CHECK(piece.held_back(1, link(2), now));
  CHECK(piece.was_asked(1, link(1)));
  CHECK_FALSE(piece.untouched());
}

TEST_CASE("what a piece remembers is bounded") {
  PartialPiece piece({7}, 1);
  for (std::uint32_t i = 0; i < 1000; ++i) piece.remember(0, link(i), now);
  CHECK_FALSE(piece.was_asked(0, link(0)));
  CHECK(piece.was_asked(0, link(999)));
}

TEST_CASE("a piece on parole has one owner at a time") {
  PartialPiece piece({7}, 2);
  piece.put_on_parole();
  CHECK(piece.may_ask(link(1), now));
  piece.own(link(1), now);
  CHECK(piece.may_ask(link(1), now));
  CHECK_FALSE(piece.may_ask(link(2), now));
  CHECK(piece.may_ask(link(2), now + PartialPiece::owner_hold));
  piece.disown(link(2));
  CHECK_FALSE(piece.may_ask(link(2), now));
  piece.disown(link(1));
  CHECK(piece.may_ask(link(2), now));
}

TEST_CASE("started pieces move between their lists and are found") {
  PartialPieces pieces(10);
  pieces.start({1}, 1);
  auto& two = pieces.start({2}, 1);
  pieces.start({3}, 1);
  pieces.file(*pieces.find({1}), false);
  CHECK(pieces.open().size() == 2);
  CHECK(pieces.closed().size() == 1);
  CHECK(pieces.find({2}) == &two);
  pieces.erase({1});
  pieces.erase({2});
  CHECK(pieces.find({2}) == nullptr);
  CHECK(pieces.open()[0]->piece() == PieceIndex{3});
  CHECK(pieces.size() == 1);
  CHECK(pieces.find({10}) == nullptr);
}

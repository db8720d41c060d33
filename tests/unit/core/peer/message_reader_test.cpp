#include "core/peer/message_reader.h"

#include "tests/support/catch.h"
#include "tests/unit/core/peer/scripted_peer.h"

using namespace seed;
using namespace seed::peer;
using namespace seed::peer::test;
using Step = MessageReader::Step;

TEST_CASE("a whole message is looked at where it lies") {
  MessageReader reader;
  const Buffer input = octets({wire::Have{PieceIndex{1}}, wire::KeepAlive{}});
  Bytes rest = input;
  REQUIRE(reader.next(rest) == Step::message);
  CHECK(reader.body().data() == input.data() + 4);
  CHECK(reader.body().size() == 5);
  REQUIRE(reader.next(rest) == Step::message);
  CHECK(reader.body().empty());
  CHECK(reader.next(rest) == Step::more);
  CHECK(reader.gathered_capacity() == 0);
}

TEST_CASE("an announced length costs no memory") {
  MessageReader reader;
  const Buffer input{0, 2, 0, 0, 20, 1};
  Bytes rest = input;
  CHECK(reader.next(rest) == Step::more);
  CHECK(reader.gathered_capacity() < 64);
}

TEST_CASE("what a large message was gathered in is given back") {
  MessageReader reader;
  const Buffer payload(5000);
  const Buffer input = octets({wire::Unknown{99, payload}, wire::Choke{}});
  Bytes first = Bytes(input).first(4000);
  CHECK(reader.next(first) == Step::more);
  Bytes rest = Bytes(input).subspan(4000);
  REQUIRE(reader.next(rest) == Step::message);
  CHECK(reader.body().size() == 5001);
  REQUIRE(reader.next(rest) == Step::message);
  CHECK(reader.gathered_capacity() == 0);
}

TEST_CASE("a block nobody takes is skipped") {
  MessageReader reader;
  const BlockRef ref{PieceIndex{1}, 5, 100};
  const Buffer input = piece_octets(ref);
  Bytes rest = input;
  REQUIRE(reader.next(rest) == Step::block_begins);
  CHECK(reader.block_ref() == ref);
  REQUIRE(reader.next(rest) == Step::block_ends);
  CHECK_FALSE(reader.take_block());
  CHECK(reader.payload_bytes() == 100);
}

TEST_CASE("a block without payload ends where it begins") {
  MessageReader reader;
  const Buffer input = octets({wire::Piece{PieceIndex{1}, 0, {}}});
  Bytes rest = input;
  REQUIRE(reader.next(rest) == Step::block_begins);
  CHECK(rest.empty());
  CHECK(reader.next(rest) == Step::block_ends);
  CHECK(reader.next(rest) == Step::more);
}

TEST_CASE("lengths beyond the bound and pieces without a head cannot be read") {
  MessageReader large;
  const Buffer beyond{0, 2, 0, 1};
  Bytes rest = beyond;
  CHECK(large.next(rest) == Step::too_large);
  MessageReader more;
  more.set_message_bytes_max(0x20001);
  rest = beyond;
  CHECK(more.next(rest) == Step::more);
  MessageReader cut;
  const Buffer headless{0, 0, 0, 8, 7};
  rest = headless;
  CHECK(cut.next(rest) == Step::malformed);
}

#include "core/wire/message.h"

#include <array>

#include "tests/support/catch.h"

using namespace seed;
using wire::Message;

namespace {

std::string hex_of(const Message& message) {
  ByteQueue queue;
  wire::encode_message(message, queue);
  Buffer out;
  while (!queue.empty()) {
    std::array<Bytes, 1> front;
    queue.front(front);
    out.insert(out.end(), front[0].begin(), front[0].end());
    queue.consume(front[0].size());
  }
  return to_hex(out);
}

const BlockRef block{PieceIndex{1}, 0x4000, 0x2000};

}  // namespace

TEST_CASE("messages have the octets that BEP 3, 5, 6 and 10 give them") {
  const Buffer payload{0xab, 0xcd};
  const wire::HashRange range{sha256(payload), 1, 512, 0x200, 10};
  const std::string range_hex = range.root.hex() + "0000000100000200000002000000000a";
  const std::vector<std::pair<Message, std::string>> table{
      {wire::KeepAlive{}, "00000000"},
      {wire::Choke{}, "0000000100"},
      {wire::Unchoke{}, "0000000101"},
      {wire::Interested{}, "0000000102"},
      {wire::NotInterested{}, "0000000103"},
      {wire::Have{PieceIndex{0x01020304}}, "000000050401020304"},
      {wire::BitfieldMessage{payload}, "0000000305abcd"},
      {wire::Request{block}, "0000000d06000000010000400000002000"},
      {wire::Piece{PieceIndex{1}, 0x4000, payload}, "0000000b070000000100004000abcd"},
      {wire::Cancel{block}, "0000000d08000000010000400000002000"},
      {wire::Port{0x1ae1}, "00000003091ae1"},
      {wire::Suggest{PieceIndex{7}}, "000000050d00000007"},
      {wire::HaveAll{}, "000000010e"},
      {wire::HaveNone{}, "000000010f"},
      {wire::Reject{block}, "0000000d10000000010000400000002000"},
      {wire::AllowedFast{PieceIndex{7}}, "000000051100000007"},
      {wire::Extended{3, payload}, "000000041403abcd"},
      {wire::HashRequest{range}, "0000003115" + range_hex},
      {wire::Hashes{range, range.root.bytes()}, "0000005116" + range_hex + range.root.hex()},
      {wire::HashReject{range}, "0000003117" + range_hex},
      {wire::Unknown{99, payload}, "0000000363abcd"},
  };
  for (const auto& [message, hex] : table) {
    CHECK(hex_of(message) == hex);
    const Buffer octets = *from_hex(hex);
    CHECK(wire::parse_message(Bytes(octets).subspan(4)) == message);
  }
}

TEST_CASE("a message whose payload has not its size is malformed") {
  for (const std::string_view hex :
       {"00ff", "01ff", "02ff", "03ff", "04000000", "0400000000ff", "0600", "07000000000000", "08",
        "0900", "0d00", "0eff", "0fff", "1000", "11", "14", "1500", "1600", "1700"}) {
    const Buffer body = *from_hex(hex);
    INFO(hex);
    const auto parsed = wire::parse_message(body);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().code == FaultCode::malformed);
  }
}

TEST_CASE("the head of a piece goes in front of its block") {
  Block payload = Block::copy_of(as_bytes("hello"));
  const BlockRef ref{PieceIndex{2}, 16384, 5};
  wire::write_piece_head(payload.with_header(wire::piece_head_bytes), ref);
  CHECK(to_hex(payload.with_header(wire::piece_head_bytes)) ==
        hex_of(wire::Piece{ref.piece, ref.offset, as_bytes("hello")}));
}

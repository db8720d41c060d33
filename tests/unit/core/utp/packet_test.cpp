#include "core/utp/packet.h"

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::utp;

namespace {

Buffer hex(std::string_view text) { return *from_hex(text); }

}  // namespace

TEST_CASE("a header is laid out as BEP 29 has it") {
  const Header syn{PacketType::syn, 0x1234, 0x01020304, 0x0a0b0c0d, 0x00100000, 1, 0};
  Buffer out(header_bytes);
  encode(syn, out);
  CHECK(to_hex(out) == "41001234010203040a0b0c0d0010000000010000");
  const auto packet = parse(out);
  REQUIRE(packet);
  CHECK(packet->header == syn);
  CHECK(packet->sack.empty());
  CHECK(packet->payload.empty());
}

TEST_CASE("all five types are read") {
  for (const auto type :
       {PacketType::data, PacketType::fin, PacketType::state, PacketType::reset, PacketType::syn}) {
    Buffer out(header_bytes);
    encode({.type = type}, out);
    CHECK(out[0] == (static_cast<int>(type) << 4 | 1));
    CHECK(parse(out)->header.type == type);
  }
}

TEST_CASE("a selective acknowledgement goes between header and payload") {
  Buffer out(state_bytes_max);
  const Buffer sack = hex("01000080");
  const std::size_t size = encode({.type = PacketType::state, .ack = 7}, sack, out);
  CHECK(size == 26);
  CHECK(to_hex(Bytes(out).first(size)) == "2101" + std::string(32, '0') + "0007" + "000401000080");
  const auto packet = parse(MutableBytes(out).first(size));
  REQUIRE(packet);
  CHECK(equal(packet->sack, sack));
  CHECK(packet->payload.empty());
  // With an unknown extension before it, as libutp's extension bits are, and data behind.
  Buffer data = hex("01021234" + std::string(32, '0') + "0108" + "0000000000000000" +
                    "0004ffffffff" + "616263");
  const auto other = parse(data);
  REQUIRE(other);
  CHECK(to_hex(other->sack) == "ffffffff");
  CHECK(as_text(other->payload) == "abc");
}

TEST_CASE("what came further ahead goes behind the selective acknowledgement") {
  Buffer out(state_bytes_max);
  const Buffer sack = hex("01000080"), bits = hex("050080");
  const std::size_t size = encode({.type = PacketType::state}, sack, {0x1234, bits}, out);
  CHECK(to_hex(Bytes(out).first(size)) ==
        "2101" + std::string(36, '0') + "5e0401000080" + "00051234050080");
  const auto packet = parse(MutableBytes(out).first(size));
  REQUIRE(packet);
  CHECK(equal(packet->sack, sack));
  CHECK(packet->further.first == 0x1234);
  CHECK(equal(packet->further.bits, bits));
  CHECK(packet->payload.empty());
  // The largest of both fit.
  const Buffer most(sack_bytes_max, 0xff), most_bits(further_bytes_max, 0xff);
  CHECK(encode({.type = PacketType::state}, most, {1, most_bits}, out) == state_bytes_max);
  const auto large = parse(out);
  REQUIRE(large);
  CHECK(equal(large->sack, most));
  CHECK(equal(large->further.bits, most_bits));
}

TEST_CASE("one that says nothing of what came further ahead is passed over") {
  const std::string head = "215e1234" + std::string(32, '0');
  for (const std::string_view tail : {"0000", "000112", "00021234"}) {
    Buffer data = hex(head + std::string(tail));
    const auto packet = parse(data);
    REQUIRE(packet);
    CHECK(packet->further.bits.empty());
    CHECK(packet->payload.empty());
  }
  for (const std::string_view tail : {"0003", "00031234", "5e03123401"}) {
    Buffer data = hex(head + std::string(tail));
    CHECK_FALSE(parse(data));
  }
}

TEST_CASE("what is no uTP is told by its first octet") {
  Buffer out(header_bytes);
  encode({}, out);
  CHECK(is_packet(out));
  for (const int first : {0x00, 0x02, 0x51, 0xf1, int{'d'}, int{'B'}}) {
    out[0] = static_cast<std::uint8_t>(first);
    CHECK_FALSE(is_packet(out));
    CHECK_FALSE(parse(out));
  }
  CHECK_FALSE(is_packet({}));
  out[0] = 1;
  CHECK_FALSE(is_packet(Bytes(out).first(19)));
}

TEST_CASE("extensions that go past the end are refused") {
  const std::string head = "01011234" + std::string(32, '0');
  for (const std::string_view tail :
       {"", "00", "0004", "0004ffffff", "0004ffffffff02", "0003ffff", "0000", "0104ffffffff"}) {
    Buffer data = hex(head + std::string(tail));
    if (tail == "0004ffffffff02") {
      CHECK(parse(data));
      continue;
    }
    CHECK_FALSE(parse(data));
  }
}

TEST_CASE("a selective acknowledgement may have any length, as libtorrent's has") {
  const std::string head = "01011234" + std::string(32, '0');
  Buffer data = hex(head + "0003ffff01");
  const auto packet = parse(data);
  REQUIRE(packet);
  CHECK(packet->sack.size() == 3);
}

TEST_CASE("sequence numbers are compared around the wrap") {
  CHECK(steps(65535, 0) == 1);
  CHECK(steps(0, 65535) == -1);
  CHECK(steps(7, 7) == 0);
  CHECK(plus(65535, 2) == 1);
  CHECK(plus(0, -1) == 65535);
}

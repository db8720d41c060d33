#include "core/wire/handshake.h"

#include "tests/support/catch.h"

using namespace seed;

namespace {

Buffer drained(ByteQueue& queue) {
  Buffer out;
  while (!queue.empty()) {
    std::array<Bytes, 1> front;
    queue.front(front);
    out.insert(out.end(), front[0].begin(), front[0].end());
    queue.consume(front[0].size());
  }
  return out;
}

wire::Handshake example() {
  wire::Handshake out;
  out.info_hash.octets.fill(0xaa);
  out.peer_id = *PeerId::from(as_bytes("-XX0001-abcdefghijkl"));
  out.reserved.set_extended(true).set_fast(true).set_dht(true);
  return out;
}

}  // namespace

TEST_CASE("a handshake is 68 octets in the order of BEP 3") {
  ByteQueue queue;
  wire::encode_handshake(example(), queue);
  const Buffer octets = drained(queue);
  REQUIRE(octets.size() == wire::handshake_bytes);
  CHECK(to_hex(octets) ==
        "13426974546f7272656e742070726f746f636f6c"
        "0000000000100005"
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "2d5858303030312d6162636465666768696a6b6c");
  CHECK(wire::parse_handshake(octets) == example());
}

TEST_CASE("each reserved bit stands for itself") {
  wire::Reserved reserved;
  reserved.set_v2(true);
  CHECK(reserved.v2());
  CHECK_FALSE((reserved.fast() || reserved.dht() || reserved.extended()));
  CHECK(reserved.octets[7] == 0x10);
  reserved.set_fast(true).set_v2(false);
  CHECK(reserved.octets[7] == 0x04);
}

TEST_CASE("the first wrong octet of a handshake is known at once") {
  CHECK(wire::begins_handshake({}));
  CHECK(
      wire::begins_handshake(as_bytes("\x13"
                                      "BitTorr")));
  CHECK_FALSE(wire::begins_handshake(as_bytes("GET / HTTP/1.1")));
  CHECK_FALSE(
      wire::begins_handshake(as_bytes("\x13"
                                      "BitTorrenX")));
}

TEST_CASE("a handshake of another length or protocol is malformed") {
  ByteQueue queue;
  wire::encode_handshake(example(), queue);
  Buffer octets = drained(queue);
  CHECK_FALSE(wire::parse_handshake(Bytes(octets).first(67)));
  octets[3] ^= 1;
  CHECK(wire::parse_handshake(octets).error().code == FaultCode::malformed);
}

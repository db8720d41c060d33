// parse(encode(x)) = x for every message and extension, over drawn values.
#include <array>

#include "core/base/rng.h"
#include "core/wire/ext/extended_handshake.h"
#include "core/wire/ext/extension.h"
#include "core/wire/message.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::wire;

namespace {

struct Dice {
  Rng rng;

  std::uint32_t u32() { return static_cast<std::uint32_t>(rng.next()); }
  std::uint8_t u8() { return static_cast<std::uint8_t>(rng.next()); }
  bool coin() { return rng.below(2) == 1; }
  Buffer octets(std::size_t below) {
    Buffer out(rng.below(below));
    rng.fill(out);
    return out;
  }
  HashRange hash_range() {
    Sha256 root;
    rng.fill(root.octets);
    return {root, u32(), u32(), u32(), u32()};
  }
  BlockRef block() { return {{u32()}, u32(), u32()}; }
  Endpoint endpoint(bool v4) {
    Buffer raw(v4 ? 4 : 16);
    rng.fill(raw);
    raw[0] = 0x20;  // global unicast, never multicast, mapped or unspecified
    return {*IpAddress::from_octets(raw), static_cast<std::uint16_t>(1 + rng.below(65535))};
  }
};

Message drawn_message(Dice& dice, Bytes payload) {
  switch (dice.rng.below(19)) {
    case 0:
      return KeepAlive{};
    case 1:
      return Choke{};
    case 2:
      return Unchoke{};
    case 3:
      return Interested{};
    case 4:
      return NotInterested{};
    case 5:
      return Have{{dice.u32()}};
    case 6:
      return BitfieldMessage{payload};
    case 7:
      return Request{dice.block()};
    case 8:
      return Piece{{dice.u32()}, dice.u32(), payload};
    case 9:
      return Cancel{dice.block()};
    case 10:
      return Port{static_cast<std::uint16_t>(dice.u32() & 0xffff)};
    case 11:
      return Suggest{{dice.u32()}};
    case 12:
      return Reject{dice.block()};
    case 13:
      return AllowedFast{{dice.u32()}};
    case 14:
      return Extended{dice.u8(), payload};
    case 15:
      return Hashes{dice.hash_range(), payload.first(payload.size() / Sha256::size * Sha256::size)};
    case 16:
      return HashRequest{dice.hash_range()};
    case 17:
      return HashReject{dice.hash_range()};
    default:
      return Unknown{static_cast<std::uint8_t>(24 + dice.rng.below(200)), payload};
  }
}

UtMetadata drawn_metadata(Dice& dice) {
  UtMetadata out;
  out.kind = static_cast<UtMetadata::Kind>(dice.rng.below(3));
  out.piece = static_cast<std::uint32_t>(dice.rng.below(3));
  if (out.kind != UtMetadata::Kind::data) return out;
  const auto rest = static_cast<std::uint32_t>(1 + dice.rng.below(20000));
  out.total_size = out.piece * metadata_piece_bytes + rest;
  out.data.resize(std::min(rest, metadata_piece_bytes));
  dice.rng.fill(out.data);
  return out;
}

UtPex drawn_pex(Dice& dice) {
  UtPex out;
  for (const bool v4 : {true, false}) {
    for (std::uint64_t i = dice.rng.below(25); i > 0; --i)
      out.added.push_back({dice.endpoint(v4), dice.u8()});
    for (std::uint64_t i = dice.rng.below(25); i > 0; --i) out.dropped.push_back(dice.endpoint(v4));
  }
  return out;
}

UtHolepunch drawn_holepunch(Dice& dice) {
  UtHolepunch out;
  out.kind = static_cast<UtHolepunch::Kind>(dice.rng.below(3));
  out.endpoint = dice.endpoint(dice.coin());
  if (out.kind == UtHolepunch::Kind::error)
    out.error = static_cast<UtHolepunch::Error>(dice.rng.below(6));
  return out;
}

ExtendedHandshake drawn_handshake(Dice& dice) {
  ExtendedHandshake out;
  for (auto& id : out.ids)
    if (dice.coin()) id = dice.u8();
  if (dice.coin()) out.client = "client " + std::to_string(dice.u32());
  if (dice.coin()) out.reqq = std::max(1u, dice.u32());
  if (dice.coin()) out.port = dice.endpoint(true).port;
  if (dice.coin()) out.yourip = dice.endpoint(dice.coin()).address;
  if (dice.coin()) out.ipv4 = dice.endpoint(true).address;
  if (dice.coin()) out.ipv6 = dice.endpoint(false).address;
  if (dice.coin()) out.metadata_size = static_cast<std::uint32_t>(1 + dice.rng.below(1 << 24));
  if (dice.coin()) out.upload_only = dice.coin();
  return out;
}

}  // namespace

TEST_CASE("every message comes back as it was encoded") {
  const std::uint64_t seed = GENERATE(range(1, 9));
  INFO("seed " << seed);
  Dice dice{Rng(seed)};
  for (int i = 0; i < 2000; ++i) {
    const Buffer payload = dice.octets(40);
    const Message message = drawn_message(dice, payload);
    ByteQueue queue;
    encode_message(message, queue);
    Buffer octets;
    std::array<Bytes, 4> front;
    for (const auto view : std::span(front).first(queue.front(front)))
      octets.insert(octets.end(), view.begin(), view.end());
    REQUIRE(octets.size() == queue.size());
    REQUIRE(ByteReader(octets).u32() == octets.size() - 4);
    REQUIRE(parse_message(Bytes(octets).subspan(4)) == message);
  }
}

TEST_CASE("every extension comes back as it was encoded") {
  const std::uint64_t seed = GENERATE(range(1, 5));
  INFO("seed " << seed);
  Dice dice{Rng(seed)};
  for (int i = 0; i < 300; ++i) {
    const std::array<ExtensionMessage, 5> messages{drawn_pex(dice), drawn_metadata(dice),
                                                   drawn_holepunch(dice), LtDontHave{{dice.u32()}},
                                                   UploadOnly{dice.coin()}};
    for (const auto& message : messages) {
      Buffer octets;
      encode_extension(message, octets);
      REQUIRE(parse_extension(extension_of(message), octets) == message);
    }
    const auto handshake = drawn_handshake(dice);
    Buffer octets;
    handshake.encode(octets);
    REQUIRE(ExtendedHandshake::parse(octets) == handshake);
  }
}

#include "core/utp/packet.h"

#include <algorithm>

#include "core/base/check.h"

namespace seed::utp {
namespace {

constexpr std::uint8_t version = 1;
/// BEP 29, "extension": 1 is the selective acknowledgement.
constexpr std::uint8_t extension_sack = 1;
/// Of our own. Taken are 2 (extension bits, libutp) and 3 (reason of closing, libtorrent); all skip
/// what they do not know by its length.
constexpr std::uint8_t extension_further = 0x5e;

std::uint16_t load_u16(const std::uint8_t* at) {
  return static_cast<std::uint16_t>(at[0] << 8 | at[1]);
}
std::uint32_t load_u32(const std::uint8_t* at) {
  return std::uint32_t{load_u16(at)} << 16 | load_u16(at + 2);
}
void store_u16(std::uint8_t* at, std::uint16_t value) {
  at[0] = static_cast<std::uint8_t>(value >> 8);
  at[1] = static_cast<std::uint8_t>(value);
}

void write(const Header& header, std::uint8_t extension, MutableBytes out) {
  SEED_CHECK(out.size() >= header_bytes);
  out[0] = static_cast<std::uint8_t>(static_cast<unsigned>(header.type) << 4 | version);
  out[1] = extension;
  store_u16(&out[2], header.connection);
  store_u32(out.subspan(4), header.timestamp);
  store_u32(out.subspan(8), header.timestamp_difference);
  store_u32(out.subspan(12), header.window);
  store_u16(&out[16], header.sequence);
  store_u16(&out[18], header.ack);
}

}  // namespace

bool is_packet(Bytes datagram) {
  return datagram.size() >= header_bytes && (datagram[0] & 0x0f) == version &&
         datagram[0] >> 4 <= static_cast<int>(PacketType::syn);
}

std::optional<Packet> parse(MutableBytes datagram) {
  if (!is_packet(datagram)) return std::nullopt;
  Packet out;
  out.header.type = static_cast<PacketType>(datagram[0] >> 4);
  out.header.connection = load_u16(&datagram[2]);
  out.header.timestamp = load_u32(&datagram[4]);
  out.header.timestamp_difference = load_u32(&datagram[8]);
  out.header.window = load_u32(&datagram[12]);
  out.header.sequence = load_u16(&datagram[16]);
  out.header.ack = load_u16(&datagram[18]);
  std::uint8_t extension = datagram[1];
  MutableBytes rest = datagram.subspan(header_bytes);
  while (extension != 0) {
    if (rest.size() < 2) return std::nullopt;
    const std::uint8_t next = rest[0];
    const std::size_t length = rest[1];
    if (rest.size() < 2 + length) return std::nullopt;
    if (extension == extension_sack) {
      // BEP 29 wants fours; libtorrent sends as many octets as it needs.
      if (length == 0) return std::nullopt;
      out.sack = rest.subspan(2, length);
    }
    if (extension == extension_further && length > 2)
      out.further = {load_u16(&rest[2]), rest.subspan(4, length - 2)};
    rest = rest.subspan(2 + length);
    extension = next;
  }
  out.payload = rest;
  return out;
}

void encode(const Header& header, MutableBytes out) { write(header, 0, out); }

std::size_t encode(const Header& header, Bytes sack, MutableBytes out) {
  return encode(header, sack, {}, out);
}

std::size_t encode(const Header& header, Bytes sack, const Further& further, MutableBytes out) {
  if (sack.empty()) {
    write(header, 0, out);
    return header_bytes;
  }
  SEED_CHECK(sack.size() % 4 == 0 && sack.size() <= sack_bytes_max);
  SEED_CHECK(further.bits.size() <= further_bytes_max);
  const std::size_t size = header_bytes + 2 + sack.size();
  const std::size_t more = further.bits.empty() ? 0 : 4 + further.bits.size();
  SEED_CHECK(out.size() >= size + more);
  write(header, extension_sack, out);
  out[header_bytes] = more > 0 ? extension_further : 0;
  out[header_bytes + 1] = static_cast<std::uint8_t>(sack.size());
  std::ranges::copy(sack, out.begin() + header_bytes + 2);
  if (more == 0) return size;
  const MutableBytes behind = out.subspan(size, more);
  behind[0] = 0;
  behind[1] = static_cast<std::uint8_t>(more - 2);
  store_u16(&behind[2], further.first);
  std::ranges::copy(further.bits, behind.begin() + 4);
  return size + more;
}

}  // namespace seed::utp

#include "core/portmap/pcp.h"

#include <algorithm>

namespace seed::portmap::pcp {
namespace {

/// RFC 6887, 7.1 and 7.2: the high bit tells an answer from a request.
constexpr std::uint8_t answer_bit = 0x80;
constexpr std::uint8_t opcode_announce = 0;
constexpr std::uint8_t opcode_map = 1;
/// Reserved octets at the end of an answer's header.
constexpr std::size_t reserved_bytes = 12;

/// RFC 6887, 5: IPv4 addresses stand as IPv4-mapped ones of IPv6.
void put_address(ByteWriter& out, const IpAddress& address) {
  if (address.is_v4()) out.u64(0).u16(0).u16(0xffff);
  out.put(address.octets());
}

std::optional<MapAnswer> parse_map(ByteReader& in) {
  MapAnswer out;
  const Bytes nonce = in.take(out.nonce.size());
  std::ranges::copy(nonce, out.nonce.begin());
  const std::uint8_t protocol = in.u8();
  in.take(3);  // reserved
  out.port.number = in.u16();
  out.external.port = in.u16();
  const auto address = IpAddress::from_octets(in.take(16));
  if (!in.ok() || !address) return std::nullopt;
  out.external.address = *address;
  out.port.protocol = Protocol{protocol};
  if (out.port.protocol != Protocol::tcp && out.port.protocol != Protocol::udp) return std::nullopt;
  return out;
}

}  // namespace

Buffer encode_map(const MapRequest& request) {
  ByteWriter out;
  out.u8(version).u8(opcode_map).u16(0);
  out.u32(static_cast<std::uint32_t>(request.lifetime.count()));
  put_address(out, request.client);
  out.put(request.nonce).u8(static_cast<std::uint8_t>(request.port.protocol)).u8(0).u16(0);
  out.u16(request.port.number).u16(request.external.port);
  put_address(out, request.external.address);
  return out.take();
}

std::optional<Answer> parse(Bytes packet) {
  if (packet.size() > packet_bytes_max || packet.size() % 4 != 0) return std::nullopt;
  ByteReader in(packet);
  if (in.u8() != version) return std::nullopt;
  const std::uint8_t opcode = in.u8();
  in.u8();  // reserved
  Answer out;
  out.outcome = Outcome{in.u8()};
  out.lifetime = std::chrono::seconds(in.u32());
  out.epoch = in.u32();
  in.take(reserved_bytes);
  if (!in.ok()) return std::nullopt;
  if (opcode == (answer_bit | opcode_announce)) return out;
  if (opcode != (answer_bit | opcode_map)) return std::nullopt;
  out.map = parse_map(in);
  if (!out.map) return std::nullopt;
  return out;
}

std::optional<std::uint8_t> parse_version_refusal(Bytes packet) {
  ByteReader in(packet);
  const std::uint8_t theirs = in.u8();
  const std::uint8_t opcode = in.u8();
  in.u8();
  const Outcome outcome{in.u8()};
  if (!in.ok() || (opcode & answer_bit) == 0 || outcome != Outcome::version_unsupported)
    return std::nullopt;
  return theirs;
}

std::string_view reason(Outcome outcome) {
  switch (outcome) {
    case Outcome::success:
      return "done";
    case Outcome::version_unsupported:
      return "the gateway speaks another version";
    case Outcome::not_authorized:
      return "the gateway does not allow it, or keeps the port for somebody else";
    case Outcome::malformed_request:
    case Outcome::malformed_option:
    case Outcome::option_unsupported:
      return "the gateway did not understand the request";
    case Outcome::opcode_unsupported:
      return "the gateway cannot map ports";
    case Outcome::network_failure:
      return "the gateway has no connection itself";
    case Outcome::no_resources:
      return "the gateway has no room for more mappings";
    case Outcome::protocol_unsupported:
      return "the gateway cannot map this protocol";
    case Outcome::quota_exceeded:
      return "the gateway allows us no more mappings";
    case Outcome::cannot_provide_external:
      return "the gateway has no external port or address to give";
    case Outcome::address_mismatch:
      return "there is another NAT between us and the gateway";
    case Outcome::too_many_remote_peers:
      return "the gateway was asked for too much";
  }
  return "the gateway gave no reason that is known";
}

}  // namespace seed::portmap::pcp

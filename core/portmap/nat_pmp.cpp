#include "core/portmap/nat_pmp.h"

namespace seed::portmap::nat_pmp {
namespace {

constexpr std::uint8_t version = 0;
/// RFC 6886, 3.2 and 3.3: what is asked; an answer has 128 more.
constexpr std::uint8_t opcode_address = 0;
constexpr std::uint8_t opcode_map_udp = 1;
constexpr std::uint8_t opcode_map_tcp = 2;
constexpr std::uint8_t answer_bit = 128;

std::uint8_t opcode_of(Protocol protocol) {
  return protocol == Protocol::udp ? opcode_map_udp : opcode_map_tcp;
}

void read_success(ByteReader& in, Answer& out) {
  if (!out.protocol) {
    out.external = IpAddress::v4(in.u32());
    return;
  }
  out.internal_port = in.u16();
  out.external_port = in.u16();
  out.lifetime = std::chrono::seconds(in.u32());
}

}  // namespace

Buffer encode_address_request() {
  ByteWriter out;
  out.u8(version).u8(opcode_address);
  return out.take();
}

Buffer encode_map(const LocalPort& port, std::uint16_t external_port,
                  std::chrono::seconds lifetime) {
  ByteWriter out;
  out.u8(version).u8(opcode_of(port.protocol)).u16(0);
  out.u16(port.number).u16(external_port).u32(static_cast<std::uint32_t>(lifetime.count()));
  return out.take();
}

std::optional<Answer> parse(Bytes packet) {
  ByteReader in(packet);
  if (in.u8() != version) return std::nullopt;
  const std::uint8_t opcode = in.u8();
  Answer out;
  if (opcode == (answer_bit | opcode_map_udp))
    out.protocol = Protocol::udp;
  else if (opcode == (answer_bit | opcode_map_tcp))
    out.protocol = Protocol::tcp;
  else if (opcode != (answer_bit | opcode_address))
    return std::nullopt;
  out.outcome = Outcome{in.u16()};
  out.epoch = in.u32();
  if (out.outcome == Outcome::success) read_success(in, out);
  if (!in.ok()) return std::nullopt;
  return out;
}

std::string_view reason(Outcome outcome) {
  switch (outcome) {
    case Outcome::success:
      return "done";
    case Outcome::version_unsupported:
      return "the gateway speaks another version";
    case Outcome::not_authorized:
      return "the gateway does not allow it";
    case Outcome::network_failure:
      return "the gateway has no connection itself";
    case Outcome::out_of_resources:
      return "the gateway has no room for more mappings";
    case Outcome::opcode_unsupported:
      return "the gateway cannot map ports";
  }
  return "the gateway gave no reason that is known";
}

}  // namespace seed::portmap::nat_pmp

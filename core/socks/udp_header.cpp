#include "core/socks/udp_header.h"

#include <array>

namespace seed::socks {

void append_udp_header(Buffer& out, const Address& to) {
  constexpr std::array<std::uint8_t, 3> whole_datagram{0, 0, 0};
  out.insert(out.end(), whole_datagram.begin(), whole_datagram.end());
  append_address(out, to);
}

Result<UdpHeader> parse_udp_header(Bytes datagram) {
  ByteReader in(datagram);
  in.u16();  // reserved
  const std::uint8_t fragment = in.u8();
  if (fragment != 0) return fail(FaultCode::unsupported, "a part of a datagram");
  SEED_TRY(auto address, read_address(in));
  return UdpHeader{std::move(address), datagram.size() - in.remaining()};
}

}  // namespace seed::socks

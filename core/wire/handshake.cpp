#include "core/wire/handshake.h"

#include <algorithm>

namespace seed::wire {

Reserved& Reserved::set(std::size_t octet, std::uint8_t bit, bool on) {
  const unsigned cleared = octets[octet] & ~unsigned{bit};
  octets[octet] = static_cast<std::uint8_t>(on ? cleared | bit : cleared);
  return *this;
}

bool begins_handshake(Bytes received) {
  const Bytes prefix = as_bytes(handshake_prefix);
  const std::size_t known = std::min(received.size(), prefix.size());
  return equal(received.first(known), prefix.first(known));
}

Result<Handshake> parse_handshake(Bytes octets) {
  if (octets.size() != handshake_bytes || !begins_handshake(octets))
    return fail(FaultCode::malformed, "no handshake of the BitTorrent protocol");
  Handshake out;
  ByteReader reader(octets.subspan(handshake_prefix.size()));
  std::ranges::copy(reader.take(out.reserved.octets.size()), out.reserved.octets.begin());
  std::ranges::copy(reader.take(Sha1::size), out.info_hash.octets.begin());
  std::ranges::copy(reader.take(PeerId::size), out.peer_id.octets.begin());
  return out;
}

void encode_handshake(const Handshake& handshake, ByteQueue& out) {
  out.append(as_bytes(handshake_prefix));
  out.append(handshake.reserved.octets);
  out.append(handshake.info_hash.bytes());
  out.append(handshake.peer_id.bytes());
}

}  // namespace seed::wire

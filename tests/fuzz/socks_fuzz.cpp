// LINK: seed::socks
#include <algorithm>

#include "core/base/check.h"
#include "core/socks/negotiation.h"
#include "core/socks/udp_header.h"

// The first octet draws the client and how its input is cut; the rest is what the proxy says, and
// then a datagram of its relay.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seed;
  using namespace seed::socks;
  if (size == 0) return 0;
  const std::uint8_t draw = data[0];
  const Bytes input(data + 1, size - 1);
  const Address address =
      (draw & 1) != 0 ? Address(HostName{"example.org", 80}) : Address(Endpoint{});
  const auto login = (draw & 2) != 0 ? std::optional(Login{"user", "pass"}) : std::nullopt;
  Negotiation negotiation((draw & 4) != 0 ? Command::connect : Command::udp_associate, address,
                          login);
  const std::size_t part_max = std::size_t{1} + (draw >> 3);
  Bytes rest = input;
  while (!rest.empty() && !negotiation.ended()) {
    const Bytes part = rest.first(std::min(part_max, rest.size()));
    SEED_CHECK(negotiation.wanted() > 0);
    const std::size_t taken = negotiation.on_bytes(part);
    SEED_CHECK(taken == part.size() || negotiation.ended());
    rest = rest.subspan(taken);
    negotiation.outgoing().clear();
  }
  SEED_CHECK(negotiation.next_event().has_value() == negotiation.ended());
  if (const auto header = parse_udp_header(input)) {
    Buffer out;
    append_udp_header(out, header->address);
    // Only an IPv4 address that came mapped into IPv6 is written shorter.
    SEED_CHECK(out.size() == header->octets || out.size() + 12 == header->octets);
    SEED_CHECK(is_encodable(header->address) && header->octets <= udp_header_bytes_max);
  }
  return 0;
}

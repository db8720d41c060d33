#include "core/swarm/pex_intake.h"

#include <set>

#include "core/base/public_address.h"

namespace seed::swarm {

PexIntake::Taken PexIntake::on_message(std::span<const Pex::Peer> added, const IpAddress& teller,
                                       Instant now) {
  if (in_span_ == 0 || now - span_begins_ >= flood_span) {
    span_begins_ = now;
    in_span_ = 0;
  }
  if (++in_span_ > flood_max) return {Verdict::flood, {}};
  if (!first_ && now - taken_at_ < interval_min) return {Verdict::early, {}};
  const std::size_t most = first_ ? first_taken_max : taken_max;
  const bool from_outside = is_public(teller);
  first_ = false;
  taken_at_ = now;
  Taken out;
  std::set<IpAddress> seen;
  for (const Pex::Peer& peer : added) {
    const IpAddress& address = peer.endpoint.address;
    if (out.peers.size() == most) break;
    if (peer.endpoint.port == 0 || address.is_unspecified() || address.is_multicast()) continue;
    const bool is_outside = is_public(address);
    if (from_outside && !is_outside) continue;
    // In our own network several may share an address, as on one machine.
    if (is_outside && !seen.insert(address).second) continue;
    out.peers.push_back(peer);
  }
  return out;
}

}  // namespace seed::swarm

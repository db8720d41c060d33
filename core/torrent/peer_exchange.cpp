#include "core/torrent/peer_exchange.h"

#include "core/base/stand_in.h"

namespace seed::torrent {

using wire::PexPeer;

void PeerExchange::on_extended(const PeerLink& link, const wire::ExtendedHandshake& said,
                               Instant now) {
  const auto& connection = link.connection();
  Endpoint dialable = link.remote();
  if (link.config().incoming) dialable.port = said.port.value_or(0);
  std::uint8_t flags = 0;
  const auto& pieces = connection.peer_pieces();
  if (connection.facts().peer_upload_only || (pieces.size() > 0 && pieces.all()))
    flags |= PexPeer::upload_only;
  if (connection.encrypted() != peer::Encrypted::no) flags |= PexPeer::prefers_encryption;
  if (link.utp()) flags |= PexPeer::supports_utp;
  if (!link.config().incoming) flags |= PexPeer::reachable;
  if (connection.takes(wire::Extension::ut_holepunch)) flags |= PexPeer::supports_holepunch;
  // What stands for a name here means nothing to others.
  if (dialable.port != 0 && !stands_for_name(dialable.address))
    pex_.on_peer(link.id, dialable, flags, now);
  if (connection.takes(wire::Extension::ut_pex))
    pex_.on_listener(link.id, link.remote().address, now);
}

void PeerExchange::on_gone(LinkId link, bool parted, Instant now) {
  pex_.on_gone(link, parted, now);
  intakes_.erase(link);
}

std::vector<PeerExchange::Told> PeerExchange::on_message(PeerLink& link, const wire::UtPex& message,
                                                         Instant now) {
  std::vector<swarm::Pex::Peer> added;
  added.reserve(message.added.size());
  for (const auto& peer : message.added) added.push_back({peer.endpoint, peer.flags});
  const auto taken = intakes_[link.id].on_message(added, link.remote().address, now);
  std::vector<Told> told;
  if (taken.verdict == swarm::PexIntake::Verdict::flood)
    link.end({FaultCode::malformed, 0, "floods us with other peers' addresses"});
  if (taken.verdict != swarm::PexIntake::Verdict::taken) return told;
  for (const auto& peer : taken.peers)
    told.push_back({peer.endpoint,
                    {.seed = (peer.flags & PexPeer::upload_only) != 0,
                     .encryption = (peer.flags & PexPeer::prefers_encryption) != 0,
                     .utp = (peer.flags & PexPeer::supports_utp) != 0}});
  return told;
}

bool PeerExchange::tell(PeerLink& link, const swarm::Pex::Message& message, Instant now) {
  wire::UtPex out;
  for (const auto& peer : message.added) out.added.push_back({peer.endpoint, peer.flags});
  out.dropped = message.dropped;
  return link.connection().send_extension(out, now);
}

}  // namespace seed::torrent

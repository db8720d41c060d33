#include "core/torrent/holepunching.h"

#include <utility>
#include <variant>

namespace seed::torrent {

using wire::PexPeer;
using wire::UtHolepunch;

void Holepunching::on_extended(const PeerLink& link, const wire::ExtendedHandshake& said) {
  swarm::Rendezvous::Ends ends;
  const bool incoming = link.config().incoming;
  // Where an incoming link over TCP comes from, nobody can be dialled.
  if (link.utp() || !incoming) ends.remote = link.remote();
  if (!incoming)
    ends.listening = link.remote();
  else if (said.port.value_or(0) != 0)
    ends.listening = Endpoint{link.remote().address, *said.port};
  ends.supports = link.connection().takes(wire::Extension::ut_holepunch);
  rendezvous_.on_link(link.id, ends);
}

void Holepunching::on_gone(const PeerLink& link, Instant now) {
  rendezvous_.on_gone(link.id);
  if (link.connected() || link.config().incoming) return;
  if (const auto relay = rendezvous_.on_dial_failed(link.remote(), now))
    say(*relay, UtHolepunch::Kind::rendezvous, link.remote(), now);
}

void Holepunching::on_pex(const PeerLink& link, const wire::UtPex& message) {
  for (const auto& peer : message.added)
    if ((peer.flags & PexPeer::supports_holepunch) != 0)
      rendezvous_.on_told(link.id, peer.endpoint);
  for (const auto& endpoint : message.dropped) rendezvous_.on_untold(link.id, endpoint);
}

void Holepunching::on_message(PeerLink& from, const UtHolepunch& message, Instant now) {
  switch (message.kind) {
    case UtHolepunch::Kind::rendezvous:
      return introduce(from, message.endpoint, now);
    case UtHolepunch::Kind::connect:
      if (rendezvous_.on_connect(from.id, message.endpoint, now) && waiting_.size() < waiting_max)
        waiting_.push_back(message.endpoint);
      return;
    case UtHolepunch::Kind::error:
      if (const auto relay = rendezvous_.on_error(from.id, message.endpoint, now))
        say(*relay, UtHolepunch::Kind::rendezvous, message.endpoint, now);
      return;
  }
}

void Holepunching::introduce(PeerLink& from, const Endpoint& target, Instant now) {
  const auto answer = rendezvous_.on_rendezvous(from.id, target, now);
  if (const auto* refusal = std::get_if<swarm::Rendezvous::Refusal>(&answer)) {
    say(from.id, UtHolepunch::Kind::error, target, now,
        static_cast<UtHolepunch::Error>(std::to_underlying(*refusal)));
  } else if (const auto* both = std::get_if<swarm::Rendezvous::Introduce>(&answer)) {
    say(both->target, UtHolepunch::Kind::connect, both->of_initiator, now);
    say(from.id, UtHolepunch::Kind::connect, both->of_target, now);
  }
}

std::optional<Endpoint> Holepunching::next_to_dial() {
  if (waiting_.empty()) return std::nullopt;
  return waiting_.take_front();
}

void Holepunching::say(LinkId to, UtHolepunch::Kind kind, const Endpoint& endpoint, Instant now,
                       UtHolepunch::Error error) {
  PeerLink* const link = links_.table().find(to);
  if (link == nullptr) return;
  link->connection().send_extension(UtHolepunch{kind, endpoint, error}, now);
  links_.mark_dirty(*link);
}

}  // namespace seed::torrent

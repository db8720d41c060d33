// Holepunching: brings the peers of a public torrent together that cannot be dialled, and lets them
// bring us together (BEP 55).
//
// Drives a swarm::Rendezvous, whose bounds hold: it says who is asked and told; here the links are
// spoken to, and endpoints that are to be dialled by uTP at once wait for their turn.
// Bounds: waiting_max such endpoints; beyond, the newest is left out.
#pragma once

#include <cstddef>
#include <optional>

#include "core/base/endpoint.h"
#include "core/base/fifo.h"
#include "core/base/ids.h"
#include "core/base/instant.h"
#include "core/base/rng.h"
#include "core/swarm/rendezvous.h"
#include "core/torrent/links.h"
#include "core/torrent/peer_link.h"
#include "core/wire/ext/extended_handshake.h"
#include "core/wire/ext/ut_holepunch.h"
#include "core/wire/ext/ut_pex.h"

namespace seed::torrent {

class Holepunching {
 public:
  static constexpr std::size_t waiting_max = 16;

  /// `links` outlives it.
  Holepunching(Links& links, Rng rng) : links_(links), rendezvous_(rng) {}

  /// Our own endpoint of that family, as others see it.
  void set_own(const std::optional<Endpoint>& v4, const std::optional<Endpoint>& v6) {
    rendezvous_.set_own(v4, v6);
  }
  /// The peer's extended handshake is there, maybe again.
  void on_extended(const PeerLink& link, const wire::ExtendedHandshake& said);
  /// The link has ended; a dial that came to nothing is tried with the help of who told of it.
  void on_gone(const PeerLink& link, Instant now);
  /// The peer told of others.
  void on_pex(const PeerLink& link, const wire::UtPex& message);
  void on_message(PeerLink& from, const wire::UtHolepunch& message, Instant now);
  /// Whom to dial by uTP now.
  std::optional<Endpoint> next_to_dial();

 private:
  void say(LinkId to, wire::UtHolepunch::Kind kind, const Endpoint& endpoint, Instant now,
           wire::UtHolepunch::Error error = wire::UtHolepunch::Error::none);
  void introduce(PeerLink& from, const Endpoint& target, Instant now);

  Links& links_;
  swarm::Rendezvous rendezvous_;
  Fifo<Endpoint> waiting_;
};

}  // namespace seed::torrent

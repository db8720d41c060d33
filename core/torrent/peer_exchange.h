// PeerExchange: tells the links of a public torrent of each other, and takes what they tell (BEP
// 11).
//
// Drives a swarm::Pex and one swarm::PexIntake a link; their bounds hold. A private torrent has
// none (BEP 27), and then does not say that it takes ut_pex.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/base/ids.h"
#include "core/base/instant.h"
#include "core/base/rng.h"
#include "core/swarm/candidates.h"
#include "core/swarm/pex.h"
#include "core/swarm/pex_intake.h"
#include "core/torrent/link_table.h"
#include "core/torrent/peer_link.h"
#include "core/wire/ext/extended_handshake.h"
#include "core/wire/ext/ut_pex.h"

namespace seed::torrent {

class PeerExchange {
 public:
  /// `links` outlives it.
  PeerExchange(LinkTable& links, Rng rng) : links_(links), pex_(rng) {}

  /// The peer's extended handshake is there, maybe again.
  void on_extended(const PeerLink& link, const wire::ExtendedHandshake& said, Instant now);
  /// `parted`: we closed it though it was good.
  void on_gone(LinkId link, bool parted, Instant now);
  /// Peers that may be dialled. A link that floods is ended.
  struct Told {
    Endpoint endpoint;
    swarm::CandidateFlags flags;
  };
  std::vector<Told> on_message(PeerLink& link, const wire::UtPex& message, Instant now);
  /// Tells whom something is due to; `dirty(link)` for each.
  template <typename Dirty>
  void on_deadline(Instant now, Dirty&& dirty) {
    while (auto next = pex_.next_message(now))
      if (PeerLink* link = links_.find(next->first);
          link != nullptr && tell(*link, next->second, now))
        dirty(*link);
  }
  Instant deadline() const { return pex_.deadline().value_or(never); }

 private:
  static bool tell(PeerLink& link, const swarm::Pex::Message& message, Instant now);

  LinkTable& links_;
  swarm::Pex pex_;
  std::unordered_map<LinkId, swarm::PexIntake, SlotIdHash<struct LinkTag>> intakes_;
};

}  // namespace seed::torrent

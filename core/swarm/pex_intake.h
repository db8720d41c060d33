// PexIntake: which of the peers that a link tells of are taken (BEP 11, hearing side). One a link.
//
// What is told is hearsay: it may be meant to make us dial a victim, or to drown the good
// candidates. So a message that comes early is ignored, of one little is taken, and of one address
// one port ("Security Considerations"); addresses of private networks only from somebody who is in
// one.
//
// Not for private torrents (BEP 27): there the driver takes nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/endpoint.h"
#include "core/base/instant.h"
#include "core/swarm/pex.h"

namespace seed::swarm {

class PexIntake {
 public:
  /// BEP 11 allows one a minute; clocks and queues differ. Sooner: ignored.
  static constexpr Duration interval_min = 50s;
  /// Messages within `flood_span`, the ignored ones counted. Beyond: a flood, which is a reason to
  /// close the link ("egregiously violate").
  static constexpr Duration flood_span = 60s;
  static constexpr std::size_t flood_max = 6;
  /// Taken of one message, and of the first. Beyond: left out.
  static constexpr std::size_t taken_max = 50;
  static constexpr std::size_t first_taken_max = 100;

  enum class Verdict : std::uint8_t { taken, early, flood };
  struct Taken {
    Verdict verdict = Verdict::taken;
    std::vector<Pex::Peer> peers;  ///< candidates
  };

  /// `teller`: the address of the link's other end.
  Taken on_message(std::span<const Pex::Peer> added, const IpAddress& teller, Instant now);

 private:
  bool first_ = true;
  Instant taken_at_{};
  Instant span_begins_{};
  std::size_t in_span_ = 0;
};

}  // namespace seed::swarm

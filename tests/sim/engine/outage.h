// Outage: a host's network that goes and comes back, and the judge of what is tried meanwhile.
#pragma once

#include <cstdint>
#include <string>

#include "core/base/result.h"

namespace seed::sim {

struct Outage {
  bool gone = false;
  std::uint64_t life = 0;  ///< what was opened in an earlier one is dead
  /// Dials, datagrams, listeners, lookups and fetches while it was gone: none of them went out, and
  /// none of them should have been tried.
  std::uint64_t tried = 0;

  static Fault fault() { return {FaultCode::cut_off, 0, "the interface tun0 is down"}; }
  /// True when it may not go out.
  bool refuses() {
    if (gone) ++tried;
    return gone;
  }
};

}  // namespace seed::sim

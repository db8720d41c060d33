// Urgency: which announces go first when many wait.
#pragma once

#include <cstdint>

namespace seed::tracker {

/// Smaller goes first.
enum class Urgency : std::uint8_t {
  user,     ///< the user asked for it: started or reannounced by hand
  event,    ///< stopped and completed
  routine,  ///< an interval has passed; a torrent started with the session
  scrape,   ///< only for display
};

}  // namespace seed::tracker

// Event: what happened in a session, for those who show it. Values; drained by the front door.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "core/base/digest.h"
#include "core/session/snapshot.h"

namespace seed::session {

struct TorrentAdded {
  TorrentNumber number = 0;
  InfoHashes hashes;
};
struct TorrentCompleted {
  TorrentNumber number = 0;
};
/// Stopped by its ratio or idle limit.
struct TorrentSeedingDone {
  TorrentNumber number = 0;
};
struct TorrentFailed {
  TorrentNumber number = 0;
  std::string reason;
};
struct TorrentRemoved {
  TorrentNumber number = 0;
};

using Event =
    std::variant<TorrentAdded, TorrentCompleted, TorrentSeedingDone, TorrentFailed, TorrentRemoved>;

}  // namespace seed::session

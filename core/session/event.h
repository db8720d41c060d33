// Event: what happened in a session, for those who show it or act on it. Values.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "core/base/digest.h"
#include "core/session/snapshot.h"

namespace seed::session {

/// The torrent that something happened to, as it was then.
struct TorrentRef {
  TorrentNumber number = 0;
  InfoHashes hashes;
  std::string name;
  std::vector<std::string> labels;
};

struct TorrentAdded {
  TorrentRef torrent;
};
/// A magnet's metadata has come: its name and files are known.
struct TorrentMetadata {
  TorrentRef torrent;
};
struct TorrentCompleted {
  TorrentRef torrent;
};
/// Stopped by its ratio or idle limit.
struct TorrentSeedingDone {
  TorrentRef torrent;
};
struct TorrentFailed {
  TorrentRef torrent;
  std::string reason;
};
struct TorrentRemoved {
  TorrentRef torrent;
};
/// An announce was answered or has failed.
struct TrackerAnswered {
  TorrentRef torrent;
  std::string host;  ///< "tracker.example:80"
  bool good = false;
  std::string text;  ///< what went wrong, or the tracker's warning; empty when nothing
  std::uint32_t peers = 0;
};
/// Settings have other values.
struct SettingsChanged {
  std::vector<std::string> names;
};

using Event = std::variant<TorrentAdded, TorrentMetadata, TorrentCompleted, TorrentSeedingDone,
                           TorrentFailed, TorrentRemoved, TrackerAnswered, SettingsChanged>;

/// The torrent it is about; nullptr when it is about none.
inline const TorrentRef* torrent_of(const Event& event) {
  return std::visit(
      [](const auto& it) -> const TorrentRef* {
        if constexpr (requires { it.torrent; })
          return &it.torrent;
        else
          return nullptr;
      },
      event);
}

/// An event and the session's number when it happened: no two have the same.
struct Happening {
  std::uint64_t sequence = 0;
  Event event;
};

struct EventList {
  std::vector<Happening> events;  ///< the oldest first
  bool complete = true;           ///< false: some are forgotten already
};

}  // namespace seed::session

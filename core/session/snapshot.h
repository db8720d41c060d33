// Snapshot: plain facts about torrents and the session, copied on the loop and read anywhere
// (design, section 12).
//
// Units are in the names or comments: octets, octets a second.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/group_options.h"
#include "core/torrent/snapshot.h"
#include "core/torrent/why.h"

namespace seed::session {

using torrent::ErrorKind;
using torrent::FileFacts;
using torrent::FileSnapshot;
using torrent::Groups;
using torrent::PeerSnapshot;
using torrent::PeerSource;
using torrent::Reason;
using torrent::ReasonCode;
using torrent::Status;
using torrent::TorrentNumber;
using torrent::TorrentSnapshot;
using torrent::TrackerSnapshot;
using torrent::TrackerState;

struct Totals {
  std::uint64_t uploaded = 0;  ///< payload octets
  std::uint64_t downloaded = 0;
  std::uint64_t files_added = 0;  ///< torrents added, as the contract counts
  std::uint64_t seconds_active = 0;
  std::uint64_t session_count = 0;
};

struct SessionStats {
  std::uint64_t torrents = 0;
  std::uint64_t active = 0;
  std::uint64_t paused = 0;
  std::uint64_t rate_download = 0;
  std::uint64_t rate_upload = 0;
  Totals current;
  Totals cumulative;
};

/// Why a torrent does not move, or what it is doing.
struct TorrentWhy {
  TorrentNumber number = 0;
  InfoHashes hashes;
  std::string name;
  Status status = Status::stopped;
  std::vector<Reason> reasons;  ///< the main one first; never empty
};

/// One bandwidth group.
struct GroupSnapshot {
  std::string name;
  config::GroupOptions options;
};

/// Facts of session_get that are not settings.
struct SessionFacts {
  std::string state_dir;
  std::uint16_t peer_port = 0;  ///< the one in use; 0 while not listening
  std::string listen_error;     ///< why not, for the user; empty when fine
  std::uint64_t blocklist_rules = 0;
  std::uint64_t peers_blocked = 0;  ///< times an address was turned away, since the start
};

}  // namespace seed::session

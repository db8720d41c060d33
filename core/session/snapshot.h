// Snapshot: plain facts about torrents and the session, copied on the loop and read anywhere
// (design, section 12).
//
// Units are in the names or comments: octets, octets a second.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
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

/// The magnet that leads to it, of at most metainfo::magnet_bytes_max octets: hashes, name, its own
/// trackers, web seeds. Of Groups::texts and ::trackers.
std::string magnet_link(const TorrentSnapshot& torrent);

/// One bandwidth group.
struct GroupSnapshot {
  std::string name;
  config::GroupOptions options;
};

/// What a tracker's host was asked since the start, and how often in vain.
struct TrackerHostFacts {
  std::string host;  ///< "tracker.example:80"; "other" for all beyond the bound
  std::uint64_t announces = 0;
  std::uint64_t announce_errors = 0;
  std::uint64_t scrapes = 0;
  std::uint64_t scrape_errors = 0;
};

/// A folder that torrents have their data in.
struct RootFacts {
  std::string path;   ///< "other" for all beyond the bound
  std::string fault;  ///< why it cannot be used, for the user; empty when it can
  std::optional<std::uint64_t> free_bytes;  ///< as last measured
};

struct TorrentFigures {
  std::string hash;
  std::string name;
  std::uint64_t downloaded = 0;  ///< ever, with what did not pass its hash
  std::uint64_t uploaded = 0;
  std::uint64_t rate_download = 0;
  std::uint64_t rate_upload = 0;
  std::uint64_t peers = 0;
  std::uint64_t left = 0;
};

/// Torrents by what they do, and their peers.
struct TorrentCounts {
  std::array<std::uint64_t, 7> by_status{};  ///< torrents by Status
  std::array<std::uint64_t, 4> by_error{};   ///< torrents by ErrorKind
  std::uint64_t peers[2][2] = {};            ///< connected: [over uTP][encrypted]
};

/// What our own tracker was asked by one protocol over one family, since it was switched on.
struct OwnTrackerRequests {
  std::string_view protocol;    ///< "udp" or "http"
  std::string_view family;      ///< "ipv4" or "ipv6"
  std::uint64_t connects = 0;   ///< UDP only
  std::uint64_t announces = 0;  ///< those that were taken
  std::uint64_t early = 0;      ///< of these, sooner than they were told to
  std::uint64_t scrapes = 0;
  std::vector<std::pair<std::string_view, std::uint64_t>> errors;  ///< by kind
};

struct OwnTrackerFacts {
  std::vector<OwnTrackerRequests> requests;
  std::uint64_t swarms = 0;
  std::array<std::uint64_t, 2> peers{};  ///< IPv4, IPv6; seeds too
  std::array<std::uint64_t, 2> seeds{};
  std::uint64_t expired = 0;   ///< peers so far that were not heard of for too long
  std::uint64_t replaced = 0;  ///< and that gave way to others
  std::uint64_t http_links = 0;
};

/// What the engine counts, for /metrics.
struct SessionMetrics {
  SessionStats stats;
  TorrentCounts counts;
  std::uint64_t dht_nodes = 0;
  std::uint64_t blocklist_rules = 0;
  std::uint64_t blocklist_hits = 0;
  std::vector<TrackerHostFacts> trackers;
  std::vector<RootFacts> roots;
  std::uint64_t memory_incoming = 0;  ///< octets of BlockMemory
  std::uint64_t memory_reading = 0;
  std::uint64_t memory_unsent = 0;
  std::uint64_t memory_max = 0;
  std::vector<TorrentFigures> torrents;        ///< while metrics_per_torrent
  std::optional<OwnTrackerFacts> own_tracker;  ///< while tracker_enabled
};

/// Something that keeps the session from doing what it is for.
struct Trouble {
  /// A name for programs: network_gone, not_listening, root_missing, state_not_saved.
  std::string_view code;
  std::string text;  ///< for people; may have paths in it
};

/// Facts of session_get that are not settings.
struct SessionFacts {
  std::string state_dir;
  std::uint16_t peer_port = 0;  ///< the one in use; 0 while not listening
  std::string listen_error;     ///< why not, for the user; empty when fine
  std::uint64_t blocklist_rules = 0;
  std::uint64_t peers_blocked = 0;  ///< times an address was turned away, since the start
  std::uint16_t external_port = 0;  ///< the router forwards TCP from it; 0 while it does not
  std::string port_mapping;         ///< what came of that, for the user; empty while it is off
};

}  // namespace seed::session

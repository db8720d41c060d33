// TorrentSnapshot: plain facts about one torrent, copied on the loop and read anywhere (design,
// section 12). What a group costs is in its comment; ask only for what is shown.
//
// Units are in the names or comments: octets, octets a second, seconds.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "config/torrent_options.h"
#include "core/base/bitfield.h"
#include "core/base/digest.h"
#include "core/base/endpoint.h"
#include "core/base/instant.h"
#include "core/base/piece.h"

namespace seed::torrent {

/// The number by which the RPC names a torrent: from 1, never used again in one run.
using TorrentNumber = std::int64_t;

/// What the loop must copy. The core facts always come.
struct Groups {
  bool texts = false;         ///< name, folder, comment, creator, labels, error text: a few strings
  bool swarm = false;         ///< what of its links is counted: a walk over them
  bool trackers = false;      ///< dear: a dozen facts a tracker
  bool peers = false;         ///< dear: a dozen facts a link
  bool files = false;         ///< dear: two facts a file; names come with the shared metainfo
  bool pieces = false;        ///< dear: a bit a piece
  bool availability = false;  ///< dear: a number a piece
};

/// The RPC's numbers (contract, section 7).
enum class Status : std::uint8_t {
  stopped = 0,
  check_wait = 1,
  checking = 2,
  download_wait = 3,
  downloading = 4,
  seed_wait = 5,
  seeding = 6,
};

enum class ErrorKind : std::uint8_t { none = 0, tracker_warning = 1, tracker_error = 2, local = 3 };

enum class TrackerState : std::uint8_t { inactive = 0, waiting = 1, queued = 2, active = 3 };

struct TrackerSnapshot {
  std::uint32_t id = 0;  ///< unique over all torrents of this run
  std::uint32_t tier = 0;
  std::string announce;
  std::string scrape;  ///< empty when there is none
  std::string host;    ///< "tracker.example:80"
  std::string sitename;
  bool is_backup = false;
  bool is_default = false;        ///< the session's, not the torrent's own
  bool refused_for_good = false;  ///< it said, maybe in a run before, that it is not to be asked

  TrackerState announce_state = TrackerState::inactive;
  bool has_announced = false;
  bool last_announce_succeeded = false;
  bool last_announce_timed_out = false;
  std::string last_announce_result;
  std::int64_t last_announce_peer_count = 0;
  WallTime last_announce_start{};
  WallTime last_announce{};
  WallTime next_announce{};

  TrackerState scrape_state = TrackerState::inactive;
  bool has_scraped = false;
  bool last_scrape_succeeded = false;
  bool last_scrape_timed_out = false;
  std::string last_scrape_result;
  WallTime last_scrape_start{};
  WallTime last_scrape{};
  WallTime next_scrape{};

  std::int64_t seeders = -1;
  std::int64_t leechers = -1;
  std::int64_t downloads = -1;
  std::int64_t downloaders = -1;
};

/// How a peer was found; the order of peers_from in the contract.
enum class PeerSource : std::uint8_t { tracker, incoming, dht, pex, lpd, cache, ltep };

struct PeerSnapshot {
  Endpoint endpoint;
  PeerId peer_id;
  std::string client;
  PeerSource source = PeerSource::tracker;
  bool incoming = false;
  bool encrypted = false;
  bool utp = false;
  bool optimistic = false;
  bool client_choked = true;       ///< it chokes us
  bool client_interested = false;  ///< we are interested in it
  bool peer_choked = true;         ///< we choke it
  bool peer_interested = false;
  bool downloading_from = false;
  bool uploading_to = false;
  double progress = 0;
  std::uint64_t rate_to_client = 0;  ///< payload, octets a second
  std::uint64_t rate_to_peer = 0;
  std::uint64_t bytes_to_client = 0;
  std::uint64_t bytes_to_peer = 0;
};

struct FileSnapshot {
  std::uint64_t bytes_completed = 0;  ///< verified or not
  Priority priority = Priority::normal;
  bool wanted = true;
};

/// What a web seed is doing.
struct WebSeedSnapshot {
  std::string url;
  bool downloading = false;      ///< payload came in the last seconds, or is awaited
  std::uint64_t rate = 0;        ///< payload, octets a second
  std::uint64_t downloaded = 0;  ///< octets of payload in this run of the torrent
  std::string trouble;           ///< why it serves nothing, or not all; empty: nothing is known
};

/// What a torrent's metainfo says about its files; immutable, shared by all snapshots of a torrent.
struct FileFacts {
  std::string name;  ///< the torrent's name first, '/' between parts
  std::uint64_t length = 0;
  std::uint32_t begin_piece = 0;
  std::uint32_t end_piece = 0;  ///< one past the last
  bool pad = false;
};

struct TorrentSnapshot {
  // --- core: always there
  TorrentNumber number = 0;
  InfoHashes hashes;
  std::uint64_t sequence = 0;  ///< the session's number at the last change of what a user can see
  std::uint64_t labels_gained = 0;  ///< the same when it last got a label; 0: not in this run
  WallTime taken{};                 ///< when these facts were copied
  Status status = Status::stopped;
  ErrorKind error = ErrorKind::none;
  bool is_private = false;
  bool is_finished = false;
  bool is_stalled = false;
  bool has_metadata = false;
  double metadata_progress = 0;
  double recheck_progress = 0;
  double move_progress = 0;
  std::int64_t queue_position = 0;
  std::uint32_t file_count = 0;
  std::uint32_t piece_count = 0;
  std::uint32_t piece_size = 0;
  std::uint64_t total_size = 0;
  std::uint64_t size_when_done = 0;
  std::uint64_t left_until_done = 0;
  std::uint64_t have_valid = 0;
  std::uint64_t have_unchecked = 0;
  std::uint64_t desired_available = 0;
  std::uint64_t downloaded_ever = 0;
  std::uint64_t uploaded_ever = 0;
  std::uint64_t corrupt_ever = 0;
  std::uint64_t rate_download = 0;  ///< payload, octets a second
  std::uint64_t rate_upload = 0;
  std::int64_t eta = -1;       ///< seconds; -1 not available, -2 unknown
  std::int64_t eta_idle = -1;  ///< seconds
  std::int64_t seconds_downloading = 0;
  std::int64_t seconds_seeding = 0;
  std::uint32_t webseeds_sending_to_us = 0;
  WallTime activity{};
  WallTime added{};
  WallTime created{};
  WallTime done{};
  WallTime edited{};
  WallTime started{};
  std::int64_t manual_announce = -1;  ///< Unix seconds, of `taken` if allowed already; -1 for none

  // --- swarm
  std::uint32_t peers_connected = 0;
  std::uint32_t peers_sending_to_us = 0;
  std::uint32_t peers_getting_from_us = 0;
  std::uint32_t peers_from[7] = {};     ///< connected, by PeerSource
  std::uint32_t peers_over[2][2] = {};  ///< connected: [over uTP][encrypted]

  // --- texts
  std::string name;
  std::string download_dir;
  std::string error_string;
  std::string comment;
  std::string creator;
  std::string source;
  std::string mime_type;
  std::string torrent_file;
  std::vector<std::string> webseeds;
  std::vector<WebSeedSnapshot> webseed_facts;  ///< of those that are used; none while it rests
  config::TorrentOptions options;

  // --- trackers, peers, files, pieces
  std::vector<TrackerSnapshot> trackers;
  std::vector<PeerSnapshot> peers;
  std::shared_ptr<const std::vector<FileFacts>> file_facts;
  std::vector<FileSnapshot> files;
  Bitfield pieces;
  std::vector<std::int32_t> availability;
};

}  // namespace seed::torrent

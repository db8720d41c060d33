// Why: why a torrent does not move, or what it is doing: facts in, reasons out, the main one first.
//
// A reason is a code with what it speaks of: for people rpc makes a sentence of it, programs read
// the code. Every torrent has at least one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/instant.h"
#include "core/base/result.h"
#include "core/torrent/snapshot.h"

namespace seed::torrent {

enum class ReasonCode : std::uint8_t {
  // It does what it should.
  downloading,  ///< `number` octets a second
  seeding,      ///< the same
  // It is not meant to run.
  paused,
  limit_reached,  ///< its ratio or idle limit
  // It cannot.
  disk_full,  ///< these: `detail` is what the system or seedd says
  root_missing,
  files_missing,
  files_in_the_way,
  no_permission,
  disk_error,
  broken,  ///< another fault
  // It will.
  check_waits,
  checking,  ///< `share` is done
  moving,    ///< `share` is done
  queued,    ///< place `number` of `of` that wait, for `detail` "download" or "seed"
  opening,   ///< its files are being looked up
  metadata_missing,
  // There is nobody to speak to.
  nothing_wanted,
  no_address_family,
  network_gone,  ///< `detail` says how
  no_trackers,
  asking_trackers,
  asking_dht,         ///< and no tracker; `number` nodes of it are known
  no_peers_found,     ///< the next announce is at `when`
  tracker_error,      ///< `detail` is host and text; the next announce is at `when`
  connecting,         ///< `number` dials are under way
  dial_waits,         ///< `number` are known, and wait for their turn to be dialled
  peers_unreachable,  ///< `number` are known, the next is dialled at `when`
  nobody_connected,   ///< of those that would download
  // There is, and it does not help.
  peers_choke_us,        ///< all `number` of them
  no_peer_has_missing,   ///< `number` of `of` missing octets are with peers
  blocks_under_way,      ///< asked for, of `number` peers
  nobody_interested,     ///< none of `number`
  peers_wait_for_slots,  ///< `number` are interested, and choked by us
  // It is held.
  limit_is_zero,  ///< of its own, its group's or the session's, for `detail` "download" or "upload"
  rate_limited,   ///< the same
  disk_slow,      ///< the memory for blocks is full
  peer_limit,     ///< all `number` places are taken
  stalled,        ///< idle for so long that it does not count in the queue
  not_listening,  ///< `detail`: why no peer can connect
  tracker_warning,  ///< `detail` is host and text
  proxy_fails,      ///< `detail`: what does not go through the proxy, and why
};

struct Reason {
  ReasonCode code = ReasonCode::paused;
  std::string detail;
  std::int64_t number = -1;
  std::int64_t of = -1;
  double share = -1;
  WallTime when = no_time;

  bool operator==(const Reason&) const = default;
};

/// What is known of a torrent, for this.
struct WhyFacts {
  Status status = Status::stopped;
  bool finished = false;  ///< stopped by its ratio or idle limit
  bool stalled = false;
  std::optional<Fault> error;
  std::string trouble;  ///< what else is wrong with its content
  bool has_metadata = true;
  bool opening = false;
  bool unplaced = false;  ///< it is complete, and its files have not their names and place yet
  bool moving = false;
  double move_progress = 0;
  double check_progress = 0;
  std::uint64_t size_when_done = 0;
  std::uint64_t left = 0;       ///< wanted and missing octets
  std::uint64_t available = 0;  ///< of these, with connected peers
  std::uint64_t rate_down = 0;
  std::uint64_t rate_up = 0;
  // Peers.
  std::uint32_t open = 0;  ///< connected, and shaken hands
  std::uint32_t unchoke_us = 0;
  std::uint32_t interested = 0;  ///< in us
  std::uint32_t unchoked = 0;    ///< by us
  std::uint32_t dialing = 0;
  std::uint32_t known = 0;  ///< not connected
  bool dial_waits = false;  ///< one of these could be dialled at once
  std::uint32_t peer_limit = 0;
  WallTime next_dial = no_time;
  bool no_address_family = false;
  std::string network_trouble;  ///< why nothing can go out
  // Limits.
  bool down_shut = false;
  bool up_shut = false;
  bool held_down = false;  ///< links wait for a limit
  bool held_up = false;
  bool memory_full = false;
  // Trackers that it speaks to.
  struct Tracker {
    std::string host;
    bool active = false;  ///< being asked, or about to be
    bool answered = false;
    bool good = false;
    std::string text;  ///< what went wrong
    std::string warning;
    WallTime next = no_time;
  };
  std::vector<Tracker> trackers;
};

/// What the session knows of it besides.
struct Surroundings {
  std::int64_t queue_place = -1;  ///< from 1, among those that wait for the same
  std::int64_t queue_length = -1;
  std::int64_t dht_nodes = -1;  ///< whom the DHT could ask; -1 when it is not asked for this one
  std::string listen_error;     ///< why nobody can connect; empty when fine
  std::string proxy_error;      ///< what does not go through the proxy; empty when all does
};

/// The main reason, then those that add to it. Bounds: of trackers the first three in trouble.
std::vector<Reason> explain(const WhyFacts& facts, const Surroundings& around);

}  // namespace seed::torrent

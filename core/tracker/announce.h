// Announce: what a torrent tells a tracker and what the tracker answers, the same for HTTP (BEP 3,
// 7, 23, 24, 31) and UDP (BEP 15). Values.
//
// Bounds: limits::peers_per_answer_max, limits::announce_interval_min and _max, text_bytes_max.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/digest.h"
#include "core/base/endpoint.h"
#include "core/base/instant.h"
#include "core/base/limits.h"
#include "core/base/result.h"

namespace seed::tracker {

/// Octets kept of a failure reason or a warning: enough for a sentence. The rest is cut off.
inline constexpr std::size_t text_bytes_max = 1024;
/// Octets of a tracker id (BEP 3) that we send back. A longer one is ignored: it would not fit into
/// a URL.
inline constexpr std::size_t tracker_id_bytes_max = 1024;
/// What `left` says while a magnet's size is unknown: not 0, for 0 means a seed; one block.
inline constexpr std::uint64_t left_unknown = 16 * 1024;

/// The numbers are BEP 15's.
enum class AnnounceEvent : std::uint8_t { none = 0, completed = 1, started = 2, stopped = 3 };

/// "", "completed", "started", "stopped": as BEP 3 spells them.
std::string_view name_of(AnnounceEvent event);

struct AnnounceRequest {
  Sha1 info_hash;  ///< InfoHashes::short_hash()
  /// A hybrid's other one, whose swarm is another (BEP 52): who carries it asks for that as well.
  std::optional<Sha1> info_hash_v2;
  PeerId peer_id;  ///< the one on the wire
  std::uint16_t port = 0;
  std::uint64_t uploaded = 0;            ///< octets of payload since `started`
  std::uint64_t downloaded = 0;          ///< octets of payload since `started`
  std::uint64_t left = left_unknown;     ///< octets of the whole that are missing, wanted or not
  std::optional<std::uint64_t> corrupt;  ///< octets thrown away; HTTP only
  AnnounceEvent event = AnnounceEvent::none;
  bool partial_seed = false;             ///< misses octets and wants none of them (BEP 21)
  std::optional<std::uint32_t> numwant;  ///< none: as many as the tracker likes
  std::uint32_t key = 0;                 ///< the same for all announces of a torrent's run
  std::string tracker_id;                ///< AnnounceReply::tracker_id, sent back; HTTP only
  bool support_crypto = false;           ///< we take encrypted links; HTTP only
  bool require_crypto = false;           ///< we take no others; HTTP only
  bool no_peer_id = true;                ///< peers' ids are not wanted (BEP 23); HTTP only
  std::optional<IpAddress> ip;           ///< told only when the user says so
  std::optional<IpAddress> ipv6;         ///< our address of the other family (BEP 7); HTTP only

  bool operator==(const AnnounceRequest&) const = default;
};

/// A tracker that says no: `failure reason` (BEP 3) or an error packet (BEP 15).
struct Refusal {
  std::string text;                  ///< UTF-8, never empty
  std::optional<Duration> retry_in;  ///< BEP 31
  bool never = false;                ///< BEP 31: "retry in" says never

  bool operator==(const Refusal&) const = default;
};

/// What a tracker said in its own words, also when it said no: `accepted()` first, then the rest.
/// (A Result<AnnounceReply> without a value means that nothing sensible came back at all.)
struct AnnounceReply {
  std::optional<Refusal> refusal;
  std::string warning;  ///< not a failure; "" for none
  Duration interval = limits::announce_interval_default;
  std::optional<Duration> min_interval;
  std::string tracker_id;
  std::optional<std::uint32_t> seeders;    ///< `complete`
  std::optional<std::uint32_t> leechers;   ///< `incomplete`
  std::optional<std::uint32_t> downloads;  ///< `downloaded`
  std::vector<Endpoint> peers;             ///< IPv4 and IPv6; none with port 0
  std::vector<Endpoint> peers_v2;          ///< of a hybrid's other swarm
  std::optional<IpAddress> external_ip;    ///< ours, as the tracker sees it (BEP 24)

  bool accepted() const { return !refusal; }
  bool operator==(const AnnounceReply&) const = default;
};

/// What a tracker says of both swarms of a hybrid, which it knows as two: what it says of the
/// first, with the peers of the other; if it has a value only of the other, or refused the first,
/// what it says of that.
Result<AnnounceReply> joined(Result<AnnounceReply> first, Result<AnnounceReply> second);

/// An interval a tracker asks for, brought within bounds: 0 and less become the default.
Duration sane_interval(std::int64_t seconds);
/// A count a tracker gives; nothing when it is negative or absurd.
std::optional<std::uint32_t> sane_count(std::int64_t count);
/// A tracker's text made fit for people: UTF-8, no control characters, at most text_bytes_max.
std::string sane_text(Bytes text);

}  // namespace seed::tracker

// UDP tracker packets: connect, announce, scrape, error (BEP 15) and the URL option (BEP 41).
//
// A packet may be longer than said here: later extensions add to the end. Ids are given and checked
// by UdpTrackers.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/tracker/announce.h"
#include "core/tracker/scrape.h"

namespace seed::tracker::udp {

/// BEP 15, "connect request": the magic constant that stands where a connection id will.
inline constexpr std::uint64_t protocol_id = 0x41727101980;
/// Octets of the fixed part of an announce request; options (BEP 41) follow.
inline constexpr std::size_t announce_bytes = 98;
/// Octets of path and query sent along (BEP 41): with the rest they fit one packet of 1280 octets.
/// A longer one is not sent.
inline constexpr std::size_t url_data_bytes_max = 1024;

enum class Action : std::uint32_t { connect = 0, announce = 1, scrape = 2, error = 3 };

/// What is in every reply.
struct Header {
  Action action = Action::connect;
  std::uint32_t transaction = 0;
};

Buffer encode_connect(std::uint32_t transaction);
/// `url_data`: path and query of the announce URL, "" for none. `over_v6`: the packet goes by IPv6,
/// where the address field is always 0.
Buffer encode_announce(std::uint64_t connection, std::uint32_t transaction,
                       const AnnounceRequest& request, std::string_view url_data, bool over_v6);
Buffer encode_scrape(std::uint64_t connection, std::uint32_t transaction,
                     std::span<const Sha1> info_hashes);

/// Nothing when it is shorter than 8 octets or names no action.
std::optional<Header> parse_header(Bytes packet);
/// The connection id; nothing when the packet is too short.
std::optional<std::uint64_t> parse_connect(Bytes packet);
/// `over_v6`: peers have 18 octets each, else 6. A tail shorter than a peer is ignored.
/// Fault: malformed when the packet is too short.
Result<AnnounceReply> parse_announce(Bytes packet, bool over_v6);
/// The counts of the torrents asked for, in their order. Fault: malformed without one whole entry.
Result<ScrapeReply> parse_scrape(Bytes packet, std::span<const Sha1> info_hashes);
/// The text of an error packet.
Refusal parse_error(Bytes packet);

}  // namespace seed::tracker::udp

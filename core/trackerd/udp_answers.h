// UDP answers: a datagram of a client in, the tracker's datagram out, or nothing (BEP 15).
//
// Who has no connection id of ours yet may be at a forged address: it gets 16 octets for 16 and not
// a word otherwise, BEP 15: the tracker "ignores the request if it doesn't match". (Its client asks
// anew after 15 s, and for a new id after a minute.) All else is answered, what cannot be with an
// error (action 3).
//
// The family of the source is the family of all: 6 octets a peer or 18. The IP address of a request
// is not looked at, or anybody could sign up others; nor is its key (see swarm_store.h). Whatever
// stands behind a request's fields is left alone: options (BEP 41) and what may come.
//
// Bounds: datagram_bytes_max, scrape_hashes_max.
#pragma once

#include <cstddef>
#include <optional>

#include "core/base/bytes.h"
#include "core/base/endpoint.h"
#include "core/base/instant.h"
#include "core/trackerd/tracker.h"

namespace seed::trackerd {

/// Octets of one answer: what passes everywhere in one packet, IPv6's least (1280) without its two
/// heads; parts of packets are often lost. 200 IPv4 peers or 67 of IPv6. Beyond: fewer peers.
inline constexpr std::size_t udp_answer_bytes_max = 1232;
/// Info-hashes of one scrape (BEP 15: "Up to about 74 torrents"). Beyond: left out.
inline constexpr std::size_t scrape_hashes_max = 74;

/// What is no datagram for a tracker is counted and answered with nothing.
std::optional<Buffer> answer_datagram(Tracker& tracker, Bytes datagram, const Endpoint& from,
                                      Instant now);

}  // namespace seed::trackerd

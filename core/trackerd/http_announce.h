// HTTP announce and scrape requests: from the query of a URL to what it asks for (BEP 3, 7, 23,
// 48).
//
// Each fault names the parameter, for whoever wrote the client. What is not known is passed over;
// of what comes twice, the last counts: a tracker's URL may bring parameters of its own along,
// before the client's. Only an announce has one info_hash. `uploaded` and `downloaded` are nobody's
// concern but the client's, and `key` is not used (see swarm_store.h).
//
// Bounds: http_query_bytes_max and http_scrape_hashes_max; numbers of up to 20 digits.
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/digest.h"
#include "core/base/endpoint.h"
#include "core/trackerd/swarm_store.h"

namespace seed::trackerd {

/// As long as a line of a request's head may be (limits::http_head_line_bytes_max). Beyond:
/// refused.
inline constexpr std::size_t http_query_bytes_max = 8192;
/// Info-hashes of one scrape: all that such a query has room for. Beyond: left out.
inline constexpr std::size_t http_scrape_hashes_max = 115;

struct HttpAnnounce {
  Announce announce;                 ///< of the source's address, with the client's port
  std::optional<std::size_t> peers;  ///< numwant, if it says how many
  bool compact = true;               ///< BEP 23: unless compact=0
  bool peer_ids = true;              ///< without compact: unless no_peer_id=1
  /// Other addresses it says it has, if that may be believed: instead of the source's, and of the
  /// other family besides.
  std::optional<IpAddress> ip;
  std::optional<IpAddress> ipv4;
  std::optional<IpAddress> ipv6;
};

/// `query`: what stands behind the '?', as it came. The error is a text: "port: ...".
std::expected<HttpAnnounce, std::string> parse_http_announce(std::string_view query,
                                                             const IpAddress& source);
/// At least one.
std::expected<std::vector<Sha1>, std::string> parse_http_scrape(std::string_view query);

}  // namespace seed::trackerd

// HTTP answers: path and query of a request in, status, content type and body out (BEP 3, 7, 23,
// 48): /announce and /scrape.
//
// A request that cannot be granted is answered with a `failure reason` and status 200, for some
// clients read no body of another status; what is not there at all with a 404.
//
// The addresses that a client says it has (`ip`, `ipv4`, `ipv6`) count only where it is on our own
// machine or network: the address we see is its one behind our router then, and who is there could
// announce whatever it likes anyway. From anybody else it would sign up others, who would be
// dialled by all the swarm (BEP 7, "IP announce parameters").
//
// An answer has the peers of the asker's family first, and the other's as far as there is room:
// peers of IPv4 in `peers`, of IPv6 in `peers6` (BEP 7). Without `compact` all are in one list,
// with their peer ids unless no_peer_id=1. As we know the asker's address, it is told (BEP 24).
#pragma once

#include <string_view>

#include "core/base/bytes.h"
#include "core/base/endpoint.h"
#include "core/base/instant.h"
#include "core/trackerd/tracker.h"

namespace seed::trackerd {

struct HttpAnswer {
  int status = 200;
  std::string_view content_type = "text/plain";
  Buffer body;
};

/// `path` and `query` as they came, without the '?' between them.
HttpAnswer answer_request(Tracker& tracker, std::string_view path, std::string_view query,
                          const IpAddress& source, Instant now);

}  // namespace seed::trackerd

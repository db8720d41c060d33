// HTTP announce: the request as a URL and the answer as a bencoded dictionary (BEP 3, 7, 23, 24,
// 31).
//
// Pure text and bytes: the exchange itself is io::Http's, which also cuts an answer at
// limits::tracker_answer_bytes_max.
#pragma once

#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/tracker/announce.h"

namespace seed::tracker {

/// The announce URL with the request in its query; what it had in its query stays in front, a
/// fragment goes. `announce_url` is an http or https URL.
std::string announce_request_url(std::string_view announce_url, const AnnounceRequest& request);

/// The tracker's answer. A `failure reason` is a reply that is not accepted(), whatever the status.
/// Fault: malformed when the body is no tracker's (not bencode, no dictionary, neither peers nor
/// interval in it); refused when `http_status` is not 2xx and the body gives no failure reason.
Result<AnnounceReply> parse_announce_reply(Bytes body, int http_status = 200);

}  // namespace seed::tracker

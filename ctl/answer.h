// Answer: what came back over HTTP turned into a result or into words that say what to do.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ctl/json.h"
#include "ctl/outcome.h"
#include "ctl/target.h"

namespace seed::ctl {

struct HttpAnswer {
  long status = 0;
  std::string session_id;  ///< X-Transmission-Session-Id, "" when not there
  std::string body;
  std::int64_t retry_after_s = 0;  ///< Retry-After, 0 when not there
};

/// What another status than 200 means. 429, 502, 503 and 504 pass (Failure::passing).
Failure read_status(const Target& target, const HttpAnswer& answer);

/// The JSON-RPC 2.0 request for a call.
std::string request_text(std::string_view method, const Json& params);

/// The result of the call, or the failure. RPC errors come with status 200 (contract, 1.6); those
/// of a daemon that is busy or stopping pass.
Outcome<Json> read_answer(const Target& target, std::string_view method, const HttpAnswer& answer);

/// Why there is no connection, from the HTTP library's words and the system's errno, 0 for none.
/// For a socket file the library's words are of a host and a port that nobody named.
std::string connect_reason(const Target& target, std::string_view words, int system_error);

/// It is not who it should be; `reason` is the HTTP library's.
Failure distrusted(const Target& target, std::string_view reason);

/// No answer at all; `reason` is the HTTP library's.
Failure no_answer(const Target& target, std::string_view reason);

}  // namespace seed::ctl

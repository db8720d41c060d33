// Url: RFC 3986 as far as trackers, web seeds and fetched torrents need it. A value; no I/O.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace seed {

struct Url {
  std::string scheme;      ///< lower case
  std::string userinfo;    ///< as written, without '@'
  std::string host;        ///< lower case; an IPv6 literal without brackets
  std::uint16_t port = 0;  ///< the scheme's own when none was written (http 80, https 443), else 0
  std::string path;        ///< as written, begins with '/' or is empty
  std::string query;       ///< as written, without '?'
  bool has_query = false;

  /// Bounds: 4096 octets. Refused: no scheme or host, control characters, blanks, a bad port.
  static Result<Url> parse(std::string_view text);
  /// Scheme, host, port unless the scheme's own, path and query; no userinfo: fit for logs.
  std::string to_string() const;
  /// Host with brackets where it is IPv6, and always the port: "tracker.example:80".
  std::string host_and_port() const;
  bool operator==(const Url&) const = default;
};

/// RFC 3986 percent-encoding of all but unreserved characters.
std::string percent_encode(Bytes bytes);
inline std::string percent_encode(std::string_view text) { return percent_encode(as_bytes(text)); }
/// Nothing for a '%' without two hexadecimal digits.
std::optional<std::string> percent_decode(std::string_view text);

}  // namespace seed

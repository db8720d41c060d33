// ProxyUrl: a proxy as a setting names it: "socks5://user:password@proxy.example:1080". A value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace seed {

struct ProxyUrl {
  enum class Kind : std::uint8_t {
    socks5,  ///< RFC 1928: connections and datagrams; it resolves names. socks5h is the same here
    http,    ///< RFC 9110, 9.3.6: what curl sends, and nothing else
  };

  Kind kind = Kind::socks5;
  std::string host;        ///< lower case; an IPv6 literal without brackets
  std::uint16_t port = 0;  ///< as written, else 1080 of socks5 and 80 of http
  std::string user;        ///< decoded; "" for no login
  std::string password;

  /// Bounds: Url's; user and password 255 octets (RFC 1929). Refused: another scheme, a path, a
  /// query, a user that is not percent-encoded well. No fault has the text in it.
  static Result<ProxyUrl> parse(std::string_view text);
  /// "proxy.example:1080", for logs and faults.
  std::string host_and_port() const;
  bool operator==(const ProxyUrl&) const = default;
};

/// `text` as it may be shown: the password, if it has one, as ***. What is not the URL of a proxy
/// is
/// *** altogether.
std::string without_password(std::string_view text);

}  // namespace seed

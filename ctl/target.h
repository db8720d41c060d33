// Target: which daemon is meant, from --host or SEEDCTL_HOST, and the way into it.
#pragma once

#include <string>
#include <string_view>

#include "ctl/outcome.h"

namespace seed::ctl {

/// Where seedd listens when nobody says otherwise.
inline constexpr std::string_view default_host = "127.0.0.1:9091";
inline constexpr std::string_view default_port = "9091";

struct Target {
  std::string url;          ///< without user and password
  std::string unix_socket;  ///< path, "" for TCP
  /// Only host and port were named: when /rpc is nothing there, Transmission's path is tried.
  bool path_is_ours = true;
  std::string user;
  std::string password;
  std::string token;      ///< instead of user and password
  std::string cacert;     ///< file of certificates to trust for https; "" for the system's
  bool insecure = false;  ///< trust any certificate

  bool operator==(const Target&) const = default;
};

/// "nas", "nas:9091", "[::1]:9091", "::1", "https://nas/seed/rpc", "http://user:password@nas",
/// "unix:/run/seedd/rpc.sock". Without a scheme the port is 9091 if none is named; without a path
/// it is /rpc.
Outcome<Target> parse_target(std::string_view host);

/// A host as it may be shown: a password in it is "***".
std::string shown_host(std::string_view host);
/// Whether there is a password in it.
bool has_password(std::string_view host);

/// The same daemon by the path that Transmission and seedd's compatible face have.
Target compatible(const Target& target);

/// The URL of a page beside the RPC's, also behind a proxy that has put something in front:
/// "https://nas/seed/rpc" and "/healthz" make "https://nas/seed/healthz".
std::string url_beside(const Target& target, std::string_view path);

/// What failures call it: the URL, or unix: and the socket's path.
std::string place_of(const Target& target);

}  // namespace seed::ctl

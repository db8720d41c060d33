// Access: who may talk to the RPC, by the settings as they are: address whitelist, Basic
// authentication (RFC 7617), host whitelist (rpc-contract, sections 1.4 and 1.5).
//
// Immutable but for the memory of good logins, which spares a client the cost of the password's
// hash at every call. New settings make a new Access. Safe from every thread.
#pragma once

#include <array>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "config/settings.h"
#include "core/base/digest.h"

namespace seed::rpc {

class Access {
 public:
  explicit Access(const config::Settings& settings);
  Access(const Access&) = delete;
  Access& operator=(const Access&) = delete;

  /// `peer` as text; "" is a unix socket, whose file mode decides.
  bool allows_peer(std::string_view peer) const;
  /// The Authorization header as it came. With a hashed password up to a second of CPU.
  bool allows_login(const std::optional<std::string>& authorization) const;
  /// The Host header as it came; on a unix socket any.
  bool allows_host(const std::optional<std::string>& host, std::string_view peer) const;

 private:
  bool check_login(std::string_view authorization) const;

  bool login_required_;
  std::string username_;
  std::string password_;
  bool peers_limited_;
  std::string peers_;
  bool hosts_limited_;
  std::string hosts_;

  mutable std::mutex mutex_;
  mutable std::array<Sha256, 8> good_logins_{};  ///< digests of good headers, a ring
  mutable std::size_t next_ = 0;
};

struct Login {
  std::string username;
  std::string password;
};
/// RFC 7617: "Basic " and base64 of name:password; the scheme in any case, colons in the password.
std::optional<Login> parse_basic(std::string_view authorization);

/// Whether `text` fits one of the patterns, which commas, semicolons or blanks separate; * stands
/// for anything. Letters' case does not count.
bool fits_list(std::string_view patterns, std::string_view text);

/// The host of a Host header, without its port: "localhost" of "localhost:9091", "::1" of
/// "[::1]:9091".
std::string_view host_of(std::string_view header);

}  // namespace seed::rpc

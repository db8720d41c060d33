// Access: who may talk to the RPC, by the settings as they are: address whitelist, Basic
// authentication (RFC 7617), host whitelist (rpc-contract, sections 1.4 and 1.5).
//
// Immutable but for the memory of good logins, which spares a client the cost of the password's
// hash at every call. New settings make a new Access, which remembers them if they are still good.
// Safe from every thread.
//
// Bounds: one password is hashed at a time, so that wrong ones leave a core to the others;
// limits::logins_waiting_max more wait for that, and beyond, a login that is not known has no turn.
// Who brings one that is checked or waits already shares its verdict, logins_joined_max of these:
// browsers ask with six connections at once.
#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "config/password.h"
#include "config/settings.h"
#include "core/base/digest.h"

namespace seed::rpc {

enum class LoginVerdict : std::uint8_t {
  good,
  bad,
  no_turn,  ///< too many others are checked, no memory, or the server ends: nobody knows
};

class Access {
 public:
  /// config::verify_password or what stands for it in a test.
  using Verify = std::function<bool(std::string_view stored, std::string_view given)>;

  explicit Access(const config::Settings& settings, Verify verify = &config::verify_password);
  /// For settings that follow those of `before`.
  Access(const config::Settings& settings, const Access& before);
  Access(const Access&) = delete;
  Access& operator=(const Access&) = delete;

  /// `peer` as text; "" is a unix socket, whose file mode decides.
  bool allows_peer(std::string_view peer) const;
  /// The Authorization header as it came. Waits for its turn at the password's hash, and for that.
  LoginVerdict judge_login(const std::optional<std::string>& authorization) const;
  /// By what a wrong login is known again; another one when name or password were changed.
  Sha256 print_of(std::string_view authorization) const;
  bool login_required() const { return login_required_; }
  const std::string& username() const { return username_; }
  /// Grows when anything of who is let in, from where and to which name becomes another.
  std::uint64_t rules_number() const { return rules_number_; }
  /// Failed logins of an address before it is locked; nothing when none is.
  std::optional<std::uint32_t> failures_allowed() const { return failures_allowed_; }
  /// Whether pages of that origin may call: "https://a.example".
  bool allows_origin(std::string_view origin) const;
  /// The server ends: who waits for a hash that is not under way has no turn, nor has who comes.
  void close() const;
  /// Clients that wait for a verdict now.
  std::size_t logins_in_turn() const;
  /// The Host header as it came; on a unix socket any.
  bool allows_host(const std::optional<std::string>& host, std::string_view peer) const;

 private:
  /// Of one login, for all who bring it.
  struct Check {
    Sha256 digest;
    std::size_t clients = 1;  ///< who want the verdict
    bool done = false;
    LoginVerdict verdict = LoginVerdict::no_turn;  ///< when it is done
  };
  using Lock = std::unique_lock<std::mutex>;

  bool is_known(const Sha256& digest) const;
  Check* find_check(const Sha256& digest) const;
  bool may_join() const;
  bool may_begin() const;
  void carry_out(Check& check, std::string_view authorization, Lock& lock) const;
  void finish(Check& check, LoginVerdict verdict) const;
  bool check_login(std::string_view authorization) const;

  Verify verify_;
  bool login_required_;
  std::string username_;
  std::string password_;
  bool peers_limited_;
  std::string peers_;
  bool hosts_limited_;
  std::string hosts_;
  std::string origins_;
  std::optional<std::uint32_t> failures_allowed_;
  std::uint64_t rules_number_ = 0;
  std::uint64_t login_number_ = 0;  ///< another one for another name or password

  mutable std::mutex mutex_;  ///< guards what follows
  mutable std::condition_variable changed_;
  mutable std::list<Check> checks_;              ///< waiting, carried out, or done and not taken
  mutable bool checking_ = false;                ///< one is carried out
  mutable bool closed_ = false;                  ///< no other will be
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

/// Whether `origin` is one of the list, which commas or blanks separate; letters' case does not
/// count, and nothing stands for anything else: "*" and "null" fit nothing.
bool fits_origin(std::string_view origins, std::string_view origin);

/// The host of a Host header, without its port: "localhost" of "localhost:9091", "::1" of
/// "[::1]:9091".
std::string_view host_of(std::string_view header);

}  // namespace seed::rpc

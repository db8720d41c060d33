// Throttle: makes guessing a login slow, for each address by itself. No clock and no sleep: it says
// what to answer, and the client waits.
//
//   fewer than limits::login_failures_free: at once; then a delay that doubles with each failure up
//   to login_delay_max; from the threshold on, if there is one: locked for login_locked_for
//
// An address is an IPv4 address or the /64 of an IPv6 one, of which every line has one at least
// (RFC 6177). Those who have shown that they logged in before (`proven`) are counted by themselves,
// so that a stranger behind the same address, or the same proxy, does not lock them out; and so are
// requests that pages of other sites make in somebody's browser, of which that one knows nothing.
// The last wrong logins of an address are known: one of them again is no new guess, so that clients
// with old passwords do not make it worse, and need not be looked at.
//
// Bounds: limits::login_addresses_max. Beyond, the one with the fewest failures goes, the oldest of
// these: so who has failed often is not forgotten for others' sake, and nobody new is turned away;
// but no failure of theirs is free then. limits::login_wrong_kept logins each. Forgotten is who has
// not failed for login_forgotten_after.
//
// Safe from every thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "core/base/digest.h"
#include "core/base/instant.h"
#include "core/base/limits.h"

namespace seed::rpc {

class Throttle {
 public:
  struct Who {
    std::string_view address;  ///< as text
    bool proven = false;       ///< knows what only those are told who have logged in
    bool foreign = false;      ///< a browser says that a page of another site asks
  };
  enum class Say : std::uint8_t { go_on, wait, locked };
  struct Answer {
    Say say = Say::go_on;
    Duration left{};  ///< of the delay or the lock
  };

  /// Before a login is looked at. The delay of the next one begins here, so that of many at once
  /// only one is looked at.
  Answer ask(const Who& who, Instant now);
  /// Whether they are locked, without asking for anything.
  Answer look(const Who& who, Instant now) const;
  /// Whether the login of this digest is one of the last that were wrong.
  bool knows_wrong(const Who& who, const Sha256& login, Instant now) const;
  /// `login` is the digest of what was tried. Nothing for `threshold`: never locked. Answers how
  /// often they have failed.
  std::uint32_t on_failure(const Who& who, const Sha256& login,
                           std::optional<std::uint32_t> threshold, Instant now);
  /// A new start; what was wrong stays known.
  void on_success(const Who& who);
  /// What was asked for was not looked at after all.
  void take_back(const Who& who);

  std::size_t size() const;

 private:
  using Key = std::tuple<std::string, bool, bool>;
  struct Entry {
    std::uint32_t failures = 0;
    std::uint32_t ahead = 0;  ///< failures by which its delays are ahead
    Instant failed_at{};
    Instant not_before{};
    std::optional<Instant> locked_until;
    std::array<Sha256, limits::login_wrong_kept> wrong{};  ///< a ring
    std::size_t wrong_count = 0;

    bool knows(const Sha256& login) const;
  };

  static Key key_of(const Who& who);
  static Duration delay_of(const Entry& entry);
  static bool is_forgotten(const Entry& entry, Instant now);
  /// False when one had to go that is not forgotten.
  bool make_room(Instant now);

  mutable std::mutex mutex_;  ///< guards what follows
  std::map<Key, Entry> entries_;
};

}  // namespace seed::rpc

// Caller: who sends a request and what they may do, as the front found out; it goes with the
// request to the methods.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/digest.h"

namespace seed::rpc {

/// What a call needs: a reader, one who may add torrents, one who may steer them, the owner.
enum class Scope : std::uint8_t { read, add, control, admin };
inline constexpr Scope all_scopes[] = {Scope::read, Scope::add, Scope::control, Scope::admin};
std::string_view name_of(Scope scope);
/// Nothing when there is none of that name.
std::optional<Scope> scope_named(std::string_view name);

/// A set of scopes. admin stands for all of them; no other implies another.
class Scopes {
 public:
  constexpr Scopes() = default;
  static constexpr Scopes all() { return Scopes().with(Scope::admin); }

  constexpr Scopes with(Scope scope) const {
    Scopes out = *this;
    out.bits_ = static_cast<std::uint8_t>(bits_ | bit(scope));
    return out;
  }
  /// As it was given, without what admin stands for.
  constexpr bool lists(Scope scope) const { return (bits_ & bit(scope)) != 0; }
  constexpr bool allow(Scope scope) const { return lists(scope) || lists(Scope::admin); }
  constexpr bool none() const { return bits_ == 0; }
  friend constexpr bool operator==(Scopes, Scopes) = default;

 private:
  static constexpr unsigned bit(Scope scope) { return 1u << static_cast<unsigned>(scope); }

  std::uint8_t bits_ = 0;
};

struct Caller {
  std::string name = "anyone";  ///< for the audit: "token backup", "user bob", "anyone"
  std::string address;          ///< IP address as text; "" on a unix socket
  Scopes scopes;
  /// Not empty: they see and touch only torrents that have one of these.
  std::vector<std::string> labels;
  bool local = false;       ///< from this host: loopback or a unix socket
  bool logged_in = false;   ///< by a password or a token
  std::uint64_t rules = 0;  ///< Access::rules_number() of those that let them in
  /// Its digest, by which what lasts asks whether it still counts.
  std::optional<Sha256> token = std::nullopt;
};

/// One who may do anything, for what asks on nobody's behalf.
const Caller& the_owner();

}  // namespace seed::rpc

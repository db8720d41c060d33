// Result and Fault: how a function says that the outside world did not do what was asked.
//
// Design, section 10. Not for the user's mistakes (UserError) and not for our own (SEED_CHECK).
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace seed {

/// What kind of thing went wrong: what a caller may branch on. The text is for people.
enum class FaultCode : std::uint8_t {
  malformed,         ///< bytes from outside that do not parse
  too_large,         ///< a bound of base/limits.h was reached
  unsupported,       ///< well formed, but something we do not speak
  not_found,         ///< no such file, name or id
  exists,            ///< something is there already
  permission,        ///< the system says no
  disk_full,         ///< no space or no quota left
  root_missing,      ///< a download root is gone or is not the one we knew
  io,                ///< the device or the system failed
  timed_out,         ///< no answer within its bound
  refused,           ///< the other side said no
  unreachable,       ///< no route, no name, no connection
  closed,            ///< the other side went away
  cut_off,           ///< our own network went away
  cancelled,         ///< we called it off
  busy,              ///< a bounded queue is full: try again later
  doublet,           ///< another of the same kind is there: one of them goes
  out_of_resources,  ///< no file descriptors, no memory
};

/// The name of a code, as logs and metrics spell it: "disk_full".
std::string_view name_of(FaultCode code);

/// Something outside went wrong: its kind, the errno if the system gave one (else 0), and a text a
/// user can act on.
struct Fault {
  FaultCode code = FaultCode::io;
  int system_error = 0;
  std::string text;

  bool operator==(const Fault&) const = default;
};

/// The Fault for an errno value; `doing` names what was tried: "cannot open /srv/a".
Fault fault_from_errno(int system_error, std::string_view doing);

template <typename T>
using Result = std::expected<T, Fault>;

inline std::unexpected<Fault> fail(FaultCode code, std::string text) {
  return std::unexpected(Fault{code, 0, std::move(text)});
}

/// Where a later answer goes. Called at most once, on the loop thread.
template <typename T>
using Answer = std::move_only_function<void(Result<T>)>;

/// A mistake of the user: which setting, field or parameter it is about, and what is allowed.
struct UserError {
  std::string path;
  std::string message;

  bool operator==(const UserError&) const = default;
};

}  // namespace seed

#define SEED_JOIN_(a, b) a##b
#define SEED_JOIN(a, b) SEED_JOIN_(a, b)
#define SEED_TRY_(name, declaration, ...)                     \
  auto name = (__VA_ARGS__);                                  \
  if (!name) return std::unexpected(std::move(name).error()); \
  declaration = *std::move(name)

/// SEED_TRY(auto value, call()): the value of a Result, or return its error from here.
#define SEED_TRY(declaration, ...) \
  SEED_TRY_(SEED_JOIN(seed_try_, __LINE__), declaration, __VA_ARGS__)

/// The same for a Result<void>.
#define SEED_TRY_VOID(...)                                      \
  do {                                                          \
    if (auto seed_try_void = (__VA_ARGS__); !seed_try_void)     \
      return std::unexpected(std::move(seed_try_void).error()); \
  } while (false)

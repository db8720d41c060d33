// Outcome: a value, or why seedctl stops: the exit status and what the user reads on stderr.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <utility>

#include "core/base/result.h"

namespace seed::ctl {

/// The exit statuses; they are documented in --help and scripts rely on them.
enum class Exit : int {
  fine = 0,
  refused = 1,      ///< the daemon says no
  usage = 2,        ///< the command line makes no sense
  unreachable = 3,  ///< no daemon answers
  unread = 141,     ///< whoever read the output has gone: as a shell tells SIGPIPE
};

/// Text for stderr, without a newline at its end. It may have several lines; foreign text in it is
/// printable() already, so that it makes none.
struct Failure {
  Exit exit = Exit::refused;
  std::string text;
  /// The daemon, or what stands before it, could not do it now: the same may be asked again.
  bool passing = false;
  std::int64_t retry_after_s = 0;  ///< when it says to ask again, seconds from now; 0: it does not

  bool operator==(const Failure&) const = default;
};

template <typename T>
using Outcome = std::expected<T, Failure>;

inline std::unexpected<Failure> refused(std::string text) {
  return std::unexpected(Failure{Exit::refused, std::move(text)});
}
/// The daemon's no, for now.
inline std::unexpected<Failure> busy(std::string text, std::int64_t retry_after_s = 0) {
  return std::unexpected(Failure{Exit::refused, std::move(text), true, retry_after_s});
}
inline std::unexpected<Failure> misused(std::string text) {
  return std::unexpected(Failure{Exit::usage, std::move(text)});
}
inline std::unexpected<Failure> unreachable(std::string text) {
  return std::unexpected(Failure{Exit::unreachable, std::move(text)});
}

/// Whether asking again later may help: also when nobody answers.
inline bool may_pass(const Failure& failure) {
  return failure.passing || failure.exit == Exit::unreachable;
}

}  // namespace seed::ctl

// Outcome: a value, or why seedctl stops: the exit status and what the user reads on stderr.
#pragma once

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

/// Text for stderr, without a newline at its end; it may have several lines and hold foreign text.
struct Failure {
  Exit exit = Exit::refused;
  std::string text;

  bool operator==(const Failure&) const = default;
};

template <typename T>
using Outcome = std::expected<T, Failure>;

inline std::unexpected<Failure> refused(std::string text) {
  return std::unexpected(Failure{Exit::refused, std::move(text)});
}
inline std::unexpected<Failure> misused(std::string text) {
  return std::unexpected(Failure{Exit::usage, std::move(text)});
}
inline std::unexpected<Failure> unreachable(std::string text) {
  return std::unexpected(Failure{Exit::unreachable, std::move(text)});
}

}  // namespace seed::ctl

// Limits of the programs that users have run for their torrents.
#pragma once

#include <cstddef>

namespace seed::limits {

/// Programs run for torrents at once. Beyond: they wait.
inline constexpr std::size_t scripts_running_max = 8;
/// Programs that wait to be run. Beyond: left out, with a line in the log.
inline constexpr std::size_t scripts_waiting_max = 1024;
/// One variable of such a program; Linux takes 128 KiB. Beyond: a list ends early.
inline constexpr std::size_t script_variable_bytes_max = 16 * 1024;

}  // namespace seed::limits

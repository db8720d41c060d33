// script_environment: what a program of the user's is told about a torrent, in the variables that
// scripts for Transmission know (its docs/Scripts.md), so that these run unchanged.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/session/snapshot.h"

namespace seed::daemon {

/// Each "NAME=value". `torrent` has the groups texts and trackers; `local_time` is for people.
/// Lists are joined by commas and end early, after a whole member, at
/// limits::script_variable_bytes_max: the kernel refuses to run a program with longer variables.
/// Of what seedd itself was given (`inherited`) all goes along but its own settings and its ties
/// to systemd.
std::vector<std::string> script_environment(const session::TorrentSnapshot& torrent,
                                            std::string_view version, std::string_view local_time,
                                            std::span<const std::string> inherited);

}  // namespace seed::daemon

// Status: the state of a torrent in words, and the states that lists can be filtered by.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "ctl/json.h"
#include "ctl/table.h"

namespace seed::ctl {

/// The fields of torrent_get that status_cell() and is_in_state() read.
std::span<const std::string_view> status_fields();

/// "downloading", "verifying 45.2%", "error", "finished" ...; a "!" behind it: a tracker complains.
Cell status_cell(const Json& torrent);

/// The names that --state takes.
std::span<const std::string_view> state_names();

/// Whether the torrent is in the state of that name.
bool is_in_state(const Json& torrent, std::string_view state);

/// How much is done, of the metadata first and while verifying of the check: what a bar shows.
double progress_of(const Json& torrent);

}  // namespace seed::ctl

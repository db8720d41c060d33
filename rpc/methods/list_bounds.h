// ListBounds: what is too long of the lists of a call to be carried out on the loop for each of
// many torrents, or looked up name by name: limits::rpc_list_members_max and rpc_text_bytes_max.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "rpc/call_error.h"
#include "rpc/params.h"

namespace seed::rpc {

/// Nothing when it is short enough.
std::optional<CallError> too_long(const Parameter& row, std::size_t members,
                                  std::size_t text_bytes = 0);
std::optional<CallError> too_long(const Parameter& row, const std::vector<std::string>& texts);

/// Octets of all of them.
std::size_t bytes_of(const std::vector<std::string>& texts);

}  // namespace seed::rpc

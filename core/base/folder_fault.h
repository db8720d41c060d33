// folder_fault: the one check of a folder that a user names, wherever it is named: what can never
// be the root of a SafePath is refused then and there, not when a torrent is to be written.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace seed {

/// What is wrong, to follow the folder's name: "is not absolute", or "cannot be used: " and why.
/// Nothing for a folder that can be, whether or not it is there.
std::optional<std::string> folder_fault(std::string_view folder);

}  // namespace seed

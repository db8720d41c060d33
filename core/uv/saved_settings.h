// read_saved_settings: what RPC has set, for who wants to know it beside a daemon that may run.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/base/result.h"

namespace seed::uv {

/// Name and text of each setting in the state file at `path`; none when there is no such file.
/// Changes nothing on disk, but that SQLite maps a file of its own beside a log that is there. Rows
/// whose content is damaged are left out. Faults: as StoreTables::open.
Result<std::vector<std::pair<std::string, std::string>>> read_saved_settings(
    const std::string& path);

}  // namespace seed::uv

// The config file: flat TOML, one key a setting.
//
// Bounds: 1 MiB of text (larger: refused); tables are refused. Every error names file, line and key
// and says what is allowed.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings_value.h"
#include "core/base/result.h"

namespace seed::config {

/// A file of all settings with their docs is under 20 KiB.
inline constexpr std::size_t config_file_bytes_max = 1u << 20;

/// One setting that a source gives.
struct Assignment {
  std::size_t place;   ///< in Table<Settings>
  SettingValue value;  ///< checked
  std::string where;   ///< "/etc/seedd/seedd.toml:12" or "SEEDD_PEER_PORT"
};

/// Either every setting of a source, or everything that is wrong with it.
using Assignments = std::expected<std::vector<Assignment>, std::vector<UserError>>;

/// The settings in `text`, in the order of their lines. `name` is what errors call the file.
Assignments parse_file(std::string_view text, std::string_view name);

/// The content of a config file. Faults: not_found, too_large, or what the system says.
Result<std::string> read_file(const std::string& path);

}  // namespace seed::config

// Precedence: from all sources to one Settings, and for each setting the source that won.
//
// Design, section 12. Later wins: initial, file, environment, saved by RPC, command line. Pure: the
// same Sources give the same Loaded; SIGHUP reads the file again, loads, and compares.
#pragma once

#include <array>
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/environment.h"
#include "config/paths.h"
#include "config/settings.h"
#include "core/base/result.h"

namespace seed::config {

enum class Origin : std::uint8_t { initial, file, environment, saved, command_line };

/// "initial", "file", "environment", "saved" or "command line".
std::string_view name_of(Origin origin);

/// Name and text (to_text) of what RPC has set, as the store keeps it.
using SavedSettings = std::vector<std::pair<std::string, std::string>>;

struct Sources {
  DefaultPaths paths;
  std::string file_name;  ///< what errors call the file
  std::string file_text;  ///< "" when there is no file
  Environment environment;
  SavedSettings saved;
  /// "key=value" of each --set, in order.
  std::vector<std::string> command_line;
};

struct Loaded {
  Settings settings;
  std::array<Origin, setting_count> origins{};
  /// What is doubtful, but stops nothing: saved values that no longer fit and settings that do not
  /// go together.
  std::vector<UserError> warnings;

  /// Who set the setting of this name; initial for a name that there is not.
  Origin origin_of(std::string_view name) const;
};

/// All settings, or everything that is wrong with file, environment and command line.
std::expected<Loaded, std::vector<UserError>> load(const Sources& sources);

/// Takes back what RPC has set, so that the next load() gives what the others say. True when there
/// was something to take back.
bool reset(Sources& sources, std::string_view name);

/// Settings that are each allowed but do not go together, in words a user can act on.
std::vector<UserError> doubts(const Settings& settings);

}  // namespace seed::config

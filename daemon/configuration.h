// Configuration: gathers the sources of the settings, at the start and again on SIGHUP.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/precedence.h"
#include "core/log/logger.h"
#include "daemon/options.h"

namespace seed::daemon {

using config::SavedSettings;

class Configuration {
 public:
  explicit Configuration(Options options);

  /// Reads file and environment again. The errors are ready to be printed, one a line.
  std::expected<config::Loaded, std::vector<std::string>> load();
  /// A plain rpc_password of the file becomes its hash there, if it can be written; says in the log
  /// where one stays plain. What load() gave, so changed.
  config::Loaded protect_password(const log::Logger& logger);
  /// With what RPC has saved; file and environment as they were read last.
  config::Loaded with_saved(SavedSettings saved);
  /// RPC has saved these: the next load() knows.
  void remember(const SavedSettings& values);
  /// RPC takes back what it has saved of these: what the others say, and who of them.
  const config::Loaded& forget(const std::vector<std::string>& names);
  /// Who said what is in force: `live` differs from what load() gave where RPC has set something
  /// that the command line sets too.
  config::Loaded in_force(const config::Settings& live) const;
  /// The folders of the config file in use and of those that would be read at the next start.
  std::vector<std::string> config_folders() const;
  /// What load() gave last, with what was saved since.
  const config::Settings& settings() const { return last_.settings; }
  /// Whether the command line sets the setting of this name: it wins over what RPC saves.
  bool overruled(std::string_view name) const {
    return last_.origin_of(name) == config::Origin::command_line;
  }

 private:
  Options options_;
  config::Sources sources_;
  config::Loaded last_;
};

/// The names of the settings that differ and are not taken over while seedd runs.
std::vector<std::string_view> changed_for_next_start(const config::Settings& before,
                                                     const config::Settings& after);

}  // namespace seed::daemon

// Default paths: where state, config file and downloads are when nobody says so.
//
// After the XDG Base Directory Specification 0.8 (relative paths in its variables are ignored),
// xdg-user-dirs, and systemd.exec(5) for $STATE_DIRECTORY.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "config/environment.h"

namespace seed::config {

struct DefaultPaths {
  std::string state_dir;
  /// The user's download folder; "" when there is no home: then it is downloads in the state_dir.
  std::string download_dir;
  /// The config file that is there; "" when none is.
  std::string config_file;

  bool operator==(const DefaultPaths&) const = default;
};

/// How default_paths() looks at the disk, so that tests need none.
struct Disk {
  std::function<bool(const std::string& path)> exists;
  std::function<std::optional<std::string>(const std::string& path)> read;
};

/// The real one.
Disk real_disk();

/// Where a config file is looked for, the one that wins first.
std::vector<std::string> config_places(const Environment& environment);

/// State: $STATE_DIRECTORY (the first of several), $XDG_STATE_HOME/seedd, ~/.local/state/seedd, or
/// /var/lib/seedd without a home. Config: $XDG_CONFIG_HOME/seedd/seedd.toml (~/.config if not set),
/// else /etc/seedd/seedd.toml. A home of "/" or "/nonexistent" is none: services have those.
DefaultPaths default_paths(const Environment& environment, const Disk& disk = real_disk());

}  // namespace seed::config

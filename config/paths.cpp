#include "config/paths.h"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "config/file.h"

namespace seed::config {

namespace {

/// The variable if it is an absolute path, without a slash at its end.
std::optional<std::string> path_variable(const Environment& environment, std::string_view name) {
  const auto at = environment.find(name);
  if (at == environment.end() || !at->second.starts_with('/')) return std::nullopt;
  std::string path = at->second;
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

std::optional<std::string> home_of(const Environment& environment) {
  auto home = path_variable(environment, "HOME");
  if (home && (*home == "/" || *home == "/nonexistent")) return std::nullopt;
  return home;
}

std::string state_dir_of(const Environment& environment, const std::optional<std::string>& home) {
  if (const auto given = path_variable(environment, "STATE_DIRECTORY"))
    return given->substr(0, given->find(':'));
  if (const auto xdg = path_variable(environment, "XDG_STATE_HOME")) return *xdg + "/seedd";
  return home ? *home + "/.local/state/seedd" : "/var/lib/seedd";
}

/// The value in a line of user-dirs.dirs: "$HOME/Downloads" or "/srv/x", shell quoting undone.
std::optional<std::string> user_dir_value(std::string_view line, const std::string& home) {
  if (line.size() < 2 || line.front() != '"') return std::nullopt;
  std::string value;
  for (std::size_t i = 1; i < line.size() && line[i] != '"'; ++i) {
    if (line[i] == '\\' && i + 1 < line.size()) ++i;
    value += line[i];
  }
  constexpr std::string_view home_prefix = "$HOME/";
  if (value.starts_with(home_prefix)) value = home + "/" + value.substr(home_prefix.size());
  while (value.size() > 1 && value.ends_with('/')) value.pop_back();
  // The home itself means that the user has no such folder.
  if (!value.starts_with('/') || value == home) return std::nullopt;
  return value;
}

std::string download_dir_of(const std::string& home, const std::optional<std::string>& user_dirs) {
  constexpr std::string_view key = "XDG_DOWNLOAD_DIR=";
  std::string out = home + "/Downloads";
  std::string_view rest = user_dirs ? std::string_view(*user_dirs) : std::string_view();
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (!line.starts_with(key)) continue;
    if (auto value = user_dir_value(line.substr(key.size()), home)) out = *std::move(value);
  }
  return out;
}

std::optional<std::string> config_home_of(const Environment& environment) {
  if (auto given = path_variable(environment, "XDG_CONFIG_HOME")) return given;
  const auto home = home_of(environment);
  return home ? std::optional(*home + "/.config") : std::nullopt;
}

}  // namespace

std::vector<std::string> config_places(const Environment& environment) {
  std::vector<std::string> out;
  if (const auto home = config_home_of(environment)) out.push_back(*home + "/seedd/seedd.toml");
  out.push_back("/etc/seedd/seedd.toml");
  return out;
}

Disk real_disk() {
  return {[](const std::string& path) {
            std::error_code failed;
            return std::filesystem::exists(path, failed);
          },
          [](const std::string& path) -> std::optional<std::string> {
            auto text = read_file(path);
            if (!text) return std::nullopt;
            return *std::move(text);
          }};
}

DefaultPaths default_paths(const Environment& environment, const Disk& disk) {
  const auto home = home_of(environment);
  const auto config_home = config_home_of(environment);

  DefaultPaths out;
  out.state_dir = state_dir_of(environment, home);
  if (home) {
    std::optional<std::string> user_dirs;
    if (config_home) user_dirs = disk.read(*config_home + "/user-dirs.dirs");
    out.download_dir = download_dir_of(*home, user_dirs);
  }
  for (const std::string& path : config_places(environment)) {
    if (!disk.exists(path)) continue;
    out.config_file = path;
    break;
  }
  return out;
}

}  // namespace seed::config

#include "config/precedence.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <iterator>

#include "config/file.h"
#include "config/password.h"
#include "config/settings_access.h"
#include "core/base/endpoint.h"

namespace seed::config {

namespace {

using SettingsTable = Table<Settings>;

/// Sets one setting and notes its origin, and that of a setting which changed with it.
void apply(Loaded& into, const Assignment& assignment, Origin origin) {
  const Settings before = into.settings;
  if (!SettingsTable::set(into.settings, assignment.place, assignment.value)) return;
  into.origins[assignment.place] = origin;
  for (const std::size_t place : SettingsTable::changed(before, into.settings))
    into.origins[place] = origin;
}

void apply_all(Loaded& into, Assignments assignments, Origin origin,
               std::vector<UserError>& errors) {
  if (!assignments) {
    std::ranges::move(assignments.error(), std::back_inserter(errors));
    return;
  }
  for (const Assignment& assignment : *assignments) apply(into, assignment, origin);
}

std::expected<Assignment, UserError> parse_pair(std::string_view name, std::string_view text,
                                                std::string_view where) {
  const auto place = SettingsTable::find(name);
  if (!place) return std::unexpected(SettingsTable::unknown(name));
  const RowInfo& row = SettingsTable::rows()[*place];
  auto value = parse_value(row, text);
  if (!value) return std::unexpected(UserError{std::string(name), value.error()});
  return Assignment{*place, *std::move(value), std::string(where)};
}

Assignments parse_command_line(const std::vector<std::string>& command_line) {
  std::vector<Assignment> out;
  std::vector<UserError> errors;
  for (const std::string& argument : command_line) {
    const auto equals = argument.find('=');
    if (equals == argument.npos) {
      errors.push_back({"--set " + argument.substr(0, 64), "is not of the form key=value"});
      continue;
    }
    const std::string_view all = argument;
    auto parsed = parse_pair(all.substr(0, equals), all.substr(equals + 1), "--set");
    if (parsed) {
      out.push_back(*std::move(parsed));
    } else {
      parsed.error().path.insert(0, "--set ");
      errors.push_back(std::move(parsed).error());
    }
  }
  if (!errors.empty()) return std::unexpected(std::move(errors));
  return out;
}

/// What an older or newer seedd has saved must not stop this one: it is left out with a warning.
void apply_saved(Loaded& into, const Sources& sources) {
  for (const auto& [name, text] : sources.saved) {
    const auto parsed = parse_pair(name, text, "saved");
    if (!parsed)
      into.warnings.push_back({"saved " + parsed.error().path, parsed.error().message});
    else if (!is_writable(SettingsTable::rows()[parsed->place]))
      into.warnings.push_back({"saved " + name, "this setting cannot be set by RPC; left out"});
    else
      apply(into, *parsed, Origin::saved);
  }
}

/// Folders that nobody has named follow from those that are named.
void fill_folders(Settings& settings, const DefaultPaths& paths) {
  if (settings.state_dir.empty()) settings.state_dir = paths.state_dir;
  if (settings.download_dir.empty()) settings.download_dir = paths.download_dir;
  if (settings.download_dir.empty()) settings.download_dir = settings.state_dir + "/downloads";
  if (settings.incomplete_dir.empty()) settings.incomplete_dir = settings.download_dir;
}

bool faces_the_world(const Settings& settings) {
  const auto address = IpAddress::parse(settings.rpc_bind_address);
  return address && !address->is_loopback();
}

/// Whether accounts that are neither the file's owner nor of its group can.
bool others_read(const std::string& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 && (status.st_mode & (S_IROTH | S_IWOTH)) != 0;
}

}  // namespace

std::string_view name_of(Origin origin) {
  switch (origin) {
    case Origin::initial:
      return "initial";
    case Origin::file:
      return "file";
    case Origin::environment:
      return "environment";
    case Origin::saved:
      return "saved";
    case Origin::command_line:
      return "command line";
  }
  return "initial";
}

Origin Loaded::origin_of(std::string_view name) const {
  const auto place = SettingsTable::find(name);
  return place ? origins[*place] : Origin::initial;
}

std::expected<Loaded, std::vector<UserError>> load(const Sources& sources) {
  Loaded out;
  std::vector<UserError> errors;
  apply_all(out, parse_file(sources.file_text, sources.file_name), Origin::file, errors);
  apply_all(out, parse_environment(sources.environment), Origin::environment, errors);
  apply_saved(out, sources);
  apply_all(out, parse_command_line(sources.command_line), Origin::command_line, errors);
  if (!errors.empty()) return std::unexpected(std::move(errors));
  fill_folders(out.settings, sources.paths);
  std::ranges::move(doubts(out.settings), std::back_inserter(out.warnings));
  return out;
}

bool reset(Sources& sources, std::string_view name) {
  return std::erase_if(sources.saved, [name](const auto& pair) { return pair.first == name; }) > 0;
}

std::vector<UserError> doubts(const Settings& settings) {
  std::vector<UserError> out;
  if (settings.watch_dir_enabled && settings.watch_dir.empty())
    out.push_back({"watch_dir_enabled", "watch_dir is not set, so nothing is watched"});
  if (settings.preferred_transports.empty())
    out.push_back({"preferred_transports", "it names none, so no peer is connected"});
  if (settings.rpc_authentication_required &&
      (settings.rpc_username.empty() || settings.rpc_password.empty()))
    out.push_back({"rpc_authentication_required", "rpc_username or rpc_password is not set"});
  if (settings.rpc_password.starts_with('{') && !is_password_hash(settings.rpc_password))
    out.push_back({"rpc_password",
                   "it begins with { but is no hash that seedd knows: no login will succeed"});
  if (settings.rpc_enabled && faces_the_world(settings) && !settings.rpc_whitelist_enabled &&
      !settings.rpc_authentication_required)
    out.push_back({"rpc_bind_address",
                   "everybody who reaches this address controls seedd: set a password "
                   "(rpc_authentication_required) or rpc_whitelist_enabled"});
  if (settings.rpc_tls_certificate.empty() != settings.rpc_tls_key.empty())
    out.push_back({settings.rpc_tls_key.empty() ? "rpc_tls_certificate" : "rpc_tls_key",
                   "rpc_tls_certificate and rpc_tls_key: one is set and the other is not"});
  if (!settings.rpc_tls_key.empty() && others_read(settings.rpc_tls_key))
    out.push_back({"rpc_tls_key", "others can read " + settings.rpc_tls_key + ": chmod 600"});
  return out;
}

}  // namespace seed::config

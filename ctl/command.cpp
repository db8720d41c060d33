#include "ctl/command.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ostream>

#include "ctl/commands/commands.h"
#include "ctl/printable.h"
#include "ctl/words.h"

namespace seed::ctl {

namespace {

constexpr std::array table = {
    &add_command,    &list_command,       &watch_command, &info_command,       &files_command,
    &peers_command,  &trackers_command,   &start_command, &stop_command,       &remove_command,
    &verify_command, &reannounce_command, &set_command,   &move_command,       &rename_command,
    &queue_command,  &session_command,    &stats_command, &free_space_command, &shutdown_command,
    &raw_command,    &completion_command, &help_command,
};

constexpr std::array common = {
    Flag{"", "host", "HOST", "The daemon: NAME, NAME:PORT, a URL or unix:/path (SEEDCTL_HOST)."},
    Flag{"", "user", "NAME", "User for the daemon (SEEDCTL_USER)."},
    Flag{"", "password", "WORD",
         "Password for the daemon (SEEDCTL_PASSWORD, which others cannot see in ps)."},
    Flag{"", "token", "TOKEN", "Bearer token instead of user and password (SEEDCTL_TOKEN)."},
    Flag{"", "timeout", "SECONDS", "Give a call this long, from 1 to 86400 (60)."},
    Flag{"", "json", "", "Print the daemon's raw result, for scripts."},
    Flag{"h", "help", "", "Show the help."},
};

}  // namespace

std::string Arguments::value(std::string_view flag) const {
  const auto found = flags.find(flag);
  return found == flags.end() || found->second.empty() ? std::string() : found->second.back();
}

std::vector<std::string> Arguments::values(std::string_view flag) const {
  const auto found = flags.find(flag);
  return found == flags.end() ? std::vector<std::string>() : found->second;
}

Outcome<std::int64_t> Arguments::whole(std::string_view flag, std::int64_t fallback) const {
  if (!has(flag)) return fallback;
  const std::string given = value(flag);
  const auto numbers = is_decimal(given) ? parse_numbers(given) : std::nullopt;
  if (!numbers) return misused(fmt::format("--{}: \"{}\" is not a whole number.", flag, given));
  return numbers->front();
}

void Context::say(std::string_view line) const {
  if (!json) terminal.out << printable(line) << '\n' << std::flush;
}

void Context::print(const Json& document) const {
  terminal.out << json_text(document) << '\n' << std::flush;
}

std::span<const Command* const> all_commands() { return table; }

const Command* find_command(std::string_view name) {
  const auto found = std::ranges::find(table, name, [](const Command* row) { return row->name; });
  return found == table.end() ? nullptr : *found;
}

std::span<const Flag> common_flags() { return common; }

}  // namespace seed::ctl

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
    &add_command,        &create_command,     &list_command,   &watch_command,    &top_command,
    &info_command,       &files_command,      &pieces_command, &peers_command,    &trackers_command,
    &why_command,        &start_command,      &stop_command,   &remove_command,   &verify_command,
    &reannounce_command, &set_command,        &limits_command, &label_command,    &move_command,
    &rename_command,     &queue_command,      &group_command,  &session_command,  &settings_command,
    &stats_command,      &free_space_command, &health_command, &events_command,   &token_command,
    &blocklist_command,  &port_test_command,  &dht_command,    &shutdown_command, &raw_command,
    &hosts_command,      &completion_command, &help_command,
};

constexpr std::array common = {
    Flag{"", "host", "HOSTS",
         "The daemon: NAME, NAME:PORT, a URL, unix:/path, or a name from the file of hosts. "
         "Several, "
         "divided by commas or each with a --host, are asked one after the other: one that hangs "
         "costs its --timeout, and the others are asked all the same (SEEDCTL_HOST).",
         true},
    Flag{"", "user", "NAME",
         "User for the daemon; on a terminal the password is asked for, unless it is set "
         "(SEEDCTL_USER)."},
    Flag{"", "password", "WORD",
         "Password for the daemon; others can see it in ps. Better are SEEDCTL_PASSWORD, the file "
         "of hosts, or to be asked."},
    Flag{"", "password-file", "FILE",
         "File whose first line is the password (SEEDCTL_PASSWORD_FILE)."},
    Flag{"", "token", "TOKEN",
         "Bearer token instead of user and password; others can see it in ps. Better is a file."},
    Flag{"", "token-file", "FILE", "File whose first line is the token (SEEDCTL_TOKEN_FILE)."},
    Flag{"", "cacert", "FILE", "Trust these certificates for https (SEEDCTL_CACERT)."},
    Flag{"k", "insecure", "", "Trust whatever certificate answers."},
    Flag{"", "config", "FILE", "File of hosts (SEEDCTL_CONFIG; ~/.config/seedd/seedctl.toml)."},
    Flag{"", "timeout", "SECONDS",
         "Give a call this long, from 1 to 86400 (60; 10 while the screen is drawn in place)."},
    Flag{"", "json", "",
         "Print the daemon's raw result, for scripts. Of several things one document: "
         "{\"results\"}, "
         "of several hosts {\"hosts\"}."},
    Flag{"", "exact", "", "Sizes in bytes and times in seconds, without units."},
    Flag{"", "no-header", "", "Tables without their first line."},
    Flag{"", "color", "WHEN", "Colours: auto, always or never (auto: on a terminal)."},
    Flag{"h", "help", "", "Show the help."},
};

}  // namespace

Look Context::look() const {
  Look out = terminal.look();
  out.exact = exact;
  out.headers = headers;
  out.colours = colours.value_or(out.colours);
  return out;
}

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
  if (documents != nullptr) return documents->push_back(document);
  terminal.out << json_text(document) << '\n' << std::flush;
}

Json result_row(std::string_view key, std::string_view name, const Outcome<Json>& answer) {
  Json out = {{std::string(key), std::string(name)}};
  if (answer)
    out["result"] = *answer;
  else
    out["error"] = answer.error().text;
  return out;
}

std::span<const Command* const> all_commands() { return table; }

const Command* find_command(std::string_view name) {
  const auto found = std::ranges::find(table, name, [](const Command* row) { return row->name; });
  return found == table.end() ? nullptr : *found;
}

bool takes_torrents(const Command& command) {
  return command.operands.find("TORRENT") != std::string_view::npos;
}

std::span<const Flag> common_flags() { return common; }

}  // namespace seed::ctl

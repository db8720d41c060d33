#include <fmt/format.h>

#include <array>

#include "ctl/commands/commands.h"
#include "ctl/format.h"
#include "ctl/selection.h"

namespace seed::ctl {

namespace {

/// Names shown in the question; the rest is counted.
constexpr std::size_t names_shown = 5;

constexpr std::array flags = {
    Flag{"", "delete-data", "", "Delete their files as well."},
    Flag{"y", "yes", "", "Do not ask."},
};

std::string question(const Context& context, const Selection& chosen, bool with_data) {
  std::string names;
  for (std::size_t i = 0; i < chosen.torrents.size() && i < names_shown; ++i)
    names += fmt::format("{}\"{}\"", i == 0 ? "" : ", ", chosen.torrents[i].name);
  if (chosen.torrents.size() > names_shown)
    names += fmt::format(" and {} more", chosen.torrents.size() - names_shown);
  const std::string from =
      context.host.empty() ? std::string() : fmt::format(" from {}", context.host);
  return with_data ? fmt::format("Remove {}{} AND DELETE THE FILES?", names, from)
                   : fmt::format("Remove {}{}? The files stay.", names, from);
}

Outcome<void> run_remove(Context& context, const Arguments& arguments) {
  SEED_TRY(const Selection chosen, select(context.daemon, arguments.operands));
  const bool with_data = arguments.has("delete-data");
  const bool asks =
      context.terminal.in_is_terminal && !arguments.has("yes") && !chosen.torrents.empty();
  if (asks && !confirmed(context.terminal, question(context, chosen, with_data)))
    return refused("nothing was removed.");
  Json params = {{"delete_local_data", with_data}};
  // What was shown is what goes: "all" is not sent as such, for one may be added meanwhile.
  Selection shown = chosen;
  shown.all = false;
  shown.put_into(params);
  SEED_TRY(const Json answer, context.daemon.call("torrent_remove", params));
  if (context.json) context.print(answer);
  context.say(fmt::format("Removed {}{}.", chosen.describe(), with_data ? " and its files" : ""));
  return {};
}

}  // namespace

const Command remove_command{
    "remove",
    "TORRENT...",
    1,
    any_number,
    Completes::nothing,
    "Remove torrents, and their files only with --delete-data.",
    "Asks before it does so when a person sits at a terminal, also with --json; --yes spares it.",
    flags,
    &run_remove};

}  // namespace seed::ctl

#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <vector>

#include "ctl/commands/commands.h"
#include "ctl/printable.h"
#include "ctl/selection.h"

namespace seed::ctl {

namespace {

/// The daemon's sentence; for a code that has none, the code.
std::string sentence(const Json& reason) {
  const std::string said = text(reason, "text");
  return said.empty() ? text(reason, "code") : said;
}

std::string render(const Json& torrent, const Look& look) {
  const std::string name =
      printable(fmt::format("{}  {}", integer(torrent, "id"), text(torrent, "name")));
  std::string out = paint(name, Style::bold, look.colours) + '\n';
  out += fmt::format("  {}\n", printable(sentence(member(torrent, "reason"))));
  for (const Json& reason : list(torrent, "contributing"))
    out +=
        paint(fmt::format("  - {}", printable(sentence(reason))), Style::dim, look.colours) + '\n';
  return out;
}

/// The daemon looks at so many at once (docs/rpc.md).
constexpr std::size_t torrents_at_once = 1000;

Outcome<Json> ask(Daemon& daemon, const Selection& chosen) {
  Json out = {{"torrents", Json::array()}};
  for (std::size_t from = 0; from < chosen.torrents.size(); from += torrents_at_once) {
    const auto count = std::min(torrents_at_once, chosen.torrents.size() - from);
    const auto first = chosen.torrents.begin() + static_cast<std::ptrdiff_t>(from);
    Json params = Json::object();
    Selection{{first, first + static_cast<std::ptrdiff_t>(count)}, false}.put_into(params);
    SEED_TRY(const Json answer, daemon.call("torrent_why", params));
    for (const Json& torrent : list(answer, "torrents")) out["torrents"].push_back(torrent);
  }
  return out;
}

Outcome<void> run_why(Context& context, const Arguments& arguments) {
  const std::vector<std::string> everything = {"all"};
  SEED_TRY(const Selection chosen,
           select(context.daemon, arguments.operands.empty() ? everything : arguments.operands));
  SEED_TRY(const Json answer, ask(context.daemon, chosen));
  if (context.json) {
    context.print(answer);
    return {};
  }
  for (const Json& torrent : list(answer, "torrents"))
    context.terminal.out << render(torrent, context.look());
  if (list(answer, "torrents").empty()) context.say("There are no torrents.");
  return {};
}

}  // namespace

const Command why_command{
    "why",
    "[TORRENT...]",
    0,
    any_number,
    Completes::nothing,
    "Say why torrents do not move.",
    "The one main reason as a sentence, and under it what else contributes. With --json each has a "
    "code as well. Without TORRENT: of all.",
    {},
    &run_why};

}  // namespace seed::ctl

#include "ctl/details.h"

#include <fmt/format.h>

#include <ostream>

#include "ctl/printable.h"
#include "ctl/selection.h"

namespace seed::ctl {

Outcome<Json> fetch_details(Daemon& daemon, const std::vector<std::string>& words,
                            const Json& fields) {
  SEED_TRY(const Selection chosen, select(daemon, words));
  Json params = {{"fields", fields}};
  chosen.put_into(params);
  SEED_TRY(Json answer, daemon.call("torrent_get", params));
  if (list(answer, "torrents").empty())
    return refused(chosen.all ? "there are no torrents." : "the torrent has just been removed.");
  return answer;
}

Outcome<void> show_details(Context& context, const Arguments& arguments, const Json& fields,
                           std::string (*render)(const Json& torrent, const Context& context)) {
  SEED_TRY(const Json answer, fetch_details(context.daemon, arguments.operands, fields));
  if (context.json) {
    context.print(answer);
    return {};
  }
  const Json& torrents = list(answer, "torrents");
  bool first = true;
  for (const Json& torrent : torrents) {
    if (!first) context.terminal.out << '\n';
    first = false;
    if (torrents.size() > 1)
      context.terminal.out << paint(printable(fmt::format("{}  {}", integer(torrent, "id"),
                                                          text(torrent, "name"))),
                                    Style::bold, context.look().colours)
                           << '\n';
    context.terminal.out << render(torrent, context);
  }
  return {};
}

}  // namespace seed::ctl

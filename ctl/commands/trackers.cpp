#include <fmt/format.h>

#include <algorithm>

#include "ctl/commands/commands.h"
#include "ctl/details.h"
#include "ctl/format.h"
#include "ctl/words.h"

namespace seed::ctl {

namespace {

std::string count_or_nothing(const Json& tracker, const char* field) {
  const std::int64_t count = integer(tracker, field, -1);
  return count < 0 ? "-" : std::to_string(count);
}

/// announce_state: 0 inactive, 1 waiting for its time, 2 queued, 3 in progress (rpc-contract, 7).
std::string next_of(const Json& tracker, std::int64_t now, const Look& look) {
  switch (integer(tracker, "announce_state")) {
    case 1:
      return duration_text(
          std::max<std::int64_t>(0, difference(integer(tracker, "next_announce_time"), now)), look);
    case 2:
      return "soon";
    case 3:
      return "now";
    default:
      return "-";
  }
}

Cell result_of(const Json& tracker, std::int64_t now, const Look& look) {
  if (!boolean(tracker, "has_announced"))
    return {boolean(tracker, "is_backup") ? "spare" : "not asked yet", Style::dim};
  const std::string ago = duration_text(
      std::max<std::int64_t>(0, difference(now, integer(tracker, "last_announce_time"))), look);
  if (boolean(tracker, "last_announce_succeeded"))
    return {fmt::format("{} {} ago",
                        count_text(static_cast<std::size_t>(std::max<std::int64_t>(
                                       0, integer(tracker, "last_announce_peer_count"))),
                                   "peer"),
                        ago),
            Style::good};
  const std::string why = boolean(tracker, "last_announce_timed_out")
                              ? "no answer"
                              : said_once(text(tracker, "last_announce_result"));
  return {fmt::format("{}, {} ago", why, ago), Style::bad};
}

std::string render(const Json& torrent, const Context& context) {
  const Json& trackers = list(torrent, "tracker_stats");
  if (trackers.empty()) return "No trackers.\n";
  const std::int64_t now = context.terminal.unix_now();
  const Look look = context.look();
  Table table;
  table.column("ID", Align::right).column("TIER", Align::right).column("SEEDS", Align::right);
  table.column("PEERS", Align::right).column("NEXT", Align::right).column("LAST").column("URL");
  for (const Json& tracker : trackers)
    table.row({std::to_string(integer(tracker, "id")), std::to_string(integer(tracker, "tier")),
               count_or_nothing(tracker, "seeder_count"),
               count_or_nothing(tracker, "leecher_count"), next_of(tracker, now, look),
               result_of(tracker, now, look), text(tracker, "announce")});
  return table.render(look);
}

Outcome<void> run_trackers(Context& context, const Arguments& arguments) {
  return show_details(context, arguments, {"id", "hash_string", "name", "tracker_stats"}, render);
}

}  // namespace

const Command trackers_command{"trackers",
                               "TORRENT...",
                               1,
                               any_number,
                               Completes::nothing,
                               "List the trackers of torrents.",
                               "Change them with `seedctl set TORRENT tracker_add=URL`, "
                               "tracker_replace=ID,URL, tracker_remove=ID or tracker_list=URLS.",
                               {},
                               &run_trackers};

}  // namespace seed::ctl

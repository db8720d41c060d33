#include <fmt/format.h>

#include <ostream>

#include "ctl/commands/commands.h"
#include "ctl/format.h"
#include "ctl/sheet.h"

namespace seed::ctl {

namespace {

void describe_totals(Sheet& sheet, std::string_view heading, const Json& totals, const Look& look) {
  if (!totals.is_object()) return;
  const std::int64_t down = integer(totals, "downloaded_bytes");
  const std::int64_t up = integer(totals, "uploaded_bytes");
  const double ratio = down > 0 ? static_cast<double>(up) / static_cast<double>(down)
                       : up > 0 ? -2
                                : -1;
  sheet.heading(heading);
  sheet.line("downloaded", size_text(down, look));
  sheet.line("uploaded", size_text(up, look));
  sheet.line("ratio", ratio_text(ratio, look.utf8));
  sheet.line("files added", std::to_string(integer(totals, "files_added")));
  sheet.line("running for", duration_text(integer(totals, "seconds_active"), look));
}

Outcome<void> run_stats(Context& context, const Arguments&) {
  SEED_TRY(const Json answer, context.daemon.call("session_stats", Json::object()));
  if (context.json) {
    context.print(answer);
    return {};
  }
  const Look look = context.look();
  Sheet sheet(look);
  sheet.heading("Now");
  sheet.line("torrents", fmt::format("{}: {} active, {} not", integer(answer, "torrent_count"),
                                     integer(answer, "active_torrent_count"),
                                     integer(answer, "paused_torrent_count")));
  sheet.line("down", rate_text(integer(answer, "download_speed"), look));
  sheet.line("up", rate_text(integer(answer, "upload_speed"), look));
  describe_totals(sheet, "This run", member(answer, "current_stats"), look);
  const Json& ever = member(answer, "cumulative_stats");
  describe_totals(sheet, "Ever", ever, look);
  if (ever.is_object()) sheet.line("runs", std::to_string(integer(ever, "session_count")));
  context.terminal.out << sheet.text();
  return {};
}

Outcome<void> run_free_space(Context& context, const Arguments& arguments) {
  std::string path;
  if (!arguments.operands.empty()) {
    path = arguments.operands.front();
  } else {
    SEED_TRY(const Json session,
             context.daemon.call("session_get", {{"fields", {"download_dir"}}}));
    path = text(session, "download_dir");
  }
  if (!path.starts_with('/'))
    return misused(fmt::format("free-space: \"{}\" is no absolute path.", path));
  SEED_TRY(const Json answer, context.daemon.call("free_space", {{"path", path}}));
  const Look look = context.look();
  if (context.json) context.print(answer);
  context.say(fmt::format("{} free of {} in {}", size_text(integer(answer, "size_bytes", -1), look),
                          size_text(integer(answer, "total_size", -1), look), path));
  return {};
}

}  // namespace

const Command stats_command{
    "stats", "", 0, 0, Completes::nothing, "Show what the daemon has done.", "", {}, &run_stats};

const Command free_space_command{"free-space",
                                 "[FOLDER]",
                                 0,
                                 1,
                                 Completes::nothing,
                                 "Show how much room a folder of the daemon's machine has.",
                                 "Without FOLDER: the folder for downloads.",
                                 {},
                                 &run_free_space};

}  // namespace seed::ctl

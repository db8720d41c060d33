#include "ctl/commands/commands.h"
#include "ctl/details.h"
#include "ctl/format.h"

namespace seed::ctl {

namespace {

Cell priority_cell(bool wanted, std::int64_t priority) {
  if (!wanted) return {"off", Style::dim};
  if (priority == 0) return "normal";
  return priority > 0 ? Cell("high", Style::good) : Cell("low", Style::dim);
}

std::string render(const Json& torrent, const Context& context) {
  const Json& files = list(torrent, "files");
  if (files.empty()) return "No files yet: the metadata is still to come.\n";
  const Json& stats = list(torrent, "file_stats");
  static const Json no_stats;
  Table table;
  table.column("FILE", Align::right).column("DONE", Align::right).column("PRIORITY");
  table.column("SIZE", Align::right).column("NAME");
  for (std::size_t i = 0; i < files.size(); ++i) {
    const Json& file = files[i];
    const Json& how = i < stats.size() ? stats[i] : no_stats;
    const std::int64_t length = integer(file, "length");
    const std::int64_t done = integer(file, "bytes_completed");
    // An empty file is there as soon as it is.
    const double share = length > 0 ? static_cast<double>(done) / static_cast<double>(length) : 1;
    table.row({std::to_string(i), percent_text(share),
               priority_cell(boolean(how, "wanted", true), integer(how, "priority")),
               size_text(length), text(file, "name")});
  }
  return table.render(context.look());
}

Outcome<void> run_files(Context& context, const Arguments& arguments) {
  return show_details(context, arguments, {"id", "hash_string", "name", "files", "file_stats"},
                      render);
}

}  // namespace

const Command files_command{
    "files",
    "TORRENT...",
    1,
    any_number,
    Completes::nothing,
    "List the files of torrents.",
    "Choose among them with `seedctl set TORRENT files_unwanted=2,5-9 priority_high=0`.",
    {},
    &run_files};

}  // namespace seed::ctl

#include <array>

#include "ctl/commands/commands.h"
#include "ctl/details.h"
#include "ctl/file_tree.h"
#include "ctl/format.h"

namespace seed::ctl {

namespace {

constexpr std::array flags = {
    Flag{"", "tree", "", "As a tree of folders also in a pipe."},
    Flag{"", "flat", "", "A path a line also on a terminal."},
};

Cell priority_cell(const TreeLine& line) {
  if (line.mixed) return {"mixed", Style::dim};
  if (!line.wanted) return {"off", Style::dim};
  if (line.priority == 0) return "normal";
  return line.priority > 0 ? Cell("high", Style::good) : Cell("low", Style::dim);
}

Table new_table() {
  Table table;
  table.column("FILE", Align::right).column("DONE", Align::right).column("PRIORITY");
  table.column("SIZE", Align::right).column("NAME");
  return table;
}

void add_line(Table& table, const TreeLine& line, const Look& look) {
  // An empty file is there as soon as it is.
  const double share =
      line.length > 0 ? static_cast<double>(line.done) / static_cast<double>(line.length) : 1;
  const bool is_folder = line.file < 0;
  table.row({is_folder ? std::string() : std::to_string(line.file), percent_text(share),
             priority_cell(line), size_text(line.length, look),
             Cell(line.name, is_folder ? Style::bold : Style::plain)});
}

std::string render(const Json& torrent, const Look& look, bool as_tree) {
  const Json& files = list(torrent, "files");
  if (files.empty()) return "No files yet: the metadata is still to come.\n";
  const Json& stats = list(torrent, "file_stats");
  Table table = new_table();
  if (as_tree) {
    for (const TreeLine& line : file_tree(files, stats, look.utf8)) add_line(table, line, look);
    return table.render(look);
  }
  static const Json none;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const Json& stat = i < stats.size() ? stats[i] : none;
    TreeLine line;
    line.name = text(files[i], "name");
    line.file = static_cast<std::int64_t>(i);
    line.length = integer(files[i], "length");
    line.done = integer(files[i], "bytes_completed");
    line.wanted = boolean(stat, "wanted", true);
    line.priority = integer(stat, "priority");
    add_line(table, line, look);
  }
  return table.render(look);
}

std::string render_tree(const Json& torrent, const Context& context) {
  return render(torrent, context.look(), true);
}

std::string render_flat(const Json& torrent, const Context& context) {
  return render(torrent, context.look(), false);
}

Outcome<void> run_files(Context& context, const Arguments& arguments) {
  if (arguments.has("tree") && arguments.has("flat"))
    return misused("--tree and --flat do not go together.");
  const bool as_tree = arguments.has("tree") || (context.look().terminal && !arguments.has("flat"));
  return show_details(context, arguments, {"id", "hash_string", "name", "files", "file_stats"},
                      as_tree ? render_tree : render_flat);
}

}  // namespace

const Command files_command{
    "files",
    "TORRENT...",
    1,
    any_number,
    Completes::nothing,
    "List the files of torrents.",
    "On a terminal as a tree, else a path a line. Choose among them with `seedctl set TORRENT "
    "files_unwanted=2,5-9 priority_high=0`.",
    flags,
    &run_files};

}  // namespace seed::ctl

#include <algorithm>
#include <ostream>

#include "ctl/commands/commands.h"
#include "ctl/listing.h"

namespace seed::ctl {

namespace {

constexpr std::chrono::milliseconds watch_interval{1000};

Outcome<void> run_list(Context& context, const Arguments& arguments) {
  SEED_TRY(const Query query, parse_query(arguments, context.schema, context.look()));
  SEED_TRY(Json answer, fetch(context.daemon, query));
  if (context.json)
    context.print(only_asked(std::move(answer), query));
  else
    context.terminal.out << render_listing(list(answer, "torrents"), query, context.look());
  return {};
}

/// The first lines that fit on the screen; the last of them holds the totals.
std::string fitted(const std::string& lines, std::size_t rows) {
  const auto count = static_cast<std::size_t>(std::ranges::count(lines, '\n'));
  if (rows < 3 || count <= rows) return lines;
  std::size_t end = 0;
  for (std::size_t i = 0; i + 1 < rows; ++i) end = lines.find('\n', end) + 1;
  const std::size_t last = lines.rfind('\n', lines.size() - 2) + 1;
  return lines.substr(0, end) + lines.substr(last);
}

Outcome<void> run_watch(Context& context, const Arguments& arguments) {
  if (context.json || !context.look().terminal || !context.terminal.in_is_terminal)
    return misused("watch draws on a terminal; in scripts use `seedctl list --json`.");
  // The first answer is awaited before the screen is taken, so that its failure stays readable.
  SEED_TRY(Query query, parse_query(arguments, context.schema, context.look()));
  SEED_TRY(Json answer, fetch(context.daemon, query));
  FullScreen screen(context.terminal);
  while (!context.terminal.interrupted()) {
    const Look look = context.look();
    screen.draw(fitted(render_listing(list(answer, "torrents"), query, look), look.rows));
    const auto key = context.terminal.pause(watch_interval);
    if (key == 'q' || key == 'Q') break;
    SEED_TRY(answer, fetch(context.daemon, query));
  }
  return {};
}

constexpr std::string_view list_details =
    "Shows the torrents whose name holds all of the words; without words all of them. Piped, the "
    "table has no bars and no colours. On a narrow terminal columns are left out, or cut if they "
    "were named.";
constexpr std::string_view watch_details =
    "The same as list, drawn in place every second, until q or Ctrl-C.";

}  // namespace

// A span of a function's static array is no constant: the rows are made when the program starts.
const Command list_command{"list",       "[WORD...]",        0,
                           any_number,   Completes::nothing, "List torrents.",
                           list_details, listing_flags(),    &run_list};

const Command watch_command{
    "watch",       "[WORD...]",        0,
    any_number,    Completes::nothing, "List torrents in place, again and again.",
    watch_details, listing_flags(),    &run_watch};

}  // namespace seed::ctl

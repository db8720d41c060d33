#include <algorithm>
#include <ostream>
#include <vector>

#include "ctl/commands/commands.h"
#include "ctl/listing.h"
#include "ctl/live.h"

namespace seed::ctl {

namespace {

/// Lines of a picture that are no rows: the headers, the totals, and what is said of the daemon.
constexpr std::size_t lines_beside_rows = 3;

Outcome<void> run_watch(Context& context, const Arguments& arguments) {
  SEED_TRY_VOID(check_live(context, "watch"));
  SEED_TRY(const Query query, parse_query(arguments, context.schema, context.look()));
  if (!query.format.empty()) return misused("--format and watching do not go together.");
  Feed feed(context.daemon, fields_of(query));
  SEED_TRY_VOID(feed.begin(context.terminal.unix_now()));
  Picture picture;
  picture.draw = [&](const Look& look) {
    const std::size_t rows =
        look.rows == 0 ? any_number : look.rows - std::min(look.rows, lines_beside_rows);
    return render_table(choose_rows(query, feed.mirror().torrents()), query, look, 0, rows);
  };
  return run_live(context, feed, picture);
}

Outcome<void> run_list(Context& context, const Arguments& arguments) {
  if (arguments.has("watch")) return run_watch(context, arguments);
  SEED_TRY(const Query query, parse_query(arguments, context.schema, context.look()));
  SEED_TRY(const Json answer, context.daemon.call("torrent_get", {{"fields", fields_of(query)}}));
  const Rows rows = choose_rows(query, list(answer, "torrents"));
  if (context.json)
    context.print(as_answer(rows, query));
  else
    context.terminal.out << render_listing(rows, query, context.look());
  return {};
}

constexpr std::string_view list_details =
    "Shows the torrents whose name holds all of the words, where the case of the letters A to Z "
    "does not matter; without words all of them. Piped, the "
    "table has no bars and no colours. On a narrow terminal columns are left out, or cut if they "
    "were named. With --watch, or as `seedctl watch`, it is drawn in place whenever something "
    "changes, until q or Ctrl-C.";
constexpr std::string_view watch_details =
    "The same as `seedctl list --watch`: drawn in place whenever something changes, until q or "
    "Ctrl-C. The daemon tells what changes, so that watching costs nothing while nothing does.";

const std::vector<Flag>& list_flags() {
  static const std::vector<Flag> all = [] {
    std::vector<Flag> out(listing_flags().begin(), listing_flags().end());
    out.push_back({"w", "watch", "", "Draw it in place, again and again."});
    return out;
  }();
  return all;
}

}  // namespace

// A span of a function's static array is no constant: the rows are made when the program starts.
const Command list_command{"list",       "[WORD...]",        0,
                           any_number,   Completes::nothing, "List torrents.",
                           list_details, list_flags(),       &run_list};

const Command watch_command{
    "watch",       "[WORD...]",        0,
    any_number,    Completes::nothing, "List torrents in place, as they change.",
    watch_details, listing_flags(),    &run_watch};

}  // namespace seed::ctl

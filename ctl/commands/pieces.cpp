#include <fmt/format.h>

#include "ctl/commands/commands.h"
#include "ctl/details.h"
#include "ctl/format.h"
#include "ctl/piece_map.h"

namespace seed::ctl {

namespace {

/// A map that fills the screen and no more.
constexpr std::size_t rows_unbounded = 20;
constexpr std::size_t lines_beside = 4;

std::string render(const Json& torrent, const Context& context) {
  const Look look = context.look();
  const PieceMap map = read_pieces(torrent);
  if (map.have.empty()) return "No pieces yet: the metadata is still to come.\n";
  std::string out = fmt::format("{} of {} of {}", map.count(), count_text(map.have.size(), "piece"),
                                binary_size_text(integer(torrent, "piece_size")));
  if (!map.offered.empty() && map.count() < map.have.size())
    out += fmt::format(", {} at no connected peer", map.nowhere());
  out += '\n';
  const std::size_t rows = look.rows > lines_beside ? look.rows - lines_beside : rows_unbounded;
  out += draw_pieces(map, look, rows);
  const char* legend = look.utf8 ? "█ there  ░▒▓ some of these  · missing  × at no connected peer"
                                 : "# there  -+* some of these  . missing  x at no connected peer";
  if (look.terminal) out += paint(legend, Style::dim, look.colours) + '\n';
  return out;
}

Outcome<void> run_pieces(Context& context, const Arguments& arguments) {
  return show_details(
      context, arguments,
      {"id", "hash_string", "name", "pieces", "piece_count", "piece_size", "availability"}, render);
}

}  // namespace

const Command pieces_command{"pieces",
                             "TORRENT...",
                             1,
                             any_number,
                             Completes::nothing,
                             "Draw which pieces of torrents are there.",
                             "A cell stands for one piece or more; in front is the number of the "
                             "first in its line. What no connected peer has is marked.",
                             {},
                             &run_pieces};

}  // namespace seed::ctl

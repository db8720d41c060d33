#include "ctl/piece_map.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/bytes.h"

namespace seed::ctl {

namespace {

/// In a pipe there is no width; this fits a page.
constexpr std::size_t columns_unbounded = 80;
constexpr std::size_t columns_min = 8;

struct CellOf {
  std::size_t have = 0;
  std::size_t count = 0;
  bool nowhere = false;  ///< one that is missing is offered by nobody
};

CellOf cell_at(const PieceMap& map, std::size_t from, std::size_t count) {
  CellOf out;
  const std::size_t end = std::min(from + count, map.have.size());
  out.count = end - from;
  for (std::size_t i = from; i < end; ++i) {
    if (map.have[i])
      ++out.have;
    else if (i < map.offered.size() && map.offered[i] == 0)
      out.nowhere = true;
  }
  return out;
}

std::string_view glyph(const CellOf& cell, bool utf8) {
  if (cell.have == cell.count) return utf8 ? "█" : "#";
  if (cell.have == 0) return cell.nowhere ? (utf8 ? "×" : "x") : (utf8 ? "·" : ".");
  const std::size_t third = cell.have * 3 / cell.count;
  if (!utf8) return third == 0 ? "-" : third == 1 ? "+" : "*";
  return third == 0 ? "░" : third == 1 ? "▒" : "▓";
}

Style style_of(const CellOf& cell) {
  if (cell.have == cell.count) return Style::good;
  if (cell.nowhere) return Style::bad;
  return cell.have > 0 ? Style::busy : Style::dim;
}

/// Cells of one style are painted together.
std::string draw_row(const PieceMap& map, std::size_t from, std::size_t cells, std::size_t each,
                     const Look& look) {
  std::string out;
  std::string run;
  Style style = Style::plain;
  for (std::size_t i = 0; i < cells && from + i * each < map.have.size(); ++i) {
    const CellOf cell = cell_at(map, from + i * each, each);
    if (style_of(cell) != style) {
      out += paint(run, style, look.colours);
      run.clear();
      style = style_of(cell);
    }
    run += glyph(cell, look.utf8);
  }
  return out + paint(run, style, look.colours);
}

}  // namespace

std::size_t PieceMap::count() const {
  return static_cast<std::size_t>(std::ranges::count(have, true));
}

std::size_t PieceMap::nowhere() const {
  std::size_t out = 0;
  for (std::size_t i = 0; i < std::min(have.size(), offered.size()); ++i)
    if (!have[i] && offered[i] == 0) ++out;
  return out;
}

PieceMap read_pieces(const Json& torrent) {
  PieceMap out;
  const auto octets = from_base64(text(torrent, "pieces")).value_or(Buffer());
  // The count may be anything; the octets are there.
  const auto count = std::min<std::size_t>(
      static_cast<std::size_t>(std::max<std::int64_t>(0, integer(torrent, "piece_count"))),
      octets.size() * 8);
  out.have.resize(count);
  for (std::size_t i = 0; i < count; ++i)
    out.have[i] = (static_cast<unsigned>(octets[i / 8]) >> (7 - i % 8) & 1U) != 0;
  for (const Json& peers : list(torrent, "availability"))
    out.offered.push_back(peers.is_number_integer() ? peers.get<std::int64_t>() : 0);
  if (out.offered.size() != count) out.offered.clear();
  return out;
}

std::string draw_pieces(const PieceMap& map, const Look& look, std::size_t rows_max) {
  const std::size_t count = map.have.size();
  if (count == 0) return {};
  const std::size_t digits = std::to_string(count - 1).size();
  const std::size_t columns = look.columns == 0 ? columns_unbounded : look.columns;
  const std::size_t cells =
      std::max(columns_min, columns > digits + 2 ? columns - digits - 2 : std::size_t{0});
  const std::size_t room = cells * std::max<std::size_t>(1, rows_max);
  const std::size_t each = (count + room - 1) / room;
  std::string out;
  for (std::size_t from = 0; from < count; from += cells * each)
    out += fmt::format("{}  {}\n",
                       paint(fmt::format("{:>{}}", from, digits), Style::dim, look.colours),
                       draw_row(map, from, cells, each, look));
  return out;
}

}  // namespace seed::ctl

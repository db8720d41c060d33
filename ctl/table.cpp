#include "ctl/table.h"

#include <algorithm>
#include <utility>

#include "ctl/printable.h"

namespace seed::ctl {

namespace {

/// The narrowest the last column is cut to on a narrow terminal.
constexpr std::size_t last_column_min = 8;

std::string_view code_of(Style style) {
  switch (style) {
    case Style::plain:
      return "";
    case Style::bold:
      return "\x1b[1m";
    case Style::dim:
      return "\x1b[2m";
    case Style::good:
      return "\x1b[32m";
    case Style::busy:
      return "\x1b[36m";
    case Style::warn:
      return "\x1b[33m";
    case Style::bad:
      return "\x1b[31m";
  }
  return "";
}

}  // namespace

std::string paint(std::string_view text, Style style, bool colours) {
  if (!colours || style == Style::plain || text.empty()) return std::string(text);
  return std::string(code_of(style)).append(text).append("\x1b[0m");
}

Cell::Cell(std::string_view foreign, Style how) : text(printable(foreign)), style(how) {}

Table& Table::column(std::string_view header, Align align) {
  columns_.push_back({Cell(header, Style::bold), align});
  return *this;
}

void Table::row(std::vector<Cell> cells) {
  cells.resize(columns_.size());
  rows_.push_back(std::move(cells));
}

std::vector<std::size_t> Table::widths(const Look& look) const {
  std::vector<std::size_t> out;
  for (const Column& column : columns_) out.push_back(display_width(column.header.text));
  for (const auto& cells : rows_)
    for (std::size_t i = 0; i < cells.size(); ++i)
      out[i] = std::max(out[i], display_width(cells[i].text));
  if (!look.terminal || look.columns == 0 || out.empty()) return out;
  std::size_t before = 2 * (out.size() - 1);
  for (std::size_t i = 0; i + 1 < out.size(); ++i) before += out[i];
  const std::size_t left = look.columns > before ? look.columns - before : 0;
  out.back() = std::min(out.back(), std::max(left, last_column_min));
  return out;
}

void Table::render_row(std::string& out, const std::vector<Cell>& cells,
                       const std::vector<std::size_t>& widths, const Look& look) const {
  std::string gap;  // blanks not written yet: none are left at the end of a line
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string text = cut(cells[i].text, widths[i], look.utf8);
    const std::string blanks(widths[i] - display_width(text), ' ');
    if (columns_[i].align == Align::right) gap += blanks;
    if (!text.empty()) {
      out += gap + paint(text, cells[i].style, look.colours);
      gap.clear();
    }
    if (columns_[i].align == Align::left) gap += blanks;
    gap += "  ";
  }
  out += '\n';
}

std::string Table::render(const Look& look) const {
  const std::vector<std::size_t> columns = widths(look);
  std::string out;
  std::vector<Cell> headers;
  for (const Column& column : columns_) headers.push_back(column.header);
  if (std::ranges::any_of(headers, [](const Cell& cell) { return !cell.text.empty(); }))
    render_row(out, headers, columns, look);
  for (const auto& cells : rows_) render_row(out, cells, columns, look);
  return out;
}

}  // namespace seed::ctl

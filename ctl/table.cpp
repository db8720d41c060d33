#include "ctl/table.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "ctl/printable.h"

namespace seed::ctl {

namespace {

/// The narrowest the last column is cut to on a narrow terminal.
constexpr std::size_t last_column_min = 8;
/// Other columns are left out until the last one, mostly a name, has so much room.
constexpr std::size_t last_column_wanted = 16;
constexpr std::size_t gap_columns = 2;

std::size_t sum_of(const std::vector<std::size_t>& widths) {
  return std::accumulate(widths.begin(), widths.end(), gap_columns * (widths.size() - 1));
}

/// The last column takes what the others leave, but for its least.
void fit_last(std::vector<std::size_t>& widths, std::size_t columns) {
  const std::size_t before = sum_of(widths) - widths.back();
  const std::size_t left = columns > before ? columns - before : 0;
  widths.back() = std::min(widths.back(), std::max(left, last_column_min));
}

void cut_widest(std::vector<std::size_t>& widths, std::size_t columns) {
  while (sum_of(widths) > columns) {
    const auto widest = std::ranges::max_element(widths);
    if (*widest <= 1) return;
    --*widest;
  }
}

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

void Table::narrows(std::vector<std::size_t> order) {
  order_ = std::move(order);
  narrows_ = true;
}

std::vector<std::size_t> Table::natural_widths() const {
  std::vector<std::size_t> out;
  for (const Column& column : columns_) out.push_back(display_width(column.header.text));
  for (const auto& cells : rows_)
    for (std::size_t i = 0; i < cells.size(); ++i)
      out[i] = std::max(out[i], display_width(cells[i].text));
  return out;
}

Table::Layout Table::layout(const Look& look) const {
  const std::vector<std::size_t> natural = natural_widths();
  Layout out;
  for (std::size_t i = 0; i < natural.size(); ++i) out.shown.push_back(i);
  out.widths = natural;
  if (!look.terminal || look.columns == 0 || natural.empty()) return out;
  for (const std::size_t column : order_) {
    const std::size_t last = std::min(out.widths.back(), last_column_wanted);
    if (sum_of(out.widths) - out.widths.back() + last <= look.columns) break;
    std::erase(out.shown, column);
    out.widths.clear();
    for (const std::size_t shown : out.shown) out.widths.push_back(natural[shown]);
  }
  fit_last(out.widths, look.columns);
  if (narrows_) cut_widest(out.widths, look.columns);
  return out;
}

void Table::render_row(std::string& out, const std::vector<Cell>& cells, const Layout& layout,
                       const Look& look) const {
  std::string gap;  // blanks not written yet: none are left at the end of a line
  for (std::size_t i = 0; i < layout.shown.size(); ++i) {
    const std::size_t column = layout.shown[i];
    const std::string text = cut(cells[column].text, layout.widths[i], look.utf8);
    const std::string blanks(layout.widths[i] - display_width(text), ' ');
    if (columns_[column].align == Align::right) gap += blanks;
    if (!text.empty()) {
      out += gap + paint(text, cells[column].style, look.colours);
      gap.clear();
    }
    if (columns_[column].align == Align::left) gap += blanks;
    gap.append(gap_columns, ' ');
  }
  out += '\n';
}

std::string Table::render(const Look& look) const {
  const Layout how = layout(look);
  std::string out;
  std::vector<Cell> headers;
  for (const Column& column : columns_) headers.push_back(column.header);
  if (look.headers &&
      std::ranges::any_of(headers, [](const Cell& cell) { return !cell.text.empty(); }))
    render_row(out, headers, how, look);
  for (const auto& cells : rows_) render_row(out, cells, how, look);
  return out;
}

}  // namespace seed::ctl

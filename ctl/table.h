// Table: aligned columns of safe text. Whatever is put into a cell is made printable there, so no
// command can forget to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace seed::ctl {

enum class Style : std::uint8_t { plain, bold, dim, good, busy, warn, bad };

/// `text` in the colours of ECMA-48, or as it is when colours are off.
std::string paint(std::string_view text, Style style, bool colours);

/// What can be shown where the output goes.
struct Look {
  bool terminal = false;    ///< bars, and the last column cut to `columns`
  bool dumb = false;        ///< a terminal that knows no sequences, not even to begin a line anew
  bool colours = false;     ///< only on a terminal, and not with NO_COLOR
  bool utf8 = false;        ///< else ASCII for what we draw ourselves
  bool exact = false;       ///< sizes in bytes and times in seconds, without units
  bool headers = true;      ///< of tables
  std::size_t columns = 0;  ///< 0 = no bound
  std::size_t rows = 0;
};

struct Cell {
  Cell() = default;
  Cell(std::string_view foreign, Style how = Style::plain);
  Cell(const std::string& foreign, Style how = Style::plain)
      : Cell(std::string_view(foreign), how) {}
  Cell(const char* foreign, Style how = Style::plain) : Cell(std::string_view(foreign), how) {}

  std::string text;  ///< printable
  Style style = Style::plain;
};

enum class Align : std::uint8_t { left, right };

class Table {
 public:
  /// The next column. A table whose headers are all empty has no header line.
  Table& column(std::string_view header, Align align = Align::left);
  /// The next row; missing cells are empty, surplus ones are dropped.
  void row(std::vector<Cell> cells);
  std::size_t rows() const { return rows_.size(); }
  /// Makes the table fit on a terminal that is too narrow for it: the columns in `order` are left
  /// out, the first of it first, as far as is needed, and then the widest are cut. A table without
  /// this cuts its last column only.
  void narrows(std::vector<std::size_t> order);
  /// Lines ending in \n, without blanks at their ends; columns two blanks apart.
  std::string render(const Look& look) const;

 private:
  struct Column {
    Cell header;
    Align align;
  };
  /// The columns that are shown, with their widths.
  struct Layout {
    std::vector<std::size_t> shown;
    std::vector<std::size_t> widths;
  };
  std::vector<std::size_t> natural_widths() const;
  Layout layout(const Look& look) const;
  void render_row(std::string& out, const std::vector<Cell>& cells, const Layout& layout,
                  const Look& look) const;

  std::vector<Column> columns_;
  std::vector<std::size_t> order_;  ///< in which columns are left out
  bool narrows_ = false;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace seed::ctl

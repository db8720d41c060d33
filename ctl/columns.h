// Columns: what `list` and `watch` can show of a torrent.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/json.h"
#include "ctl/outcome.h"
#include "ctl/schema.h"
#include "ctl/table.h"

namespace seed::ctl {

struct ColumnRow {
  std::string_view name;
  std::string_view header;
  Align align = Align::right;
  std::string_view field;  ///< of torrent_get: what is shown and sorted by
  Cell (*cell)(const Json& torrent, const Look& look) = nullptr;
  std::string_view doc;
};

/// One chosen column: a row of the table, or any other field of torrent_get by its own name.
struct Column {
  const ColumnRow* row = nullptr;
  std::string field;

  std::string_view header() const { return row != nullptr ? row->header : std::string_view(field); }
  Align align() const { return row != nullptr ? row->align : Align::left; }
  Cell cell(const Json& torrent, const Look& look) const;
};

std::span<const ColumnRow> all_columns();

/// What list shows when nobody says: with a bar only on a terminal.
std::string_view default_columns(const Look& look);

/// Which of them a narrow terminal does without, the first of them first.
std::span<const std::string_view> spare_columns();

/// "id,name,eta": names of columns or of fields of torrent_get. Others: Exit::usage.
Outcome<std::vector<Column>> parse_columns(std::string_view text, const Schema& schema);

/// True when `a` comes before `b` in that column: numbers by value, text without the case of ASCII
/// letters, trackers by the host that is shown.
bool sorts_before(const Column& column, const Json& a, const Json& b);

}  // namespace seed::ctl

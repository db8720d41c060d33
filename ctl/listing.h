// Listing: torrents filtered, sorted and laid out, for `list`, `watch` and `top`.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ctl/columns.h"
#include "ctl/command.h"
#include "ctl/line_format.h"

namespace seed::ctl {

struct SortKey {
  Column column;
  bool reverse = false;
};

struct Query {
  std::vector<std::string> words;     ///< parts of the name, of which all must be there
  std::vector<std::string> states;    ///< one must hold, and none that begins with !
  std::vector<std::string> labels;    ///< each must be there
  std::vector<std::string> trackers;  ///< parts of an announce URL, of which each must be there
  std::vector<Column> columns;
  bool chosen = false;        ///< the columns were named
  std::vector<SortKey> sort;  ///< the first that tells two apart decides
  LineFormat format;          ///< instead of columns; empty for none
};

using Rows = std::vector<const Json*>;

/// The flags that parse_query() reads.
std::span<const Flag> listing_flags();

Outcome<Query> parse_query(const Arguments& arguments, const Schema& schema, const Look& look);

/// The fields of torrent_get that the query needs.
std::vector<std::string> fields_of(const Query& query);

/// Whether a torrent is among those asked for.
bool fits(const Query& query, const Json& torrent);

/// Those that fit, in order. The torrents outlive the rows.
Rows choose_rows(const Query& query, const Json& torrents);
Rows choose_rows(const Query& query, const std::map<std::int64_t, Json>& torrents);

/// A result of torrent_get of these rows; with only the fields of the columns, when these were
/// named.
Json as_answer(const Rows& rows, const Query& query);

/// A table, and under it on a terminal what all of them do together; or a line each, as the query
/// has them. `from` and `count`: of a long list the rows that are shown.
std::string render_listing(const Rows& rows, const Query& query, const Look& look);
std::string render_table(const Rows& rows, const Query& query, const Look& look, std::size_t from,
                         std::size_t count);

}  // namespace seed::ctl

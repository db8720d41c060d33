// Listing: torrents fetched, filtered, sorted and laid out, for `list` and `watch`.
#pragma once

#include <string>
#include <vector>

#include "ctl/columns.h"
#include "ctl/command.h"

namespace seed::ctl {

struct Query {
  std::vector<std::string> words;   ///< parts of the name, of which all must be there
  std::vector<std::string> states;  ///< each must hold
  std::vector<std::string> labels;  ///< each must be there
  std::vector<Column> columns;
  bool chosen = false;  ///< the columns were named
  Column sort;
  bool reverse = false;
};

/// The flags that parse_query() reads.
std::span<const Flag> listing_flags();

Outcome<Query> parse_query(const Arguments& arguments, const Schema& schema, const Look& look);

/// Whether a torrent is among those asked for.
bool fits(const Query& query, const Json& torrent);

/// The result of torrent_get with only the torrents that fit, in order.
Outcome<Json> fetch(Daemon& daemon, const Query& query);

/// The same with only the fields of the columns, when these were named.
Json only_asked(Json answer, const Query& query);

/// A table, and under it on a terminal what all of them do together.
std::string render_listing(const Json& torrents, const Query& query, const Look& look);

}  // namespace seed::ctl

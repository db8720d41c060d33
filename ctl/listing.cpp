#include "ctl/listing.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>

#include "ctl/format.h"
#include "ctl/printable.h"
#include "ctl/status.h"
#include "ctl/words.h"

namespace seed::ctl {

namespace {

constexpr std::array flags = {
    Flag{"s", "state", "STATE",
         "Only those in this state: active, complete, downloading, error, finished, incomplete, "
         "queued, running, seeding, stalled, stopped, verifying.",
         true},
    Flag{"l", "label", "LABEL", "Only those with this label.", true},
    Flag{"", "sort", "COLUMN", "Sort by this column (id)."},
    Flag{"r", "reverse", "", "Sort the other way round."},
    Flag{"c", "columns", "NAMES",
         "Columns, divided by commas: those of the list below, or any field of torrent_get. With "
         "--json, only their fields."},
};

bool has_label(const Json& torrent, const std::string& wanted) {
  return std::ranges::any_of(list(torrent, "labels"),
                             [&](const Json& label) { return label == wanted; });
}

Json fields_of(const Query& query) {
  std::set<std::string> out = {"id", "hash_string", "name", "labels"};
  for (const std::string_view field : status_fields()) out.emplace(field);
  for (const Column& column : query.columns) out.insert(column.field);
  out.insert(query.sort.field);
  return Json(out);
}

/// Columns that were named all stay, be they cut.
std::vector<std::size_t> left_out_first(const Query& query) {
  std::vector<std::size_t> out;
  if (query.chosen) return out;
  for (const std::string_view name : spare_columns())
    for (std::size_t i = 0; i < query.columns.size(); ++i)
      if (query.columns[i].row != nullptr && query.columns[i].row->name == name) out.push_back(i);
  return out;
}

std::string totals(const Json& torrents, const Look& look) {
  std::int64_t down = 0;
  std::int64_t up = 0;
  for (const Json& torrent : torrents) {
    down += integer(torrent, "rate_download");
    up += integer(torrent, "rate_upload");
  }
  const std::string line = fmt::format("{}, down {}, up {}", count_text(torrents.size(), "torrent"),
                                       rate_text(down), rate_text(up));
  const std::string fits = look.columns == 0 ? line : cut(line, look.columns, look.utf8);
  return paint(fits, Style::dim, look.colours) + '\n';
}

}  // namespace

std::span<const Flag> listing_flags() { return flags; }

Outcome<Query> parse_query(const Arguments& arguments, const Schema& schema, const Look& look) {
  Query query;
  for (const std::string& word : arguments.operands) query.words.push_back(lower_case(word));
  query.states = arguments.values("state");
  query.labels = arguments.values("label");
  query.reverse = arguments.has("reverse");
  for (const std::string& state : query.states)
    if (std::ranges::find(state_names(), state) == state_names().end())
      return misused(fmt::format("there is no state \"{}\": there are {}.", state,
                                 fmt::join(state_names(), ", ")));
  const std::string columns = arguments.value("columns");
  query.chosen = !columns.empty();
  SEED_TRY(query.columns, parse_columns(columns.empty() ? default_columns(look) : columns, schema));
  const std::string sort = arguments.value("sort");
  SEED_TRY(std::vector<Column> by, parse_columns(sort.empty() ? "id" : sort, schema));
  if (by.size() != 1) return misused("--sort: one column.");
  query.sort = std::move(by.front());
  return query;
}

bool fits(const Query& query, const Json& torrent) {
  const std::string name = lower_case(text(torrent, "name"));
  const auto in_name = [&](const std::string& word) {
    return name.find(word) != std::string::npos;
  };
  return std::ranges::all_of(query.words, in_name) &&
         std::ranges::all_of(query.states,
                             [&](const auto& state) { return is_in_state(torrent, state); }) &&
         std::ranges::all_of(query.labels,
                             [&](const auto& label) { return has_label(torrent, label); });
}

Outcome<Json> fetch(Daemon& daemon, const Query& query) {
  SEED_TRY(const Json answer, daemon.call("torrent_get", {{"fields", fields_of(query)}}));
  std::vector<const Json*> kept;
  for (const Json& torrent : list(answer, "torrents"))
    if (fits(query, torrent)) kept.push_back(&torrent);
  // Pointers into one array: equal ones stay in the daemon's order.
  std::ranges::sort(kept, [&](const Json* a, const Json* b) {
    if (sorts_before(query.sort, *a, *b)) return !query.reverse;
    if (sorts_before(query.sort, *b, *a)) return query.reverse;
    return a < b;
  });
  Json rows = Json::array();
  for (const Json* torrent : kept) rows.push_back(*torrent);
  return Json::object({{"torrents", std::move(rows)}});
}

Json only_asked(Json answer, const Query& query) {
  if (!query.chosen) return answer;
  for (Json& torrent : answer["torrents"]) {
    Json row = Json::object();
    for (const Column& column : query.columns)
      if (torrent.contains(column.field)) row[column.field] = torrent[column.field];
    torrent = std::move(row);
  }
  return answer;
}

std::string render_listing(const Json& torrents, const Query& query, const Look& look) {
  Table table;
  for (const Column& column : query.columns) table.column(column.header(), column.align());
  table.narrows(left_out_first(query));
  for (const Json& torrent : torrents) {
    std::vector<Cell> cells;
    for (const Column& column : query.columns) cells.push_back(column.cell(torrent, look));
    table.row(std::move(cells));
  }
  std::string out = table.render(look);
  if (look.terminal) out += totals(torrents, look);
  return out;
}

}  // namespace seed::ctl

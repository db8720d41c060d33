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
    Flag{
        "s", "state", "STATE",
        "Only those in this state: active, complete, downloading, error, finished, incomplete, "
        "queued, running, seeding, stalled, stopped, verifying. Of several any one will do; with a "
        "! in front only those not in it: --state seeding --state '!active'.",
        true},
    Flag{"l", "label", "LABEL", "Only those with this label.", true},
    Flag{"t", "tracker", "TEXT", "Only those with this in the URL of a tracker.", true},
    Flag{"", "sort", "COLUMNS",
         "Sort by these columns, the first of them first; -COLUMN the other way round (id).", true},
    Flag{"r", "reverse", "", "Turn the whole order round."},
    Flag{"c", "columns", "NAMES",
         "Columns, divided by commas: those of the list below, or any field of torrent_get. With "
         "--json, only their fields."},
    Flag{"", "format", "TEXT",
         "A line for each instead of a table: \"{id}\\t{name}\" with columns or fields in braces."},
};

bool has_label(const Json& torrent, const std::string& wanted) {
  return std::ranges::any_of(list(torrent, "labels"),
                             [&](const Json& label) { return label == wanted; });
}

bool is_negated(std::string_view state) { return state.starts_with('!'); }

std::string_view name_of(std::string_view state) { return state.substr(is_negated(state) ? 1 : 0); }

/// One of those that are wanted, and none of those that are not.
bool has_state(const Json& torrent, const std::vector<std::string>& states) {
  const auto holds = [&](const std::string& state) { return is_in_state(torrent, name_of(state)); };
  const auto wanted = [&](const std::string& state) { return !is_negated(state); };
  const bool any_wanted = std::ranges::any_of(states, wanted);
  return std::ranges::none_of(
             states, [&](const auto& state) { return is_negated(state) && holds(state); }) &&
         (!any_wanted || std::ranges::any_of(states, [&](const auto& state) {
           return wanted(state) && holds(state);
         }));
}

bool has_tracker(const Json& torrent, const std::string& wanted) {
  return std::ranges::any_of(list(torrent, "trackers"), [&](const Json& tracker) {
    return lower_case(text(tracker, "announce")).find(wanted) != std::string::npos;
  });
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

std::string totals(const Rows& rows, const Look& look) {
  std::int64_t down = 0;
  std::int64_t up = 0;
  for (const Json* torrent : rows) {
    down = sum(down, integer(*torrent, "rate_download"));
    up = sum(up, integer(*torrent, "rate_upload"));
  }
  const std::string line = fmt::format("{}, down {}, up {}", count_text(rows.size(), "torrent"),
                                       rate_text(down, look), rate_text(up, look));
  const std::string fits = look.columns == 0 ? line : cut(line, look.columns, look.utf8);
  return paint(fits, Style::dim, look.colours) + '\n';
}

Outcome<std::vector<SortKey>> parse_sort(const std::vector<std::string>& words, bool reverse,
                                         const Schema& schema) {
  std::vector<SortKey> out;
  for (const std::string& word : words) {
    for (std::string_view name : split(word, ',')) {
      const bool back = name.starts_with('-');
      if (back || name.starts_with('+')) name.remove_prefix(1);
      SEED_TRY(std::vector<Column> column, parse_columns(name, schema));
      out.push_back({std::move(column.front()), back != reverse});
    }
  }
  if (out.empty()) {
    SEED_TRY(std::vector<Column> column, parse_columns("id", schema));
    out.push_back({std::move(column.front()), reverse});
  }
  return out;
}

/// Equal ones stay in the daemon's order.
void sort_rows(const Query& query, Rows& rows) {
  std::ranges::stable_sort(rows, [&](const Json* a, const Json* b) {
    for (const SortKey& key : query.sort) {
      if (sorts_before(key.column, *a, *b)) return !key.reverse;
      if (sorts_before(key.column, *b, *a)) return key.reverse;
    }
    return false;
  });
}

Table table_of(const Query& query) {
  Table out;
  for (const Column& column : query.columns) out.column(column.header(), column.align());
  out.narrows(left_out_first(query));
  return out;
}

}  // namespace

std::span<const Flag> listing_flags() { return flags; }

Outcome<Query> parse_query(const Arguments& arguments, const Schema& schema, const Look& look) {
  Query query;
  for (const std::string& word : arguments.operands) query.words.push_back(lower_case(word));
  query.states = arguments.values("state");
  query.labels = arguments.values("label");
  for (const std::string& part : arguments.values("tracker"))
    query.trackers.push_back(lower_case(part));
  for (const std::string& state : query.states)
    if (std::ranges::find(state_names(), name_of(state)) == state_names().end())
      return misused(fmt::format("there is no state \"{}\": there are {}.", state,
                                 fmt::join(state_names(), ", ")));
  const std::string columns = arguments.value("columns");
  query.chosen = !columns.empty();
  SEED_TRY(query.columns, parse_columns(columns.empty() ? default_columns(look) : columns, schema));
  SEED_TRY(query.sort, parse_sort(arguments.values("sort"), arguments.has("reverse"), schema));
  SEED_TRY(query.format, LineFormat::parse(arguments.value("format"), schema));
  return query;
}

std::vector<std::string> fields_of(const Query& query) {
  std::set<std::string> out = {"id", "hash_string", "name", "labels"};
  for (const std::string_view field : status_fields()) out.emplace(field);
  for (const Column& column : query.columns) out.insert(column.field);
  for (const SortKey& key : query.sort) out.insert(key.column.field);
  for (std::string& field : query.format.fields()) out.insert(std::move(field));
  if (!query.trackers.empty()) out.insert("trackers");
  return {out.begin(), out.end()};
}

bool fits(const Query& query, const Json& torrent) {
  const std::string name = lower_case(text(torrent, "name"));
  const auto in_name = [&](const std::string& word) {
    return name.find(word) != std::string::npos;
  };
  return std::ranges::all_of(query.words, in_name) && has_state(torrent, query.states) &&
         std::ranges::all_of(query.labels,
                             [&](const auto& label) { return has_label(torrent, label); }) &&
         std::ranges::all_of(query.trackers,
                             [&](const auto& part) { return has_tracker(torrent, part); });
}

Rows choose_rows(const Query& query, const Json& torrents) {
  Rows out;
  for (const Json& torrent : torrents)
    if (fits(query, torrent)) out.push_back(&torrent);
  sort_rows(query, out);
  return out;
}

Rows choose_rows(const Query& query, const std::map<std::int64_t, Json>& torrents) {
  Rows out;
  for (const auto& [id, torrent] : torrents)
    if (fits(query, torrent)) out.push_back(&torrent);
  sort_rows(query, out);
  return out;
}

Json as_answer(const Rows& rows, const Query& query) {
  Json out = Json::array();
  for (const Json* torrent : rows) {
    if (!query.chosen) {
      out.push_back(*torrent);
      continue;
    }
    Json& row = out.emplace_back(Json::object());
    for (const Column& column : query.columns)
      if (torrent->contains(column.field)) row[column.field] = torrent->at(column.field);
  }
  return Json::object({{"torrents", std::move(out)}});
}

std::string render_listing(const Rows& rows, const Query& query, const Look& look) {
  if (query.format.empty()) return render_table(rows, query, look, 0, rows.size());
  std::string out;
  for (const Json* torrent : rows) out += query.format.line(*torrent, look);
  return out;
}

std::string render_table(const Rows& rows, const Query& query, const Look& look, std::size_t from,
                         std::size_t count) {
  Table table = table_of(query);
  const std::size_t begin = std::min(from, rows.size());
  for (const Json* torrent : std::span(rows).subspan(begin, std::min(count, rows.size() - begin))) {
    std::vector<Cell> cells;
    for (const Column& column : query.columns) cells.push_back(column.cell(*torrent, look));
    table.row(std::move(cells));
  }
  std::string out = table.render(look);
  if (look.terminal) out += totals(rows, look);
  return out;
}

}  // namespace seed::ctl

#include "ctl/columns.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "ctl/format.h"
#include "ctl/status.h"
#include "ctl/words.h"

namespace seed::ctl {

namespace {

constexpr std::size_t bar_columns = 10;

template <const char* Field>
Cell size_cell(const Json& torrent, const Look& look) {
  return size_text(integer(torrent, Field), look);
}

template <const char* Field>
Cell rate_cell(const Json& torrent, const Look& look) {
  const std::int64_t rate = integer(torrent, Field);
  return {rate_text(rate, look), rate > 0 ? Style::plain : Style::dim};
}

template <const char* Field>
Cell date_cell(const Json& torrent, const Look& look) {
  return date_text(integer(torrent, Field), look);
}

template <const char* Field>
Cell text_cell(const Json& torrent, const Look&) {
  return text(torrent, Field);
}

template <const char* Field>
Cell number_cell(const Json& torrent, const Look&) {
  return std::to_string(integer(torrent, Field));
}

#define SEED_FIELD(name) constexpr char name##_field[] = #name;
SEED_FIELD(id)
SEED_FIELD(size_when_done)
SEED_FIELD(have_valid)
SEED_FIELD(left_until_done)
SEED_FIELD(rate_download)
SEED_FIELD(rate_upload)
SEED_FIELD(downloaded_ever)
SEED_FIELD(uploaded_ever)
SEED_FIELD(added_date)
SEED_FIELD(done_date)
SEED_FIELD(activity_date)
SEED_FIELD(hash_string)
SEED_FIELD(download_dir)
SEED_FIELD(queue_position)
SEED_FIELD(peers_connected)
SEED_FIELD(name)
#undef SEED_FIELD

Cell done_cell(const Json& torrent, const Look&) {
  return percent_text(number(torrent, "percent_done"));
}

Cell bar_cell(const Json& torrent, const Look& look) {
  return {bar_text(progress_of(torrent), bar_columns, look.utf8), status_cell(torrent).style};
}

Cell eta_cell(const Json& torrent, const Look& look) {
  return eta_text(integer(torrent, "eta", -1), look);
}

Cell ratio_cell(const Json& torrent, const Look& look) {
  return ratio_text(number(torrent, "upload_ratio", -1), look.utf8);
}

Cell state_cell(const Json& torrent, const Look&) { return status_cell(torrent); }

Cell error_cell(const Json& torrent, const Look&) {
  return said_once(text(torrent, "error_string"));
}

Cell labels_cell(const Json& torrent, const Look&) {
  std::vector<std::string> labels;
  for (const Json& label : list(torrent, "labels"))
    if (label.is_string()) labels.push_back(label.get<std::string>());
  return fmt::format("{}", fmt::join(labels, ","));
}

/// The first tracker's host and port, without the passkeys that paths have; "-" for none.
std::string tracker_of(const Json& torrent) {
  const Json& trackers = list(torrent, "trackers");
  if (trackers.empty()) return "-";
  const std::string url = text(trackers.front(), "announce");
  const std::size_t host = url.find("://");
  if (host == std::string::npos) return url;
  return url.substr(host + 3, url.find('/', host + 3) - host - 3);
}

Cell tracker_cell(const Json& torrent, const Look&) { return tracker_of(torrent); }

constexpr Align left = Align::left;
constexpr Align right = Align::right;

// clang-format off
constexpr std::array table = {
    ColumnRow{"id",       "ID",       right, id_field,              number_cell<id_field>,            "number of the torrent in this run of the daemon"},
    ColumnRow{"done",     "DONE",     right, "percent_done",        done_cell,                        "how much of the wanted files is there"},
    ColumnRow{"bar",      "PROGRESS", left,  "percent_done",        bar_cell,                         "the same drawn; of the metadata or the check while there is one"},
    ColumnRow{"size",     "SIZE",     right, size_when_done_field,  size_cell<size_when_done_field>,  "size of the wanted files"},
    ColumnRow{"have",     "HAVE",     right, have_valid_field,      size_cell<have_valid_field>,      "verified bytes on disk"},
    ColumnRow{"left",     "LEFT",     right, left_until_done_field, size_cell<left_until_done_field>, "bytes still to come"},
    ColumnRow{"down",     "DOWN",     right, rate_download_field,   rate_cell<rate_download_field>,   "rate of download"},
    ColumnRow{"up",       "UP",       right, rate_upload_field,     rate_cell<rate_upload_field>,     "rate of upload"},
    ColumnRow{"eta",      "ETA",      right, "eta",                 eta_cell,                         "time until it is done"},
    ColumnRow{"ratio",    "RATIO",    right, "upload_ratio",        ratio_cell,                       "uploaded by size"},
    ColumnRow{"status",   "STATUS",   left,  "status",              state_cell,                       "what it does; ! = its tracker complains"},
    ColumnRow{"name",     "NAME",     left,  name_field,            text_cell<name_field>,            "name of the torrent"},
    ColumnRow{"hash",     "HASH",     left,  hash_string_field,     text_cell<hash_string_field>,     "info-hash"},
    ColumnRow{"labels",   "LABELS",   left,  "labels",              labels_cell,                      "the user's words for it"},
    ColumnRow{"peers",    "PEERS",    right, peers_connected_field, number_cell<peers_connected_field>, "connected peers"},
    ColumnRow{"queue",    "QUEUE",    right, queue_position_field,  number_cell<queue_position_field>, "place in the queue"},
    ColumnRow{"downloaded", "DOWNLOADED", right, downloaded_ever_field, size_cell<downloaded_ever_field>, "downloaded ever"},
    ColumnRow{"uploaded", "UPLOADED", right, uploaded_ever_field,   size_cell<uploaded_ever_field>,   "uploaded ever"},
    ColumnRow{"added",    "ADDED",    left,  added_date_field,      date_cell<added_date_field>,      "when it was added"},
    ColumnRow{"finished", "FINISHED", left,  done_date_field,       date_cell<done_date_field>,       "when it became complete"},
    ColumnRow{"active",   "ACTIVE",   left,  activity_date_field,   date_cell<activity_date_field>,   "when it last moved data"},
    ColumnRow{"folder",   "FOLDER",   left,  download_dir_field,    text_cell<download_dir_field>,    "where its files are"},
    ColumnRow{"tracker",  "TRACKER",  left,  "trackers",            tracker_cell,                     "host of its first tracker"},
    ColumnRow{"error",    "ERROR",    left,  "error_string",        error_cell,                       "what is wrong with it"},
};
// clang-format on

int kind_rank(const Json& value) {
  if (value.is_structured()) return 2;
  return value.is_string() ? 1 : 0;
}

std::string plain_text(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// eta -1 and -2 mean that it takes longer than all that is known.
double sort_number(const Column& column, const Json& value) {
  const double plain = value.is_number()    ? value.get<double>()
                       : value.is_boolean() ? static_cast<double>(value.get<bool>())
                                            : 0;
  return column.field == "eta" && plain < 0 ? 1e18 - plain : plain;
}

std::unexpected<Failure> no_column(std::string_view name, const Schema& schema) {
  std::vector<std::string> names;
  for (const ColumnRow& known : table) names.emplace_back(known.name);
  std::string text =
      fmt::format("there is no column \"{}\": there are {}, and the fields of torrent_get", name,
                  fmt::join(names, ", "));
  names.insert(names.end(), schema.torrent_fields.begin(), schema.torrent_fields.end());
  return misused(text + (name.empty() ? "." : suggestion(names, name)));
}

}  // namespace

Cell Column::cell(const Json& torrent, const Look& look) const {
  if (row != nullptr) return row->cell(torrent, look);
  const Json& value = member(torrent, field);
  if (value.is_null()) return "-";
  if (value.is_string()) return value.get<std::string>();
  return plain_text(value);
}

std::span<const ColumnRow> all_columns() { return table; }

std::string_view default_columns(const Look& look) {
  return look.terminal ? "id,done,bar,size,down,up,eta,ratio,status,name"
                       : "id,done,size,down,up,eta,ratio,status,name";
}

std::span<const std::string_view> spare_columns() {
  static constexpr std::array<std::string_view, 7> spare = {"bar", "ratio", "size", "up",
                                                            "eta", "down",  "done"};
  return spare;
}

Outcome<std::vector<Column>> parse_columns(std::string_view text, const Schema& schema) {
  std::vector<Column> out;
  for (const std::string_view name : split(text, ',')) {
    const auto row = std::ranges::find(table, name, &ColumnRow::name);
    if (row != table.end())
      out.push_back({&*row, std::string(row->field)});
    else if (std::ranges::find(schema.torrent_fields, name) != schema.torrent_fields.end())
      out.push_back({nullptr, std::string(name)});
    else
      return no_column(name, schema);
  }
  return out;
}

bool sorts_before(const Column& column, const Json& a, const Json& b) {
  // By what is shown of them: not by lists with numbers and passkeys in them.
  if (column.row != nullptr && column.row->cell == tracker_cell)
    return lower_case(tracker_of(a)) < lower_case(tracker_of(b));
  const Json& left_value = member(a, column.field);
  const Json& right_value = member(b, column.field);
  // Kind by kind: an order that mixed them would have circles.
  if (kind_rank(left_value) != kind_rank(right_value))
    return kind_rank(left_value) < kind_rank(right_value);
  if (left_value.is_string())
    return lower_case(left_value.get_ref<const std::string&>()) <
           lower_case(right_value.get_ref<const std::string&>());
  if (left_value.is_structured()) return plain_text(left_value) < plain_text(right_value);
  return sort_number(column, left_value) < sort_number(column, right_value);
}

}  // namespace seed::ctl

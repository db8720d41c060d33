// session_stats (rpc-contract, section 6.7).
#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "rpc/json_writer.h"
#include "rpc/methods/all.h"

namespace seed::rpc {

namespace {

/// A number with its row.
template <typename From>
struct Figure {
  Parameter row;
  std::uint64_t From::* member;
};

using session::SessionStats;
using session::Totals;

constexpr std::array totals_table{
    Figure<Totals>{{"uploaded_bytes", "uploadedBytes", ValueType::integer, "Payload sent."},
                   &Totals::uploaded},
    Figure<Totals>{{"downloaded_bytes", "downloadedBytes", ValueType::integer, "Payload received."},
                   &Totals::downloaded},
    Figure<Totals>{{"files_added", "filesAdded", ValueType::integer, "Torrents added."},
                   &Totals::files_added},
    Figure<Totals>{{"seconds_active", "secondsActive", ValueType::integer, "How long it ran."},
                   &Totals::seconds_active},
    Figure<Totals>{{"session_count", "sessionCount", ValueType::integer, "How often it started."},
                   &Totals::session_count},
};

constexpr std::array stats_table{
    Figure<SessionStats>{{"active_torrent_count", "activeTorrentCount", ValueType::integer,
                          "Torrents that run, the queued ones left out."},
                         &SessionStats::active},
    Figure<SessionStats>{
        {"download_speed", "downloadSpeed", ValueType::integer, "Payload that comes in, B/s."},
        &SessionStats::rate_download},
    Figure<SessionStats>{
        {"paused_torrent_count", "pausedTorrentCount", ValueType::integer, "The other torrents."},
        &SessionStats::paused},
    Figure<SessionStats>{{"torrent_count", "torrentCount", ValueType::integer, "All torrents."},
                         &SessionStats::torrents},
    Figure<SessionStats>{
        {"upload_speed", "uploadSpeed", ValueType::integer, "Payload that goes out, B/s."},
        &SessionStats::rate_upload},
};

template <typename From, std::size_t Size>
constexpr std::array<Parameter, Size> rows_of(const std::array<Figure<From>, Size>& table) {
  std::array<Parameter, Size> out;
  std::ranges::transform(table, out.begin(), &Figure<From>::row);
  return out;
}

constexpr auto totals_rows = rows_of(totals_table);
constexpr Parameter cumulative{
    "cumulative_stats", "cumulative-stats", ValueType::object, "Of all runs.", {}, {}, totals_rows};
constexpr Parameter current{
    "current_stats", "current-stats", ValueType::object, "Of this run.", {}, {}, totals_rows};

const std::vector<Parameter>& results() {
  static const auto rows = [] {
    constexpr auto own = rows_of(stats_table);
    std::vector<Parameter> out(own.begin(), own.end());
    out.insert(out.end(), {cumulative, current});
    return out;
  }();
  return rows;
}

template <typename From, std::size_t Size>
void write(const std::array<Figure<From>, Size>& table, const From& from, JsonWriter& out,
           Dialect dialect) {
  for (const auto& figure : table) {
    out.key(spelt(figure.row.name, figure.row.legacy, dialect));
    out.integer(from.*figure.member);
  }
}

void write_totals(const Parameter& row, const Totals& totals, JsonWriter& out, Dialect dialect) {
  out.key(spelt(row.name, row.legacy, dialect));
  out.begin_object();
  write(totals_table, totals, out, dialect);
  out.end_object();
}

std::string text_of(const session::SessionStats& stats, Dialect dialect) {
  JsonWriter out;
  out.begin_object();
  write(stats_table, stats, out, dialect);
  write_totals(cumulative, stats.cumulative, out, dialect);
  write_totals(current, stats.current, out, dialect);
  out.end_object();
  return out.take();
}

Outcome get_stats(const Params& params, CallContext context) {
  using Reply = session::SessionStats;
  const auto ask = [&context] {
    return context.bridge.ask<Reply>(
        [&loop = context.loop, on_loop = context.on_loop](Responder<Reply> responder) {
          const Stopwatch watch(on_loop);
          responder.answer(loop.session.stats());
        },
        Wait::prompt);
  };
  const auto stats = context.recent_stats.get(std::chrono::steady_clock::now(), ask);
  if (!stats) return std::unexpected(stats.error());
  return text_of(*stats, params.dialect());
}

}  // namespace

const Method session_stats{"session_stats",
                           "session-stats",
                           Scope::read,
                           Notified::ignored,
                           {},
                           results(),
                           "Speeds and totals, of this run and ever.",
                           {},
                           &get_stats,
                           [](const Params&) -> std::optional<CallError> { return std::nullopt; }};

}  // namespace seed::rpc

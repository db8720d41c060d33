#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "ctl/commands/commands.h"
#include "ctl/details.h"
#include "ctl/format.h"
#include "ctl/limits.h"
#include "ctl/sheet.h"
#include "ctl/status.h"
#include "ctl/words.h"

namespace seed::ctl {

namespace {

constexpr std::size_t bar_columns = 20;

Json fields() {
  Json out = {"id",
              "name",
              "hash_string",
              "comment",
              "creator",
              "date_created",
              "is_private",
              "source",
              "total_size",
              "size_when_done",
              "have_valid",
              "have_unchecked",
              "piece_count",
              "piece_size",
              "file_count",
              "download_dir",
              "labels",
              "group",
              "added_date",
              "start_date",
              "done_date",
              "activity_date",
              "eta",
              "eta_idle",
              "upload_ratio",
              "uploaded_ever",
              "downloaded_ever",
              "corrupt_ever",
              "desired_available",
              "peers_connected",
              "peers_sending_to_us",
              "peers_getting_from_us",
              "webseeds_sending_to_us",
              "seconds_downloading",
              "seconds_seeding",
              "queue_position",
              "move_progress",
              "magnet_link",
              "download_limit",
              "download_limited",
              "upload_limit",
              "upload_limited",
              "honors_session_limits",
              "bandwidth_priority",
              "peer_limit",
              "seed_ratio_mode",
              "seed_ratio_limit",
              "seed_idle_mode",
              "seed_idle_limit",
              "sequential_download"};
  for (const std::string_view field : status_fields()) out.push_back(std::string(field));
  return out;
}

std::string joined(const Json& names) {
  std::vector<std::string> out;
  for (const Json& name : names)
    if (name.is_string()) out.push_back(name.get<std::string>());
  return fmt::format("{}", fmt::join(out, ", "));
}

std::string date_or_nothing(const Json& torrent, const char* field, const Look& look) {
  const std::int64_t when = integer(torrent, field);
  return when > 0 ? date_text(when, look) : "";
}

std::size_t count(const Json& torrent, const char* field) {
  return static_cast<std::size_t>(std::max<std::int64_t>(0, integer(torrent, field)));
}

std::string priority_text(std::int64_t priority) {
  if (priority == 0) return "normal";
  return priority > 0 ? "high" : "low";
}

void describe_torrent(Sheet& sheet, const Json& torrent, const Look& look) {
  sheet.heading(text(torrent, "name"));
  sheet.line("id", std::to_string(integer(torrent, "id")));
  sheet.line("hash", text(torrent, "hash_string"));
  sheet.line("labels", joined(list(torrent, "labels")));
  sheet.line("folder", text(torrent, "download_dir"));
  sheet.line("size", integer(torrent, "file_count") == 0
                         ? std::string("not known yet")
                         : fmt::format("{} in {}, {} of {}",
                                       size_text(integer(torrent, "total_size"), look),
                                       count_text(count(torrent, "file_count"), "file"),
                                       count_text(count(torrent, "piece_count"), "piece"),
                                       binary_size_text(integer(torrent, "piece_size"))));
  sheet.line("private", boolean(torrent, "is_private") ? "yes" : "no");
  sheet.line("comment", text(torrent, "comment"));
  sheet.line("source", text(torrent, "source"));
  sheet.line("made by", text(torrent, "creator"));
  sheet.line("made on", date_or_nothing(torrent, "date_created", look));
  sheet.line("magnet", text(torrent, "magnet_link"));
}

void describe_progress(Sheet& sheet, const Json& torrent, const Look& look) {
  sheet.heading("Progress");
  sheet.line("status", status_cell(torrent));
  sheet.line("error", Cell(said_once(text(torrent, "error_string")), Style::bad));
  const std::string done = percent_text(number(torrent, "percent_done"));
  sheet.line("done", look.terminal
                         ? fmt::format("{} {}",
                                       bar_text(progress_of(torrent), bar_columns, look.utf8), done)
                         : done);
  sheet.line("have", fmt::format("{} of {}", size_text(integer(torrent, "have_valid"), look),
                                 size_text(integer(torrent, "size_when_done"), look)));
  const std::int64_t unchecked = integer(torrent, "have_unchecked");
  if (unchecked > 0) sheet.line("not yet checked", size_text(unchecked, look));
  if (integer(torrent, "left_until_done") > 0)
    sheet.line("peers offer", size_text(integer(torrent, "desired_available"), look));
  const double moved = number(torrent, "move_progress");
  if (moved > 0) sheet.line("moved", percent_text(moved));
  sheet.line("eta", eta_text(integer(torrent, "eta", -1), look));
  if (integer(torrent, "eta_idle", -1) >= 0)
    sheet.line("stops if idle for", eta_text(integer(torrent, "eta_idle"), look));
  sheet.line("queue", std::to_string(integer(torrent, "queue_position")));
}

void describe_transfer(Sheet& sheet, const Json& torrent, const Look& look) {
  sheet.heading("Transfer");
  sheet.line("down", rate_text(integer(torrent, "rate_download"), look));
  sheet.line("up", rate_text(integer(torrent, "rate_upload"), look));
  sheet.line("peers",
             fmt::format("{} connected, {} send, {} receive", integer(torrent, "peers_connected"),
                         integer(torrent, "peers_sending_to_us"),
                         integer(torrent, "peers_getting_from_us")));
  sheet.line("downloaded", size_text(integer(torrent, "downloaded_ever"), look));
  sheet.line("uploaded", size_text(integer(torrent, "uploaded_ever"), look));
  sheet.line("ratio", ratio_text(number(torrent, "upload_ratio", -1), look.utf8));
  const std::int64_t corrupt = integer(torrent, "corrupt_ever");
  if (corrupt > 0) sheet.line("corrupt", Cell(size_text(corrupt, look), Style::warn));
}

void describe_times(Sheet& sheet, const Json& torrent, const Look& look) {
  sheet.heading("Times");
  sheet.line("added", date_or_nothing(torrent, "added_date", look));
  sheet.line("started", date_or_nothing(torrent, "start_date", look));
  sheet.line("complete", date_or_nothing(torrent, "done_date", look));
  sheet.line("last active", date_or_nothing(torrent, "activity_date", look));
  sheet.line("downloading", duration_text(integer(torrent, "seconds_downloading"), look));
  sheet.line("seeding", duration_text(integer(torrent, "seconds_seeding"), look));
}

void describe_options(Sheet& sheet, const Json& torrent, const Look& look) {
  sheet.heading("Options");
  const auto limit = [&](std::string_view label, std::string_view word) {
    sheet.line(label, limit_text(Whose::torrent, word, torrent, look));
  };
  limit("limit down", "down");
  limit("limit up", "up");
  limit("session limits", "session");
  limit("stops at ratio", "ratio");
  limit("stops when idle", "idle");
  sheet.line("priority", priority_text(integer(torrent, "bandwidth_priority")));
  sheet.line("peer limit", std::to_string(integer(torrent, "peer_limit")));
  sheet.line("group", text(torrent, "group"));
  sheet.line("sequential", boolean(torrent, "sequential_download") ? "yes" : "no");
}

std::string render(const Json& torrent, const Context& context) {
  const Look look = context.look();
  Sheet sheet(look);
  describe_torrent(sheet, torrent, look);
  describe_progress(sheet, torrent, look);
  describe_transfer(sheet, torrent, look);
  describe_times(sheet, torrent, look);
  describe_options(sheet, torrent, look);
  return sheet.text();
}

Outcome<void> run_info(Context& context, const Arguments& arguments) {
  return show_details(context, arguments, fields(), render);
}

}  // namespace

const Command info_command{
    "info", "TORRENT...", 1,        any_number, Completes::nothing, "Show all about torrents.",
    "",     {},           &run_info};

}  // namespace seed::ctl

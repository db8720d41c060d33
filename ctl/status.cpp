#include "ctl/status.h"

#include <array>

#include "ctl/format.h"

namespace seed::ctl {

namespace {

// torrent_get's status (rpc-contract, 7).
enum Status : std::int64_t {
  stopped = 0,
  verify_queued = 1,
  verifying = 2,
  download_queued = 3,
  downloading = 4,
  seed_queued = 5,
  seeding = 6,
};

constexpr std::int64_t local_error = 3;

constexpr std::array<std::string_view, 11> fields = {
    "status",           "error",           "is_finished", "is_stalled",
    "percent_done",     "rate_download",   "rate_upload", "metadata_percent_complete",
    "recheck_progress", "left_until_done", "error_string"};

struct State {
  std::string_view name;
  bool (*holds)(const Json& torrent);
};

std::int64_t status_of(const Json& torrent) { return integer(torrent, "status", -1); }

bool moves(const Json& torrent) {
  return integer(torrent, "rate_download") > 0 || integer(torrent, "rate_upload") > 0;
}

bool is_complete(const Json& torrent) { return number(torrent, "percent_done") >= 1; }

constexpr std::array states = {
    State{"active", moves},
    State{"complete", is_complete},
    State{"downloading", [](const Json& t) { return status_of(t) == downloading; }},
    State{"error", [](const Json& t) { return integer(t, "error") != 0; }},
    State{"finished", [](const Json& t) { return boolean(t, "is_finished"); }},
    State{"incomplete", [](const Json& t) { return !is_complete(t); }},
    State{"queued",
          [](const Json& t) {
            return status_of(t) == verify_queued || status_of(t) == download_queued ||
                   status_of(t) == seed_queued;
          }},
    State{"running", [](const Json& t) { return status_of(t) > stopped; }},
    State{"seeding", [](const Json& t) { return status_of(t) == seeding; }},
    State{"stalled", [](const Json& t) { return boolean(t, "is_stalled"); }},
    State{"stopped", [](const Json& t) { return status_of(t) == stopped; }},
    State{"verifying",
          [](const Json& t) { return status_of(t) == verifying || status_of(t) == verify_queued; }},
};

constexpr auto names = [] {
  std::array<std::string_view, states.size()> out;
  for (std::size_t i = 0; i < states.size(); ++i) out[i] = states[i].name;
  return out;
}();

Cell plain_status(const Json& torrent) {
  switch (status_of(torrent)) {
    case stopped:
      if (integer(torrent, "error") == local_error) return {"error", Style::bad};
      return boolean(torrent, "is_finished") ? Cell("finished", Style::good)
                                             : Cell("stopped", Style::dim);
    case verify_queued:
      return {"to verify", Style::warn};
    case verifying:
      return {"verifying " + percent_text(number(torrent, "recheck_progress")), Style::warn};
    case download_queued:
      return {"queued", Style::dim};
    case downloading:
      if (number(torrent, "metadata_percent_complete", 1) < 1) return {"metadata", Style::busy};
      return boolean(torrent, "is_stalled") ? Cell("stalled", Style::warn)
                                            : Cell("downloading", Style::busy);
    case seed_queued:
      return {"seed queued", Style::dim};
    case seeding:
      return {"seeding", Style::good};
    default:
      return {"?", Style::warn};
  }
}

}  // namespace

std::span<const std::string_view> status_fields() { return fields; }

Cell status_cell(const Json& torrent) {
  Cell out = plain_status(torrent);
  if (integer(torrent, "error") == 0 || out.style == Style::bad) return out;
  if (integer(torrent, "error") == local_error) return {"error", Style::bad};
  out.text += '!';
  out.style = Style::warn;
  return out;
}

std::span<const std::string_view> state_names() { return names; }

bool is_in_state(const Json& torrent, std::string_view state) {
  for (const State& row : states)
    if (row.name == state) return row.holds(torrent);
  return false;
}

double progress_of(const Json& torrent) {
  if (status_of(torrent) == verifying) return number(torrent, "recheck_progress");
  const double metadata = number(torrent, "metadata_percent_complete", 1);
  return metadata < 1 ? metadata : number(torrent, "percent_done");
}

}  // namespace seed::ctl

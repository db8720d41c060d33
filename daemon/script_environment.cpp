#include "daemon/script_environment.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/base/bytes.h"
#include "core/base/limits.h"

namespace seed::daemon {
namespace {

/// SEEDD_ may hold the RPC password; a script that wrote to NOTIFY_SOCKET would speak for seedd.
constexpr std::array<std::string_view, 6> kept_back{
    "SEEDD_", "TR_", "NOTIFY_SOCKET=", "WATCHDOG_", "LISTEN_", "JOURNAL_STREAM="};

bool goes_along(std::string_view variable) {
  return std::ranges::none_of(kept_back,
                              [&](std::string_view begin) { return variable.starts_with(begin); });
}

/// A variable ends at its first NUL, so what is foreign may hold none.
std::string variable(std::string_view name, std::string_view value) {
  std::string out = fmt::format("{}={}", name, value.substr(0, limits::script_variable_bytes_max));
  std::ranges::replace(out, '\0', '_');
  return out;
}

template <typename Range, typename Text>
std::string joined(const Range& members, Text text) {
  std::string out;
  for (const auto& member : members) {
    const std::string_view one = text(member);
    if (out.size() + 1 + one.size() > limits::script_variable_bytes_max) break;
    if (!out.empty()) out += ',';
    out += one;
  }
  return out;
}

}  // namespace

std::vector<std::string> script_environment(const session::TorrentSnapshot& torrent,
                                            std::string_view version, std::string_view local_time,
                                            std::span<const std::string> inherited) {
  std::vector<std::string> out;
  std::ranges::copy_if(inherited, std::back_inserter(out), goes_along);
  const auto add = [&](std::string_view name, std::string_view value) {
    out.push_back(variable(name, value));
  };
  add("TR_APP_VERSION", version);
  add("TR_TIME_LOCALTIME", local_time);
  add("TR_TORRENT_BYTES_DOWNLOADED", fmt::to_string(torrent.downloaded_ever));
  add("TR_TORRENT_DIR", torrent.download_dir);
  add("TR_TORRENT_HASH", to_hex(torrent.hashes.short_hash().bytes()));
  add("TR_TORRENT_ID", fmt::to_string(torrent.number));
  add("TR_TORRENT_LABELS",
      joined(torrent.options.labels,
             [](const std::string& label) -> std::string_view { return label; }));
  add("TR_TORRENT_NAME", torrent.name);
  add("TR_TORRENT_PRIORITY", std::to_string(torrent.options.bandwidth_priority));
  add("TR_TORRENT_TRACKERS", joined(torrent.trackers, [](const auto& tracker) -> std::string_view {
        return tracker.announce;
      }));
  return out;
}

}  // namespace seed::daemon

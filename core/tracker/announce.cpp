#include "core/tracker/announce.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace seed::tracker {

std::string_view name_of(AnnounceEvent event) {
  switch (event) {
    case AnnounceEvent::none:
      return "";
    case AnnounceEvent::completed:
      return "completed";
    case AnnounceEvent::started:
      return "started";
    case AnnounceEvent::stopped:
      return "stopped";
  }
  return "";
}

Duration sane_interval(std::int64_t seconds) {
  if (seconds <= 0) return limits::announce_interval_default;
  const auto longest =
      std::chrono::duration_cast<std::chrono::seconds>(limits::announce_interval_max).count();
  return std::max<Duration>(std::chrono::seconds(std::min<std::int64_t>(seconds, longest)),
                            limits::announce_interval_min);
}

std::optional<std::uint32_t> sane_count(std::int64_t count) {
  // No swarm has more peers than a signed 32-bit number says; some trackers send -1 or 2^32-1 for
  // "unknown".
  if (count < 0 || count > std::numeric_limits<std::int32_t>::max()) return std::nullopt;
  return static_cast<std::uint32_t>(count);
}

std::string sane_text(Bytes text) {
  std::string out = to_utf8(as_text(text.first(std::min(text.size(), text_bytes_max))));
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  const auto first = out.find_first_not_of(' ');
  if (first == std::string::npos) return {};
  return out.substr(first, out.find_last_not_of(' ') - first + 1);
}

Result<AnnounceReply> joined(Result<AnnounceReply> first, Result<AnnounceReply> second) {
  if (!second || !second->accepted()) return first || !second ? first : second;
  auto peers_v2 = std::exchange(second->peers, {});
  Result<AnnounceReply>& out = first && first->accepted() ? first : second;
  // Who is in both is counted by both.
  out->seeders = std::max(out->seeders, second->seeders);
  out->leechers = std::max(out->leechers, second->leechers);
  out->downloads = std::max(out->downloads, second->downloads);
  out->peers_v2 = std::move(peers_v2);
  return std::move(out);
}

}  // namespace seed::tracker

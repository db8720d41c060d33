// Stats: what the tracker has done and has now, for display and for /metrics. Values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "core/trackerd/swarm_store.h"

namespace seed::trackerd {

enum class Protocol : std::uint8_t { udp, http };

/// What was not answered as it was asked; `name_of` gives them as metrics spell them.
enum class Trouble : std::uint8_t {
  malformed,       ///< no request, or with something in it that cannot be
  bad_connection,  ///< a connection id that is not ours, not of that address, or too old
  not_found,       ///< a path where nothing is
  not_listed,
  swarms_full,
  peers_full,
  source_full,
};
inline constexpr std::size_t troubles_count = 7;

constexpr std::string_view name_of(Trouble trouble) {
  constexpr std::array<std::string_view, troubles_count> names{
      "malformed",   "bad_connection", "not_found",  "not_listed",
      "swarms_full", "peers_full",     "source_full"};
  return names[std::to_underlying(trouble)];
}

/// Since the start, of one protocol and one family.
struct RequestCounts {
  std::uint64_t connects = 0;   ///< UDP only
  std::uint64_t announces = 0;  ///< those that were taken
  std::uint64_t early = 0;      ///< of these, before their min interval was over
  std::uint64_t scrapes = 0;
  std::array<std::uint64_t, troubles_count> troubles{};
  bool operator==(const RequestCounts&) const = default;
};

struct Stats {
  /// By Protocol, then by Family.
  std::array<std::array<RequestCounts, 2>, 2> requests{};
  SwarmStore::Totals now;
  bool operator==(const Stats&) const = default;
};

}  // namespace seed::trackerd

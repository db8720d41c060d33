// TorrentOptions: everything that can be set for one torrent, as plain members made of
// torrent_options.def. Trackers, files and the place in the queue are not options.
#pragma once

#include <cstdint>
#include <string>
#include <tuple>
#include <type_traits>

#include "config/settings_row.h"
#include "config/settings_types.h"

namespace seed::config {

struct TorrentOptions {
#define OPTION(name, type, initial, ...) type name = initial;
#include "config/torrent_options.def"
#undef OPTION

  bool operator==(const TorrentOptions&) const = default;
};

/// The rows in the table's order: a tuple of Row<&TorrentOptions::name>.
inline constexpr auto torrent_option_rows = std::tuple{
#define OPTION(name, type, initial, unit, range, feature, legacy, doc)                  \
  detail::make_option_row<&TorrentOptions::name>(#name, legacy, doc, Unit::unit, range, \
                                                 Feature::feature),
#include "config/torrent_options.def"
#undef OPTION
};

inline constexpr std::size_t torrent_option_count =
    std::tuple_size_v<std::remove_const_t<decltype(torrent_option_rows)>>;

/// Calls `visit(row)` for every option in the table's order.
template <typename Visitor>
constexpr void each_torrent_option(Visitor&& visit) {
  std::apply([&visit](const auto&... row) { (visit(row), ...); }, torrent_option_rows);
}

}  // namespace seed::config

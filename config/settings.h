// Settings: everything that can be set for the whole daemon, as plain members made of settings.def.
//
// Design, section 12. A member has its Transmission unit (kB/s, minutes, MiB); the row says which.
// Access by name is in settings_access.h; files, environment and precedence are in seed::config.
#pragma once

#include <cstdint>
#include <string>
#include <tuple>
#include <type_traits>

#include "config/settings_row.h"
#include "config/settings_types.h"

namespace seed::config {

struct Settings {
#define SETTING(name, type, initial, ...) type name = initial;
#include "config/settings.def"
#undef SETTING

  bool operator==(const Settings&) const = default;
};

/// The rows in the table's order: a tuple of Row<&Settings::name>.
inline constexpr auto setting_rows = std::tuple{
#define SETTING(name, type, initial, unit, range, applies, feature, access, rpc, legacy, doc) \
  detail::make_row<&Settings::name>(RowInfo{#name,                                            \
                                            rpc,                                              \
                                            legacy,                                           \
                                            doc,                                              \
                                            Kind::boolean,                                    \
                                            Unit::unit,                                       \
                                            range,                                            \
                                            Applies::applies,                                 \
                                            Feature::feature,                                 \
                                            Rpc::access,                                      \
                                            {}}),
#include "config/settings.def"
#undef SETTING
};

inline constexpr std::size_t setting_count =
    std::tuple_size_v<std::remove_const_t<decltype(setting_rows)>>;

/// Calls `visit(row)` for every setting in the table's order.
template <typename Visitor>
constexpr void each_setting(Visitor&& visit) {
  std::apply([&visit](const auto&... row) { (visit(row), ...); }, setting_rows);
}

}  // namespace seed::config

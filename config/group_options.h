// GroupOptions: everything that can be set for one bandwidth group, as plain members made of
// group_options.def.
#pragma once

#include <cstdint>
#include <string>
#include <tuple>
#include <type_traits>

#include "config/settings_row.h"
#include "config/settings_types.h"

namespace seed::config {

struct GroupOptions {
#define OPTION(name, type, initial, ...) type name = initial;
#include "config/group_options.def"
#undef OPTION

  bool operator==(const GroupOptions&) const = default;
};

/// The rows in the table's order: a tuple of Row<&GroupOptions::name>.
inline constexpr auto group_option_rows = std::tuple{
#define OPTION(name, type, initial, unit, range, feature, legacy, doc)                \
  detail::make_option_row<&GroupOptions::name>(#name, legacy, doc, Unit::unit, range, \
                                               Feature::feature),
#include "config/group_options.def"
#undef OPTION
};

inline constexpr std::size_t group_option_count =
    std::tuple_size_v<std::remove_const_t<decltype(group_option_rows)>>;

/// Calls `visit(row)` for every option in the table's order.
template <typename Visitor>
constexpr void each_group_option(Visitor&& visit) {
  std::apply([&visit](const auto&... row) { (visit(row), ...); }, group_option_rows);
}

}  // namespace seed::config

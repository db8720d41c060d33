// The rows of a table of options (config/torrent_options.def, config/group_options.def) as fields
// of a snapshot that has them all as a member.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "config/settings_row.h"
#include "rpc/fields/field.h"

namespace seed::rpc {

inline void write_texts(const std::vector<std::string>& items, JsonWriter& out) {
  out.begin_array();
  for (const auto& item : items) out.text(item);
  out.end_array();
}

template <typename T>
void write_option(const T& value, JsonWriter& out) {
  if constexpr (std::is_same_v<T, bool>)
    out.boolean(value);
  else if constexpr (std::is_integral_v<T>)
    out.integer(static_cast<std::int64_t>(value));
  else if constexpr (std::is_enum_v<T>)
    out.integer(static_cast<int>(value));
  else if constexpr (std::is_floating_point_v<T>)
    out.real(value);
  else if constexpr (std::is_same_v<T, std::string>)
    out.text(value);
  else
    write_texts(value, out);
}

/// The type of a field or parameter that is a row of a table of options.
constexpr ValueType type_of(config::Kind kind) {
  using enum ValueType;
  switch (kind) {
    case config::Kind::boolean:
      return boolean;
    case config::Kind::integer:
      return integer;
    case config::Kind::real:
      return number;
    case config::Kind::text:
    case config::Kind::choice:
      return text;
    case config::Kind::list:
      return texts;
  }
  return any;
}

constexpr std::string_view unit_of(config::Unit unit) {
  switch (unit) {
    case config::Unit::none:
      return "";
    case config::Unit::kB_per_second:
      return "kB/s";
    case config::Unit::minutes:
      return "min";
    case config::Unit::MiB:
      return "MiB";
  }
  return "";
}

namespace detail {
template <typename From, typename Options>
From snapshot_of(Options From::*);
}  // namespace detail

/// `Options` is the snapshot's member with the struct that the table expands to.
template <auto Options, auto Member>
constexpr auto option_field(const config::Row<Member>& row, std::uint8_t groups) {
  using From = decltype(detail::snapshot_of(Options));
  return Field<From>{
      row.rpc,
      row.legacy == row.rpc ? std::string_view() : row.legacy,
      type_of(row.kind),
      unit_of(row.unit),
      groups,
      row.doc,
      [](const From& from, JsonWriter& out, Dialect) { write_option(from.*Options.*Member, out); }};
}

}  // namespace seed::rpc

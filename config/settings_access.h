// Table: reading and writing the members of a table's struct (Settings, TorrentOptions,
// GroupOptions) by name or by place in the
// table, for whoever knows them only from outside: files, environment, RPC, store, docs.
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/group_options.h"
#include "config/settings.h"
#include "config/settings_value.h"
#include "config/torrent_options.h"
#include "core/base/result.h"

namespace seed::config {

/// `Struct` is Settings, TorrentOptions or GroupOptions. A place counts from 0 and is below
/// rows().size().
template <typename Struct>
class Table {
 public:
  /// All rows, in the order of the .def file.
  static std::span<const RowInfo> rows();
  /// The place of the row with this name in the file; nothing when there is none.
  static std::optional<std::size_t> find(std::string_view name);
  /// The place of the row with this name over RPC, if RPC may see it.
  static std::optional<std::size_t> find_rpc(std::string_view name);
  /// The same by its name in the older dialect.
  static std::optional<std::size_t> find_legacy(std::string_view name);

  static SettingValue get(const Struct& from, std::size_t place);
  /// Puts a value in place, checked and evened out as checked() says. Setting utp_enabled or
  /// preferred_transports changes the other with it. On an error nothing is changed.
  static std::expected<void, UserError> set(Struct& into, std::size_t place,
                                            const SettingValue& value);
  /// The places where the two differ, in order. What a set() changed is saved by this list.
  static std::vector<std::size_t> changed(const Struct& before, const Struct& after);

  /// The row that a wrong name likely meant: one that has it over RPC, else the nearest spelling.
  static std::optional<std::size_t> likely(std::string_view name);
  /// The error for a name that is not in the table, with the name that was likely meant.
  static UserError unknown(std::string_view name);
};

extern template class Table<Settings>;
extern template class Table<TorrentOptions>;
extern template class Table<GroupOptions>;

/// Settings that follow one another, the one of this name among them: what is said of one of them
/// is said of all. Nothing for a name that there is not.
std::vector<std::string_view> settings_together(std::string_view name);

/// The value of the setting of this name.
template <typename Struct>
std::expected<SettingValue, UserError> get(const Struct& from, std::string_view name) {
  const auto place = Table<Struct>::find(name);
  if (!place) return std::unexpected(Table<Struct>::unknown(name));
  return Table<Struct>::get(from, *place);
}

/// Sets by name; the error's path is the name and its message says what is allowed.
template <typename Struct>
std::expected<void, UserError> set(Struct& into, std::string_view name, const SettingValue& value) {
  const auto place = Table<Struct>::find(name);
  if (!place) return std::unexpected(Table<Struct>::unknown(name));
  return Table<Struct>::set(into, *place, value);
}

/// Sets by name from the form that SEEDD_*, --set and the store have.
template <typename Struct>
std::expected<void, UserError> set_from_text(Struct& into, std::string_view name,
                                             std::string_view text) {
  const auto place = Table<Struct>::find(name);
  if (!place) return std::unexpected(Table<Struct>::unknown(name));
  const RowInfo& row = Table<Struct>::rows()[*place];
  auto value = parse_value(row, text);
  if (!value) return std::unexpected(UserError{std::string(row.name), value.error()});
  return Table<Struct>::set(into, *place, *value);
}

}  // namespace seed::config

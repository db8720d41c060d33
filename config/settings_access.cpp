#include "config/settings_access.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <type_traits>
#include <utility>

#include "core/base/bytes.h"

namespace seed::config {

namespace {

using Texts = std::vector<std::string>;

template <typename T>
SettingValue to_value(const T& member) {
  if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, double> ||
                std::is_same_v<T, std::string> || std::is_same_v<T, Texts>) {
    return member;
  } else if constexpr (std::is_integral_v<T>) {
    return static_cast<std::int64_t>(member);
  } else if constexpr (std::is_enum_v<T>) {
    if constexpr (Choices<T>::by_number) return static_cast<std::int64_t>(member);
    return std::string(Choices<T>::names[static_cast<std::size_t>(member)]);
  } else {
    Texts out;
    for (const auto item : member) out.push_back(std::get<std::string>(to_value(item)));
    return out;
  }
}

template <typename Enum>
Enum enum_of(std::string_view name) {
  const auto& names = Choices<Enum>::names;
  return static_cast<Enum>(std::ranges::find(names, name) - names.begin());
}

/// `value` has passed checked() for the row of this member.
template <typename T>
void assign(T& member, const SettingValue& value) {
  if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, double> ||
                std::is_same_v<T, std::string> || std::is_same_v<T, Texts>) {
    member = std::get<T>(value);
  } else if constexpr (std::is_integral_v<T>) {
    member = static_cast<T>(std::get<std::int64_t>(value));
  } else if constexpr (std::is_enum_v<T>) {
    if constexpr (Choices<T>::by_number)
      member = static_cast<T>(std::get<std::int64_t>(value));
    else
      member = enum_of<T>(std::get<std::string>(value));
  } else {
    member.clear();
    for (const std::string& name : std::get<Texts>(value))
      member.push_back(enum_of<typename T::value_type>(name));
  }
}

template <typename Struct>
struct Entry {
  SettingValue (*get)(const Struct&);
  void (*assign)(Struct&, const SettingValue&);
  bool (*equal)(const Struct&, const Struct&);
};

template <typename Struct, auto Member>
constexpr Entry<Struct> entry_of(const Row<Member>&) {
  return {[](const Struct& from) { return to_value(from.*Member); },
          [](Struct& into, const SettingValue& value) { assign(into.*Member, value); },
          [](const Struct& a, const Struct& b) { return a.*Member == b.*Member; }};
}

template <typename Struct>
constexpr auto& rows_of() {
  if constexpr (std::is_same_v<Struct, Settings>)
    return setting_rows;
  else if constexpr (std::is_same_v<Struct, TorrentOptions>)
    return torrent_option_rows;
  else
    return group_option_rows;
}

template <typename Struct>
inline constexpr auto entries = std::apply(
    [](const auto&... row) { return std::array{entry_of<Struct>(row)...}; }, rows_of<Struct>());

template <typename Struct>
inline constexpr auto infos =
    std::apply([](const auto&... row) { return std::array<RowInfo, sizeof...(row)>{row...}; },
               rows_of<Struct>());

/// utp_enabled is the older form of a member of preferred_transports (rpc-contract, 6.6): whichever
/// was set, the other follows. Switched on again, utp comes first.
void settle(Settings& settings, std::string_view name) {
  auto& transports = settings.preferred_transports;
  const auto utp = std::ranges::find(transports, Transport::utp);
  if (name == "preferred_transports") {
    settings.utp_enabled = utp != transports.end();
  } else if (name == "utp_enabled") {
    if (settings.utp_enabled && utp == transports.end())
      transports.insert(transports.begin(), Transport::utp);
    else if (!settings.utp_enabled && utp != transports.end())
      transports.erase(utp);
  }
}

void settle(TorrentOptions&, std::string_view) {}
void settle(GroupOptions&, std::string_view) {}

/// Those that settle() joins.
constexpr std::array<std::string_view, 2> joined = {"preferred_transports", "utp_enabled"};

std::optional<std::size_t> find_by(std::span<const RowInfo> rows, std::string_view RowInfo::* key,
                                   std::string_view name) {
  if (name.empty()) return std::nullopt;
  const auto found = std::ranges::find(rows, name, key);
  if (found == rows.end()) return std::nullopt;
  return static_cast<std::size_t>(found - rows.begin());
}

/// Letters to change, add or drop (Levenshtein). Both texts are short.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t corner = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = corner + (a[i] == b[j] ? 0 : 1);
      corner = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, corner + 1});
    }
  }
  return row.back();
}

/// The longest name worth a search; a longer one is no slip of the finger.
constexpr std::size_t name_bytes_max = 64;

}  // namespace

template <typename Struct>
std::span<const RowInfo> Table<Struct>::rows() {
  return infos<Struct>;
}

template <typename Struct>
std::optional<std::size_t> Table<Struct>::find(std::string_view name) {
  return find_by(rows(), &RowInfo::name, name);
}

template <typename Struct>
std::optional<std::size_t> Table<Struct>::find_rpc(std::string_view name) {
  const auto place = find_by(rows(), &RowInfo::rpc, name);
  return place && rows()[*place].access != Rpc::none ? place : std::nullopt;
}

template <typename Struct>
std::optional<std::size_t> Table<Struct>::find_legacy(std::string_view name) {
  const auto place = find_by(rows(), &RowInfo::legacy, name);
  return place && rows()[*place].access != Rpc::none ? place : std::nullopt;
}

template <typename Struct>
SettingValue Table<Struct>::get(const Struct& from, std::size_t place) {
  return entries<Struct>[place].get(from);
}

template <typename Struct>
std::expected<void, UserError> Table<Struct>::set(Struct& into, std::size_t place,
                                                  const SettingValue& value) {
  const RowInfo& row = rows()[place];
  const auto good = checked(row, value);
  if (!good) return std::unexpected(UserError{std::string(row.name), good.error()});
  entries<Struct>[place].assign(into, *good);
  settle(into, row.name);
  return {};
}

template <typename Struct>
std::vector<std::size_t> Table<Struct>::changed(const Struct& before, const Struct& after) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < rows().size(); ++i)
    if (!entries<Struct>[i].equal(before, after)) out.push_back(i);
  return out;
}

template <typename Struct>
std::optional<std::size_t> Table<Struct>::likely(std::string_view name) {
  if (name.size() > name_bytes_max) return std::nullopt;
  for (const auto key : {&RowInfo::rpc, &RowInfo::legacy})
    if (const auto place = find_by(rows(), key, name)) return place;
  std::optional<std::size_t> best;
  std::size_t best_distance = std::max<std::size_t>(2, name.size() / 3) + 1;
  for (std::size_t i = 0; i < rows().size(); ++i) {
    const std::size_t d = distance(name, rows()[i].name);
    if (d >= best_distance) continue;
    best = i;
    best_distance = d;
  }
  return best;
}

template <typename Struct>
UserError Table<Struct>::unknown(std::string_view name) {
  if (name.size() > name_bytes_max) name = name.substr(0, name_bytes_max);
  const auto meant = likely(name);
  if (!meant) return {to_utf8(name), "there is no such setting"};
  return {to_utf8(name),
          fmt::format("there is no such setting; did you mean {}?", rows()[*meant].name)};
}

template class Table<Settings>;
template class Table<TorrentOptions>;
template class Table<GroupOptions>;

std::vector<std::string_view> settings_together(std::string_view name) {
  if (std::ranges::find(joined, name) != joined.end()) return {joined.begin(), joined.end()};
  const auto place = Table<Settings>::find(name);
  if (!place) return {};
  return {Table<Settings>::rows()[*place].name};
}

}  // namespace seed::config

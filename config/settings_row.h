// Row: what the tables say about one setting or one option of a torrent or group (design, section
// 12).
//
// The tables are settings.def, torrent_options.def and group_options.def. A row is a constant; it
// knows the member it speaks of by type, so that whoever walks the rows reads and writes plain
// members.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace seed::config {

/// What a value looks like from outside.
enum class Kind : std::uint8_t {
  boolean,
  integer,
  real,    ///< a finite number
  text,    ///< UTF-8 without NUL
  choice,  ///< one of a few names; RPC and TOML may also give its number
  list,    ///< names or texts, in order, none twice
};

enum class Unit : std::uint8_t { none, kB_per_second, minutes, MiB };

/// When a change takes effect: at once, or with the next start.
enum class Applies : std::uint8_t { live, restart };

/// What session_get and session_set may do with it.
enum class Rpc : std::uint8_t {
  none,
  read,
  write,
  owner,  ///< as write, but who is kept to labels is not told the value
};

/// Whether seedd acts on it.
enum class Feature : std::uint8_t {
  now,            ///< in effect
  compatibility,  ///< kept for clients that read or set it; never has an effect
};

/// What is allowed beyond the type.
enum class Rule : std::uint8_t {
  none,
  between,        ///< low..high, both included
  absolute_path,  ///< begins with a slash, and folder_fault() finds nothing; of a list each member
  path_or_empty,  ///< the same, or ""
  ipv4_or_empty,  ///< "192.0.2.1", or "" for none
  ipv6_or_empty,  ///< "2001:db8::1", or "" for none
  interface_or_empty,  ///< a name that a network interface may have, or "" for none
  address,             ///< members are IP addresses
  rpc_address,         ///< an IP address, or "unix:/path"
  url_base,            ///< a URL path; slashes at both ends are added
  file_mode,           ///< octal permissions such as "0750"
  proxy_url,           ///< "socks5://user:password@host:port", or "" for none
  host_port,           ///< members are "router.example:6881" or "[2001:db8::1]:6881"
  info_hash,           ///< members are 40 or 64 hex digits: SHA-1, or SHA-256 of v2
  label,               ///< members are trimmed, not empty and hold no comma
};

struct Range {
  Rule rule = Rule::none;
  std::int64_t low = 0;
  std::int64_t high = 0;
};

constexpr Range any() { return {}; }
constexpr Range between(std::int64_t low, std::int64_t high) { return {Rule::between, low, high}; }
constexpr Range absolute_path() { return {Rule::absolute_path}; }
constexpr Range absolute_paths() { return {Rule::absolute_path}; }
constexpr Range path_or_empty() { return {Rule::path_or_empty}; }
constexpr Range ipv4_or_empty() { return {Rule::ipv4_or_empty}; }
constexpr Range ipv6_or_empty() { return {Rule::ipv6_or_empty}; }
constexpr Range interface_or_empty() { return {Rule::interface_or_empty}; }
constexpr Range addresses() { return {Rule::address}; }
constexpr Range rpc_address() { return {Rule::rpc_address}; }
constexpr Range url_base() { return {Rule::url_base}; }
constexpr Range file_mode() { return {Rule::file_mode}; }
constexpr Range proxy_url_or_empty() { return {Rule::proxy_url}; }
constexpr Range host_ports() { return {Rule::host_port}; }
constexpr Range info_hashes() { return {Rule::info_hash}; }
constexpr Range labels() { return {Rule::label}; }

/// The longest text a setting may have: a long tracker list fits many times. Beyond: refused.
inline constexpr std::size_t text_bytes_max = 64 * 1024;
/// Members of a list. Beyond: refused.
inline constexpr std::size_t list_members_max = 1000;

/// The names of an enum class whose values count from 0, in the order of the values, and names of
/// older versions and other programs that mean the same. Specialised in settings_types.h.
template <typename Enum>
struct Choices;

/// Another name for a choice.
struct Alias {
  std::string_view name;
  std::size_t value;
};

struct RowInfo {
  std::string_view name;    ///< key in the file, SEEDD_* and --set
  std::string_view rpc;     ///< key in session_get or torrent_get
  std::string_view legacy;  ///< that key in Transmission's older dialect; "" when there is none
  std::string_view doc;
  Kind kind = Kind::boolean;
  Unit unit = Unit::none;
  Range range;
  Applies applies = Applies::live;
  Feature feature = Feature::now;
  Rpc access = Rpc::none;
  std::span<const std::string_view> choices;  ///< of a choice or of a list's members
};

/// Whether session_set takes it.
constexpr bool is_writable(const RowInfo& row) {
  return row.access == Rpc::write || row.access == Rpc::owner;
}

/// A row that knows its member: `settings.*row.member`.
template <auto Member>
struct Row : RowInfo {
  static constexpr auto member = Member;
};

namespace detail {

template <typename T>
struct MemberType;
template <typename Struct, typename T>
struct MemberType<T Struct::*> {
  using type = T;
};

template <typename T>
struct ListMember {
  using type = void;
};
template <typename T>
struct ListMember<std::vector<T>> {
  using type = T;
};

/// Enums that are numbers outside (the RPC's modes) have `static constexpr bool by_number = true`.
template <typename T>
constexpr bool by_number() {
  if constexpr (std::is_enum_v<T>) return Choices<T>::by_number;
  return false;
}

template <typename T>
constexpr Kind kind_of() {
  if constexpr (std::is_same_v<T, bool>) return Kind::boolean;
  if constexpr (by_number<T>() || std::is_integral_v<T>) return Kind::integer;
  if constexpr (std::is_floating_point_v<T>) return Kind::real;
  if constexpr (std::is_enum_v<T>) return Kind::choice;
  if constexpr (std::is_same_v<T, std::string>) return Kind::text;
  return Kind::list;
}

/// Every number has bounds: those of the row, else those of its type.
template <typename T>
constexpr Range bounded(Range range) {
  if (range.rule != Rule::none) return range;
  if constexpr (by_number<T>())
    return between(0, static_cast<std::int64_t>(Choices<T>::names.size()) - 1);
  else if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>)
    return between(static_cast<std::int64_t>(std::numeric_limits<T>::min()),
                   static_cast<std::int64_t>(std::numeric_limits<T>::max()));
  else
    return range;
}

template <typename T>
constexpr std::span<const std::string_view> choices_of() {
  using Item = typename ListMember<T>::type;
  if constexpr (std::is_enum_v<T>)
    return Choices<T>::names;
  else if constexpr (std::is_enum_v<Item>)
    return Choices<Item>::names;
  else
    return {};
}

template <auto Member>
constexpr Row<Member> make_row(RowInfo info) {
  using T = typename MemberType<decltype(Member)>::type;
  info.kind = kind_of<T>();
  info.range = bounded<T>(info.range);
  info.choices = choices_of<T>();
  if (info.rpc.empty()) info.rpc = info.name;
  return Row<Member>{info};
}

/// Of an option of a torrent or a group: live, written by RPC under its own name.
template <auto Member>
constexpr auto make_option_row(std::string_view name, std::string_view legacy, std::string_view doc,
                               Unit unit, Range range, Feature feature) {
  return make_row<Member>({.name = name,
                           .rpc = {},
                           .legacy = legacy,
                           .doc = doc,
                           .unit = unit,
                           .range = range,
                           .feature = feature,
                           .access = Rpc::write,
                           .choices = {}});
}

}  // namespace detail

}  // namespace seed::config

// The types of settings that are one of a few names, and how those names are spelt.
//
// The order of the values is Transmission's, whose clients and older files give the number.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings_row.h"

namespace seed::config {

using Port = std::uint16_t;

enum class Encryption : std::uint8_t { allowed, preferred, required };
enum class Preallocation : std::uint8_t { off, sparse, full };
enum class LogFormat : std::uint8_t { text, json };
enum class MessageLevel : std::uint8_t { off, critical, error, warn, info, debug, trace };
/// What goes through the proxy of proxy_url.
enum class ProxyMode : std::uint8_t {
  strict,         ///< all of it; what cannot stays at home
  trackers_only,  ///< trackers and web servers are asked through it, peers and nodes directly
};
enum class Transport : std::uint8_t { utp, tcp };
/// Whose limit holds for a seeding torrent: the session's, its own, or none.
enum class LimitMode : std::uint8_t { session, own, unlimited };

using TransportList = std::vector<Transport>;
using TextList = std::vector<std::string>;

inline TransportList transports(Transport first, Transport second) { return {first, second}; }

template <>
struct Choices<Encryption> {
  static constexpr bool by_number = false;
  static constexpr auto names =
      std::to_array<std::string_view>({"allowed", "preferred", "required"});
  static constexpr std::array<Alias, 0> aliases{};
};

template <>
struct Choices<Preallocation> {
  static constexpr bool by_number = false;
  static constexpr auto names = std::to_array<std::string_view>({"off", "sparse", "full"});
  static constexpr auto aliases = std::to_array<Alias>({{"none", 0}, {"fast", 1}});
};

template <>
struct Choices<LogFormat> {
  static constexpr bool by_number = false;
  static constexpr auto names = std::to_array<std::string_view>({"text", "json"});
  static constexpr std::array<Alias, 0> aliases{};
};

template <>
struct Choices<MessageLevel> {
  static constexpr bool by_number = false;
  static constexpr auto names = std::to_array<std::string_view>(
      {"off", "critical", "error", "warn", "info", "debug", "trace"});
  static constexpr auto aliases = std::to_array<Alias>({{"none", 0}, {"warning", 3}});
};

template <>
struct Choices<ProxyMode> {
  static constexpr bool by_number = false;
  static constexpr auto names = std::to_array<std::string_view>({"strict", "trackers_only"});
  static constexpr std::array<Alias, 0> aliases{};
};

template <>
struct Choices<Transport> {
  static constexpr bool by_number = false;
  static constexpr auto names = std::to_array<std::string_view>({"utp", "tcp"});
  static constexpr std::array<Alias, 0> aliases{};
};

template <>
struct Choices<LimitMode> {
  static constexpr bool by_number = true;
  static constexpr auto names = std::to_array<std::string_view>({"session", "own", "unlimited"});
  static constexpr std::array<Alias, 0> aliases{};
};

}  // namespace seed::config

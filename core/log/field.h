// Field: one key=value of a log line. A view: it lives as long as the call that it is passed to, so
// temporaries may stand in it, and nothing is formatted while the level is off.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>

#include "core/base/bytes.h"
#include "core/base/digest.h"
#include "core/base/endpoint.h"

namespace seed::log {

struct Field {
  /// Octets are written as hexadecimal, endpoints and addresses as text.
  using Value = std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool, Bytes,
                             const Endpoint*, const IpAddress*>;

  Field(std::string_view name, std::string_view text) : key(name), value(text) {}
  Field(std::string_view name, const char* text) : key(name), value(std::string_view(text)) {}
  Field(std::string_view name, Bytes octets) : key(name), value(octets) {}
  Field(std::string_view name, const Endpoint& endpoint) : key(name), value(&endpoint) {}
  Field(std::string_view name, const IpAddress& address) : key(name), value(&address) {}
  Field(std::string_view name, std::same_as<bool> auto truth) : key(name), value(truth) {}
  Field(std::string_view name, std::floating_point auto number)
      : key(name), value(static_cast<double>(number)) {}
  Field(std::string_view name, std::signed_integral auto number)
      : key(name), value(static_cast<std::int64_t>(number)) {}
  template <std::unsigned_integral Number>
    requires(!std::same_as<Number, bool>)
  Field(std::string_view name, Number number)
      : key(name), value(static_cast<std::uint64_t>(number)) {}
  template <std::size_t N, typename Tag>
  Field(std::string_view name, const FixedBytes<N, Tag>& octets)
      : key(name), value(octets.bytes()) {}

  /// A fixed word of ours, not foreign text. One that ends in password, token, passkey, secret or
  /// authorization has its value written as "***".
  std::string_view key;
  Value value;
};

}  // namespace seed::log

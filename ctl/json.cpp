#include "ctl/json.h"

#include <cmath>

#include "ctl/printable.h"

namespace seed::ctl {

const Json& member(const Json& object, std::string_view key) {
  static const Json null;
  if (!object.is_object()) return null;
  const auto found = object.find(key);
  return found == object.end() ? null : *found;
}

std::int64_t integer(const Json& object, std::string_view key, std::int64_t fallback) {
  const Json& value = member(object, key);
  if (value.is_number_unsigned()) {
    const auto wide = value.get<std::uint64_t>();
    return wide > INT64_MAX ? INT64_MAX : static_cast<std::int64_t>(wide);
  }
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (!value.is_number_float()) return fallback;
  const double real = value.get<double>();
  // 2^63 is exact as a double; what is not below it does not fit.
  if (!std::isfinite(real) || std::abs(real) >= 9223372036854775808.0) return fallback;
  return static_cast<std::int64_t>(real);
}

double number(const Json& object, std::string_view key, double fallback) {
  const Json& value = member(object, key);
  return value.is_number() ? value.get<double>() : fallback;
}

bool boolean(const Json& object, std::string_view key, bool fallback) {
  const Json& value = member(object, key);
  return value.is_boolean() ? value.get<bool>() : fallback;
}

std::string text(const Json& object, std::string_view key) {
  const Json& value = member(object, key);
  return value.is_string() ? value.get<std::string>() : std::string();
}

const Json& list(const Json& object, std::string_view key) {
  static const Json empty = Json::array();
  const Json& value = member(object, key);
  return value.is_array() ? value : empty;
}

std::string json_text(const Json& value) {
  return escape_for_json(value.dump(2, ' ', false, Json::error_handler_t::replace));
}

}  // namespace seed::ctl

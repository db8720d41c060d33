// Json: reading the daemon's answers without trusting their types, and writing JSON to people.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace seed::ctl {

using Json = nlohmann::json;

/// The member `key` of an object; null when it is not there or `object` is none.
const Json& member(const Json& object, std::string_view key);

/// The member as a plain value; `fallback` when it is not there or of another type. A fraction for
/// an integer is cut, and held inside 64 bits.
std::int64_t integer(const Json& object, std::string_view key, std::int64_t fallback = 0);
double number(const Json& object, std::string_view key, double fallback = 0);
bool boolean(const Json& object, std::string_view key, bool fallback = false);
std::string text(const Json& object, std::string_view key);

/// The member when it is an array, else an empty one.
const Json& list(const Json& object, std::string_view key);

/// Indented JSON that a terminal may be given: what could act on it is written as \uXXXX, so a
/// reader of JSON gets the same value.
std::string json_text(const Json& value);

}  // namespace seed::ctl

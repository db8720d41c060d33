#include "ctl/times.h"

#include <charconv>
#include <ctime>
#include <string>

#include "ctl/words.h"

namespace seed::ctl {

namespace {

/// A span beyond this many units is a slip, and stays far from where 64 bits end.
constexpr std::int64_t units_max = 1'000'000;
/// Fewer digits are no time that one would name so.
constexpr std::size_t unix_digits_min = 10;
constexpr std::size_t unix_digits_max = 12;

std::int64_t seconds_in(char unit) {
  switch (unit) {
    case 's':
      return 1;
    case 'm':
      return 60;
    case 'h':
      return 3600;
    case 'd':
      return 86400;
    case 'w':
      return 7 * 86400;
    default:
      return 0;
  }
}

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t out = 0;
  if (!is_decimal(text)) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

std::optional<std::int64_t> parse_day(const std::string& text) {
  for (const char* format : {"%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"}) {
    std::tm parts{};
    const char* end = strptime(text.c_str(), format, &parts);
    if (end == nullptr || *end != '\0') continue;
    const int day = parts.tm_mday;
    parts.tm_isdst = -1;
    const std::time_t when = std::mktime(&parts);
    // mktime makes March of the 30th of February.
    if (when == -1 || parts.tm_mday != day) return std::nullopt;
    return when;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::int64_t> parse_when(std::string_view text, std::int64_t now) {
  if (text.empty()) return std::nullopt;
  if (text.size() >= unix_digits_min && text.size() <= unix_digits_max && is_decimal(text))
    return number(text);
  const std::int64_t unit = seconds_in(text.back());
  if (unit == 0 || !is_decimal(text.substr(0, text.size() - 1)))
    return parse_day(std::string(text));
  const auto count = number(text.substr(0, text.size() - 1));
  if (!count || *count > units_max) return std::nullopt;
  return now + *count * unit;
}

}  // namespace seed::ctl

#include "ctl/format.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>
#include <span>

namespace seed::ctl {

namespace {

std::string scaled(std::int64_t value, std::int64_t base, std::span<const char* const> units) {
  if (value < 0) return "?";
  if (value < base) return fmt::format("{} {}", value, units[0]);
  double rest = static_cast<double>(value);
  std::size_t unit = 0;
  const double step = static_cast<double>(base);
  // Three digits; 999.6 would read as 1000, so it is moved up one unit.
  while (unit + 1 < units.size() && rest >= step - 0.5) {
    rest /= step;
    ++unit;
  }
  const int digits = rest < 9.995 ? 2 : rest < 99.95 ? 1 : 0;
  return fmt::format("{:.{}f} {}", rest, digits, units[unit]);
}

constexpr std::array decimal_units = {"B", "kB", "MB", "GB", "TB", "PB"};
constexpr std::array binary_units = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};

std::int64_t end_of_range(bool low) { return low ? INT64_MIN : INT64_MAX; }

double held(double fraction) {
  if (!(fraction > 0)) return 0;
  return std::min(fraction, 1.0);
}

}  // namespace

std::int64_t sum(std::int64_t a, std::int64_t b) {
  std::int64_t out = 0;
  return __builtin_add_overflow(a, b, &out) ? end_of_range(b < 0) : out;
}

std::int64_t difference(std::int64_t a, std::int64_t b) {
  std::int64_t out = 0;
  return __builtin_sub_overflow(a, b, &out) ? end_of_range(b > 0) : out;
}

std::int64_t product(std::int64_t a, std::int64_t b) {
  std::int64_t out = 0;
  return __builtin_mul_overflow(a, b, &out) ? end_of_range((a < 0) != (b < 0)) : out;
}

std::string size_text(std::int64_t bytes) { return scaled(bytes, 1000, decimal_units); }

std::string size_text(std::int64_t bytes, const Look& look) {
  return look.exact ? std::to_string(bytes) : size_text(bytes);
}

std::string rate_text(std::int64_t bytes_per_second, const Look& look) {
  return look.exact ? std::to_string(bytes_per_second) : rate_text(bytes_per_second);
}

std::string duration_text(std::int64_t seconds, const Look& look) {
  return look.exact ? std::to_string(seconds) : duration_text(seconds);
}

std::string date_text(std::int64_t unix_seconds, const Look& look) {
  return look.exact ? std::to_string(unix_seconds) : date_text(unix_seconds);
}

std::string eta_text(std::int64_t seconds, const Look& look) {
  return look.exact ? std::to_string(seconds) : eta_text(seconds, look.utf8);
}

std::string binary_size_text(std::int64_t bytes) {
  std::int64_t whole = bytes;
  std::size_t unit = 0;
  while (whole >= 1024 && whole % 1024 == 0 && unit + 1 < binary_units.size()) {
    whole /= 1024;
    ++unit;
  }
  if (bytes > 0 && whole < 1024) return fmt::format("{} {}", whole, binary_units[unit]);
  return scaled(bytes, 1024, binary_units);
}

std::string rate_text(std::int64_t bytes_per_second) {
  return bytes_per_second <= 0 ? "-" : size_text(bytes_per_second) + "/s";
}

std::string duration_text(std::int64_t seconds) {
  if (seconds < 0) return "?";
  const std::int64_t minutes = seconds / 60;
  const std::int64_t hours = minutes / 60;
  const std::int64_t days = hours / 24;
  if (minutes == 0) return fmt::format("{}s", seconds);
  if (hours == 0) return fmt::format("{}m {}s", minutes, seconds % 60);
  if (days == 0) return fmt::format("{}h {}m", hours, minutes % 60);
  if (days < 100) return fmt::format("{}d {}h", days, hours % 24);
  return fmt::format("{}d", days);
}

std::string eta_text(std::int64_t seconds, bool utf8) {
  if (seconds == -2) return utf8 ? "∞" : "inf";
  return seconds < 0 ? "-" : duration_text(seconds);
}

std::string ratio_text(double ratio, bool utf8) {
  if (ratio == -2) return utf8 ? "∞" : "inf";
  if (!(ratio >= 0)) return "-";
  // Cut: a ratio limit of 2.00 is not reached at 1.999.
  if (ratio < 100) return fmt::format("{:.2f}", std::floor(ratio * 100 + 1e-9) / 100);
  return fmt::format("{:.0f}", std::floor(ratio));
}

std::string percent_text(double fraction) {
  const double share = held(fraction);
  if (share >= 1) return "100%";
  const double cut = std::floor(share * 1000 + 1e-9) / 10;
  return cut <= 0 ? "0%" : fmt::format("{:.1f}%", std::min(cut, 99.9));
}

std::string date_text(std::int64_t unix_seconds) {
  if (unix_seconds <= 0) return "never";
  const std::time_t time = unix_seconds;
  std::tm parts{};
  if (localtime_r(&time, &parts) == nullptr) return "?";
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min);
}

std::string bar_text(double fraction, std::size_t columns, bool utf8) {
  static constexpr std::array eighths = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const auto steps = columns * (utf8 ? 8 : 1);
  const auto done = static_cast<std::size_t>(held(fraction) * static_cast<double>(steps));
  std::string out;
  if (!utf8) return std::string(done, '#') + std::string(columns - done, '.');
  std::size_t used = done / 8;
  for (std::size_t i = 0; i < used; ++i) out += "█";
  if (done % 8 != 0) {
    out += eighths[done % 8];
    ++used;
  }
  for (; used < columns; ++used) out += "░";
  return out;
}

std::string count_text(std::size_t count, const char* what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

}  // namespace seed::ctl

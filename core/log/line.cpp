#include "core/log/line.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "core/base/ascii.h"
#include "core/log/escape.h"

namespace seed::log {
namespace {

constexpr std::string_view masked = "***";

bool ends_in_any_case(std::string_view text, std::string_view ending) {
  return text.size() >= ending.size() &&
         same_but_for_case(text.substr(text.size() - ending.size()), ending);
}

bool is_secret(std::string_view key) {
  constexpr std::string_view endings[] = {"password", "token", "passkey", "secret",
                                          "authorization"};
  return std::ranges::any_of(
      endings, [&](std::string_view ending) { return ends_in_any_case(key, ending); });
}

/// A key in text: nothing that could be read as the end of it.
void append_key(std::string& out, std::string_view key) {
  for (const char c : key) {
    const bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '_' || c == '-' || c == '.';
    out += word ? c : '_';
  }
}

void append_string(std::string& out, Format format, std::string_view text) {
  if (format == Format::json) {
    append_json(out, text);
  } else {
    append_value(out, text);
  }
}

/// Writes a value of either kind; strings by append_string, all else alike but for "no number".
struct ValueWriter {
  std::string& out;
  Format format;

  void operator()(std::string_view text) const { append_string(out, format, text); }
  void operator()(std::int64_t number) const {
    fmt::format_to(std::back_inserter(out), "{}", number);
  }
  void operator()(std::uint64_t number) const {
    fmt::format_to(std::back_inserter(out), "{}", number);
  }
  void operator()(double number) const {
    // JSON knows no infinity (RFC 8259, section 6).
    if (format == Format::json && !std::isfinite(number)) {
      out += "null";
    } else {
      fmt::format_to(std::back_inserter(out), "{}", number);
    }
  }
  void operator()(bool truth) const { out += truth ? "true" : "false"; }
  void operator()(Bytes octets) const { append_string(out, format, to_hex(octets)); }
  void operator()(const Endpoint* endpoint) const {
    append_string(out, format, endpoint->to_string());
  }
  void operator()(const IpAddress* address) const {
    append_string(out, format, address->to_string());
  }
};

void append_field_value(std::string& out, Format format, const Field& field) {
  if (is_secret(field.key)) {
    append_string(out, format, masked);
  } else {
    std::visit(ValueWriter{out, format}, field.value);
  }
}

std::string text_body(std::string_view name, std::string_view message,
                      std::initializer_list<Field> fields) {
  std::string out;
  if (!name.empty()) {
    append_key(out, name);
    out += ": ";
  }
  append_message(out, message);
  for (const auto& field : fields) {
    out += ' ';
    append_key(out, field.key);
    out += '=';
    append_field_value(out, Format::text, field);
  }
  return out;
}

std::string json_body(std::string_view name, std::string_view message,
                      std::initializer_list<Field> fields) {
  std::string out = "\"name\":";
  append_json(out, name);
  out += ",\"message\":";
  append_json(out, message, message_bytes_max);
  for (const auto& field : fields) {
    constexpr std::string_view taken[] = {"time", "level", "name", "message"};
    std::string key(field.key);
    if (std::ranges::find(taken, field.key) != std::end(taken)) key += '_';
    out += ',';
    append_json(out, key);
    out += ':';
    append_field_value(out, Format::json, field);
  }
  out += '}';
  return out;
}

/// RFC 3339 in UTC, with milliseconds.
std::string timestamp(std::chrono::system_clock::time_point when) {
  using namespace std::chrono;
  const auto milli = floor<milliseconds>(when);
  const auto day = floor<days>(milli);
  const year_month_day date(day);
  const hh_mm_ss time(milli - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count(),
                     time.subseconds().count());
}

/// syslog(3)'s numbers.
int journal_priority(Level level) {
  switch (level) {
    case Level::error:
      return 3;
    case Level::warn:
      return 4;
    case Level::info:
      return 6;
    default:
      return 7;
  }
}

}  // namespace

std::string line_body(Format format, std::string_view name, std::string_view message,
                      std::initializer_list<Field> fields) {
  return format == Format::json ? json_body(name, message, fields)
                                : text_body(name, message, fields);
}

std::string line_head(LineStyle style, Level level, std::chrono::system_clock::time_point when) {
  std::string out;
  if (style.journal) out = fmt::format("<{}>", journal_priority(level));
  if (style.format == Format::json)
    return out +
           fmt::format("{{\"time\":\"{}\",\"level\":\"{}\",", timestamp(when), name_of(level));
  if (!style.journal) out = fmt::format("{} {:<5} ", timestamp(when), name_of(level));
  return out;
}

}  // namespace seed::log

#include "ctl/limits.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <vector>

#include "ctl/format.h"
#include "ctl/words.h"

namespace seed::ctl {

namespace {

enum class Measure { rate, minutes, ratio, count, toggle };

/// How a limit is switched: by a flag beside it; by a mode of 0 (session's), 1 (its own) or 2
/// (none) (rpc-contract, section 7); not at all.
enum class Switch { none, flag, mode };

struct Limit {
  std::string_view word;
  Measure measure;
  const char* number;  ///< the name of the number in RPC, "" for none
  Switch kind;
  const char* toggle;  ///< the name of the flag or the mode
};

constexpr std::array session_limits = {
    Limit{"down", Measure::rate, "speed_limit_down", Switch::flag, "speed_limit_down_enabled"},
    Limit{"up", Measure::rate, "speed_limit_up", Switch::flag, "speed_limit_up_enabled"},
    Limit{"turtle", Measure::toggle, "", Switch::flag, "alt_speed_enabled"},
    Limit{"turtle-down", Measure::rate, "alt_speed_down", Switch::none, ""},
    Limit{"turtle-up", Measure::rate, "alt_speed_up", Switch::none, ""},
    Limit{"ratio", Measure::ratio, "seed_ratio_limit", Switch::flag, "seed_ratio_limited"},
    Limit{"idle", Measure::minutes, "idle_seeding_limit", Switch::flag,
          "idle_seeding_limit_enabled"},
    Limit{"peers", Measure::count, "peer_limit_global", Switch::none, ""},
};
constexpr std::array torrent_limits = {
    Limit{"down", Measure::rate, "download_limit", Switch::flag, "download_limited"},
    Limit{"up", Measure::rate, "upload_limit", Switch::flag, "upload_limited"},
    Limit{"session", Measure::toggle, "", Switch::flag, "honors_session_limits"},
    Limit{"ratio", Measure::ratio, "seed_ratio_limit", Switch::mode, "seed_ratio_mode"},
    Limit{"idle", Measure::minutes, "seed_idle_limit", Switch::mode, "seed_idle_mode"},
    Limit{"peers", Measure::count, "peer_limit", Switch::none, ""},
};
constexpr std::array group_limits = {
    Limit{"down", Measure::rate, "speed_limit_down", Switch::flag, "speed_limit_down_enabled"},
    Limit{"up", Measure::rate, "speed_limit_up", Switch::flag, "speed_limit_up_enabled"},
    Limit{"session", Measure::toggle, "", Switch::flag, "honors_session_limits"},
};

std::span<const Limit> limits_of(Whose whose) {
  switch (whose) {
    case Whose::session:
      return session_limits;
    case Whose::torrent:
      return torrent_limits;
    case Whose::group:
      break;
  }
  return group_limits;
}

std::optional<double> real(std::string_view text) {
  double out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size() || !(out >= 0) ||
      !std::isfinite(out))
    return std::nullopt;
  return out;
}

/// "500", "500k", "1.5M", "2MB/s", "8000B": kB/s without a unit; whole ones, as the daemon has
/// them. A small b would be bits, and is none.
std::optional<std::int64_t> rate(std::string_view text) {
  static constexpr double rate_max = 4e9;  // kB/s; 32 bits of the setting
  if (text.ends_with("/s")) text.remove_suffix(2);
  const bool is_bytes = text.ends_with('B');
  if (is_bytes) text.remove_suffix(1);
  double scale = is_bytes ? 1e-3 : 1;
  if (!text.empty() && !is_decimal(text.substr(text.size() - 1))) {
    switch (text.back()) {
      case 'k':
      case 'K':
        scale = 1;
        break;
      case 'M':
        scale = 1e3;
        break;
      case 'G':
        scale = 1e6;
        break;
      default:
        return std::nullopt;
    }
    text.remove_suffix(1);
  }
  const auto number = real(text);
  if (!number || *number * scale > rate_max) return std::nullopt;
  const double rate = *number * scale;
  const std::int64_t whole = std::llround(rate);
  // 1.1M is 1100.0000000000002 of them.
  if (std::abs(rate - static_cast<double>(whole)) > 1e-6 * std::max(1.0, rate)) return std::nullopt;
  return whole;
}

std::optional<Json> parse_number(Measure measure, std::string_view text) {
  if (measure == Measure::ratio) {
    const auto number = real(text);
    return number ? std::optional<Json>(*number) : std::nullopt;
  }
  if (measure == Measure::rate) {
    const auto number = rate(text);
    return number ? std::optional<Json>(*number) : std::nullopt;
  }
  const auto numbers = is_decimal(text) ? parse_numbers(text) : std::nullopt;
  return numbers ? std::optional<Json>(numbers->front()) : std::nullopt;
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::find(words, text) != words.end();
}

bool is_on(std::string_view text) { return is_one_of(text, {"on", "yes", "true"}); }
bool is_off(std::string_view text) { return is_one_of(text, {"off", "no", "false"}); }
bool is_none(std::string_view text) {
  return is_off(text) || is_one_of(text, {"none", "unlimited"});
}

std::string allowed(const Limit& limit) {
  std::string out;
  switch (limit.measure) {
    case Measure::toggle:
      return "on or off";
    case Measure::rate:
      out = "a rate in whole kB/s such as 500, 1.5M or 8000B (B is for bytes, and b for nothing)";
      break;
    case Measure::minutes:
      out = "a number of minutes";
      break;
    case Measure::ratio:
      out = "a number such as 2 or 1.5";
      break;
    case Measure::count:
      out = "a whole number";
      break;
  }
  if (limit.kind != Switch::none) out += ", or none";
  if (limit.kind == Switch::mode) out += ", or session";
  return out;
}

/// False when the value is none that the limit takes.
bool put(Json& into, const Limit& limit, std::string_view value) {
  if (limit.measure == Measure::toggle) {
    into[limit.toggle] = is_on(value);
    return is_on(value) || is_off(value);
  }
  if (limit.kind == Switch::flag && (is_none(value) || is_on(value))) {
    into[limit.toggle] = is_on(value);
    return true;
  }
  if (limit.kind == Switch::mode && (is_none(value) || value == "session")) {
    into[limit.toggle] = value == "session" ? 0 : 2;
    return true;
  }
  const auto number = parse_number(limit.measure, value);
  if (!number) return false;
  into[limit.number] = *number;
  if (limit.kind == Switch::flag) into[limit.toggle] = true;
  if (limit.kind == Switch::mode) into[limit.toggle] = 1;
  return true;
}

std::string number_text(const Limit& limit, const Json& from, const Look& look) {
  const std::int64_t whole = integer(from, limit.number);
  switch (limit.measure) {
    case Measure::rate:
      return size_text(product(whole, 1000), look) + (look.exact ? "" : "/s");
    case Measure::minutes:
      return duration_text(product(whole, 60), look);
    case Measure::ratio:
      return fmt::format("{:.2f}", number(from, limit.number));
    case Measure::count:
    case Measure::toggle:
      break;
  }
  return std::to_string(whole);
}

std::string text_of(const Limit& limit, const Json& from, const Look& look) {
  if (limit.measure == Measure::toggle) return boolean(from, limit.toggle) ? "on" : "off";
  if (limit.kind == Switch::flag && !boolean(from, limit.toggle)) return "none";
  if (limit.kind == Switch::mode && integer(from, limit.toggle) != 1)
    return integer(from, limit.toggle) == 0 ? "session" : "none";
  return number_text(limit, from, look);
}

}  // namespace

std::string limit_words(Whose whose) {
  std::vector<std::string_view> out;
  for (const Limit& limit : limits_of(whose)) out.push_back(limit.word);
  return fmt::format("{}", fmt::join(out, ", "));
}

Json limit_fields(Whose whose) {
  Json out = Json::array();
  for (const Limit& limit : limits_of(whose)) {
    if (*limit.number != '\0') out.push_back(limit.number);
    if (*limit.toggle != '\0') out.push_back(limit.toggle);
  }
  return out;
}

Outcome<Json> parse_limits(Whose whose, std::span<const std::string> words) {
  Json out = Json::object();
  for (const std::string& text : words) {
    const std::size_t sign = text.find('=');
    std::string word = text.substr(0, sign);
    std::ranges::replace(word, '_', '-');
    const auto limit = std::ranges::find(limits_of(whose), word, &Limit::word);
    if (sign == std::string::npos)
      return misused(
          fmt::format("{}: write LIMIT=VALUE with one of {}.", text, limit_words(whose)));
    if (limit == limits_of(whose).end())
      return misused(fmt::format("there is no limit {}: there are {}.", word, limit_words(whose)));
    const std::string value = text.substr(sign + 1);
    if (!put(out, *limit, value))
      return misused(fmt::format("{}: \"{}\" is not {}.", word, value, allowed(*limit)));
  }
  return out;
}

void add_limits(Table& table, Whose whose, const Json& from, const Look& look) {
  for (const Limit& limit : limits_of(whose)) {
    const std::string value = text_of(limit, from, look);
    const bool dim = value == "none" || value == "session" || value == "off";
    table.row({std::string(limit.word), Cell(value, dim ? Style::dim : Style::plain)});
  }
}

std::string limit_text(Whose whose, std::string_view word, const Json& from, const Look& look) {
  const auto limit = std::ranges::find(limits_of(whose), word, &Limit::word);
  return limit == limits_of(whose).end() ? std::string() : text_of(*limit, from, look);
}

}  // namespace seed::ctl

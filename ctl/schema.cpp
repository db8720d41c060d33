#include "ctl/schema.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>

#include "ctl/words.h"
#include "schema_json.h"

namespace seed::ctl {

namespace {

ValueType type_of(std::string_view name) {
  if (name == "boolean") return ValueType::boolean;
  if (name == "integer") return ValueType::integer;
  if (name == "number") return ValueType::number;
  if (name == "choice") return ValueType::choice;
  return name == "list" ? ValueType::list : ValueType::string;
}

/// Modes are numbers in RPC, and words for people.
std::string with_words(const std::vector<std::string>& words, std::string_view allowed) {
  std::string out;
  for (const std::string& word : words)
    out += fmt::format("\"{}\"{}", word, &word == &words.back() ? " or " : ", ");
  return out.append(allowed);
}

Option option_of(const Json& row) {
  Option out;
  out.key = text(row, "name");
  out.name = text(row, "rpc");
  out.type = type_of(text(row, "type"));
  out.unit = text(row, "unit");
  out.allowed = text(row, "allowed");
  out.doc = text(row, "doc");
  out.note = text(row, "note");
  out.writable = text(row, "access") == "rw";
  for (const Json& choice : list(row, "choices"))
    if (choice.is_string()) out.choices.push_back(choice.get<std::string>());
  if (out.type == ValueType::integer) out.allowed = with_words(out.choices, out.allowed);
  const Json& range = member(row, "range");
  if (range.is_object()) {
    out.low = integer(range, "min", std::numeric_limits<std::int64_t>::min());
    out.high = integer(range, "max", std::numeric_limits<std::int64_t>::max());
  }
  return out;
}

std::vector<Option> options_of(const Json& rows) {
  std::vector<Option> out;
  for (const Json& row : rows)
    if (!text(row, "rpc").empty()) out.push_back(option_of(row));
  return out;
}

MethodRow method_of(const Json& row) {
  MethodRow out{text(row, "name"), text(row, "scope"), text(row, "doc"), {}};
  for (const Json& parameter : list(row, "parameters"))
    out.parameters.push_back(text(parameter, "name"));
  return out;
}

/// What session_get answers besides the settings, to be read only.
void add_facts(std::vector<Option>& options, const Json& rows) {
  for (const Json& row : rows) {
    Option fact = option_of(row);
    fact.name = fact.key;
    fact.writable = false;
    if (!fact.name.empty() && find_option(options, fact.name) == nullptr)
      options.push_back(std::move(fact));
  }
}

struct Order {
  ValueType type;
  const char* allowed;
};

/// How a person writes what torrent_set takes beside the options: orders about files, trackers and
/// the queue (rpc-contract, 6.3), by the type that the schema has for them.
Order order_of(std::string_view name, std::string_view type) {
  if (type == "integer[]" && name.starts_with("tracker"))
    return {ValueType::integers, "tracker numbers as `seedctl trackers` shows them"};
  if (type == "integer[]")
    return {ValueType::integers, "file numbers as `seedctl files` shows them: 0,2,5-9 or all"};
  if (type == "string[]") return {ValueType::list, "announce URLs divided by commas"};
  if (type == "integer") return {ValueType::integer, "an integer of 0 or more"};
  if (type == "any")
    return {ValueType::pairs,
            "a tracker's number, as `seedctl trackers` shows it, and its new URL, divided by a "
            "comma; more such pairs behind another one"};
  return {ValueType::string, "a text"};
}

/// The parameters of torrent_set that are no options and do not say which torrents.
void add_orders(std::vector<Option>& options, const Json& methods) {
  const auto set = std::ranges::find_if(
      methods, [](const Json& method) { return text(method, "name") == "torrent_set"; });
  if (set == methods.end()) return;
  for (const Json& row : list(*set, "parameters")) {
    const std::string name = text(row, "name");
    if (name.empty() || name == "ids" || find_option(options, name) != nullptr) continue;
    const Order order = order_of(name, text(row, "type"));
    Option out{name, name, order.type, "", order.allowed, text(row, "doc"), "", {}, true};
    if (order.type == ValueType::integer) out.low = 0;
    options.push_back(std::move(out));
  }
}

bool are_announce_urls(const Option& option) {
  return option.name == "tracker_list" || option.name == "default_trackers";
}

bool begins_url(std::string_view text) {
  const std::size_t end = text.find("://");
  return end != text.npos && end > 0 && std::ranges::all_of(text.substr(0, end), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
         });
}

/// "a,b,,c" or "a\nb\n\nc" as a URL a line, with an empty one between tiers. A comma in a URL
/// stays: one that divides stands before a scheme.
std::string announce_lines(std::string_view value) {
  std::string out;
  while (!value.empty()) {
    const std::size_t commas = std::min(value.find_first_not_of(','), value.size());
    if (commas > 0 && begins_url(value.substr(commas))) {
      out.append(std::min<std::size_t>(commas, 2), '\n');
      value.remove_prefix(commas);
    } else if (value.starts_with("\\n")) {
      out += '\n';
      value.remove_prefix(2);
    } else {
      out += value.front();
      value.remove_prefix(1);
    }
  }
  return out;
}

Outcome<Json> parse_list(std::string_view value) {
  Json out = Json::array();
  for (const std::string_view part : split(value, ','))
    if (!part.empty()) out.push_back(std::string(part));
  return out;
}

template <typename T>
bool read_number(std::string_view value, T& out) {
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), out);
  return error == std::errc() && end == value.data() + value.size();
}

template <typename T>
bool in_range(const Option& option, T number) {
  return (!option.low || number >= static_cast<T>(*option.low)) &&
         (!option.high || number <= static_cast<T>(*option.high));
}

/// Whether the text begins with "4,".
bool begins_pair(std::string_view text) {
  const auto comma = text.find(',');
  return comma != text.npos && is_decimal(text.substr(0, comma));
}

/// "3,URL,4,URL" as [3, URL, 4, URL]. A URL may hold commas: it ends only where the next pair
/// begins.
std::optional<Json> parse_pairs(std::string_view value) {
  Json out = Json::array();
  while (begins_pair(value)) {
    const auto comma = value.find(',');
    std::int64_t number = 0;
    if (!read_number(value.substr(0, comma), number)) return std::nullopt;
    value.remove_prefix(comma + 1);
    auto end = value.find(',');
    while (end != value.npos && !begins_pair(value.substr(end + 1))) end = value.find(',', end + 1);
    out.push_back(number);
    out.push_back(std::string(value.substr(0, end)));
    if (end == 0 || value.empty()) return std::nullopt;
    value.remove_prefix(end == value.npos ? value.size() : end + 1);
  }
  return value.empty() && !out.empty() ? std::optional(std::move(out)) : std::nullopt;
}

/// The value as the option's type has it; nothing when it is none.
std::optional<Json> parse_value(const Option& option, std::string_view value) {
  std::int64_t whole = 0;
  double real = 0;
  switch (option.type) {
    case ValueType::boolean:
      for (const std::string_view yes : {"true", "yes", "on", "1"})
        if (value == yes) return true;
      for (const std::string_view no : {"false", "no", "off", "0"})
        if (value == no) return false;
      return std::nullopt;
    case ValueType::integer: {
      // RPC has these modes as numbers; people may use their names.
      const auto named = std::ranges::find(option.choices, value);
      if (named != option.choices.end()) return named - option.choices.begin();
      return read_number(value, whole) && in_range(option, whole) ? std::optional<Json>(whole)
                                                                  : std::nullopt;
    }
    case ValueType::number:
      return read_number(value, real) && std::isfinite(real) && in_range(option, real)
                 ? std::optional<Json>(real)
                 : std::nullopt;
    case ValueType::choice:
      if (std::ranges::find(option.choices, value) == option.choices.end()) return std::nullopt;
      return std::string(value);
    case ValueType::integers: {
      // RPC takes an empty list for all; an empty value on a command line is a slip.
      if (value == "all" && option.name != "tracker_remove") return Json::array();
      const auto numbers = parse_numbers(value);
      return numbers ? std::optional<Json>(*numbers) : std::nullopt;
    }
    case ValueType::pairs:
      return parse_pairs(value);
    case ValueType::list:
      return *parse_list(value);
    case ValueType::string:
      break;
  }
  return are_announce_urls(option) ? announce_lines(value) : std::string(value);
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, changed}));
    }
  }
  return row.back();
}

}  // namespace

Schema Schema::parse(std::string_view document) {
  const Json all = Json::parse(document, nullptr, false);
  Schema out{options_of(list(all, "settings")), options_of(list(all, "torrent_options"))};
  add_facts(out.session, list(all, "session_facts"));
  for (const Json& field : list(all, "torrent_fields"))
    out.torrent_fields.push_back(text(field, "name"));
  for (const Json& row : list(all, "settings")) {
    Option setting = option_of(row);
    if (setting.name.empty()) setting.name = setting.key;
    out.settings.push_back(std::move(setting));
  }
  for (const Json& row : list(all, "methods")) out.methods.push_back(method_of(row));
  add_orders(out.torrent, list(all, "methods"));
  for (const Json& row : list(all, "events"))
    out.events.push_back({text(row, "name"), text(row, "doc")});
  return out;
}

const Schema& Schema::built_in() {
  static const Schema schema = parse(schema_json);
  return schema;
}

const Option* find_option(const std::vector<Option>& options, std::string_view name) {
  std::string spelt(name);
  std::ranges::replace(spelt, '-', '_');
  for (const Option& option : options)
    if (option.name == spelt) return &option;
  for (const Option& option : options)
    if (option.key == spelt) return &option;
  return nullptr;
}

Outcome<Assignment> parse_assignment(const std::vector<Option>& options, std::string_view text) {
  const std::size_t sign = text.find('=');
  const std::string_view name = text.substr(0, sign);
  if (sign == std::string_view::npos || name.empty())
    return misused(fmt::format("{}: write NAME=VALUE.", text));
  const Option* option = find_option(options, name);
  if (option == nullptr) {
    std::vector<std::string> names;
    for (const Option& known : options) names.push_back(known.name);
    return misused(fmt::format("there is no option {}{}", name, suggestion(names, name)));
  }
  if (!option->writable) return misused(fmt::format("{} can only be read.", option->name));
  const std::string_view value = text.substr(sign + 1);
  const auto parsed = parse_value(*option, value);
  if (!parsed)
    return misused(fmt::format("{}: \"{}\" is not {}.", option->name, value, option->allowed));
  return Assignment{option->name, *parsed};
}

bool is_assignment(std::string_view text) {
  const std::size_t sign = text.find('=');
  if (sign == std::string_view::npos || sign == 0) return false;
  return std::ranges::all_of(text.substr(0, sign), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

std::string suggestion(const std::vector<std::string>& names, std::string_view mistyped) {
  // Two slips: a swapped pair of letters counts as two changes.
  const std::size_t bound = mistyped.size() < 4 ? 1 : std::max<std::size_t>(2, mistyped.size() / 3);
  std::vector<std::pair<std::size_t, std::string>> near;
  for (const std::string& name : names) {
    const std::size_t distance =
        name.find(mistyped) != std::string::npos ? 0 : edit_distance(name, mistyped);
    if (distance <= bound) near.emplace_back(distance, name);
  }
  if (near.empty()) return ".";
  std::ranges::sort(near);
  std::vector<std::string> out;
  for (const auto& [distance, name] : near)
    if (out.size() < 3) out.push_back(name);
  return fmt::format(". Did you mean {}?", fmt::join(out, " or "));
}

}  // namespace seed::ctl

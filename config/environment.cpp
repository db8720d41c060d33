#include "config/environment.h"

#include <fmt/format.h>

#include "config/settings_access.h"
#include "core/base/ascii.h"
#include "core/base/bytes.h"

namespace seed::config {

namespace {

using SettingsTable = Table<Settings>;

constexpr std::string_view prefix = "SEEDD_";

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = ascii_lower(c);
  return out;
}

UserError unknown_variable(std::string_view variable) {
  const auto name = lower(variable.substr(prefix.size()));
  const auto meant = SettingsTable::likely(name);
  UserError out{to_utf8(variable.substr(0, 64)), "there is no such setting"};
  if (meant)
    out.message +=
        fmt::format("; did you mean {}?", variable_of(SettingsTable::rows()[*meant].name));
  return out;
}

}  // namespace

Environment read_environment(const char* const* environ_array) {
  Environment out;
  for (; environ_array != nullptr && *environ_array != nullptr; ++environ_array) {
    const std::string_view entry = *environ_array;
    const auto equals = entry.find('=');
    if (equals == entry.npos) continue;
    out.emplace(entry.substr(0, equals), entry.substr(equals + 1));
  }
  return out;
}

Assignments parse_environment(const Environment& environment) {
  std::vector<Assignment> out;
  std::vector<UserError> errors;
  for (auto at = environment.lower_bound(prefix);
       at != environment.end() && at->first.starts_with(prefix); ++at) {
    const auto& [variable, text] = *at;
    const auto place = SettingsTable::find(lower(std::string_view(variable).substr(prefix.size())));
    if (!place || variable_of(SettingsTable::rows()[*place].name) != variable) {
      errors.push_back(unknown_variable(variable));
      continue;
    }
    auto value = parse_value(SettingsTable::rows()[*place], text);
    if (value)
      out.push_back({*place, *std::move(value), variable});
    else
      errors.push_back({variable, value.error()});
  }
  if (!errors.empty()) return std::unexpected(std::move(errors));
  return out;
}

std::string variable_of(std::string_view setting) {
  std::string out(prefix);
  for (const char c : setting) out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return out;
}

}  // namespace seed::config

#include "ctl/setting_values.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "ctl/format.h"

namespace seed::ctl {

std::string value_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  const auto is_text = [](const Json& item) { return item.is_string(); };
  if (value.is_array() && std::ranges::all_of(value, is_text))
    return fmt::format("{}", fmt::join(value.get<std::vector<std::string>>(), ","));
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string measured(const Option* option, const Json& value, const Look& look) {
  if (option == nullptr || option->unit.empty() || look.exact) return value_text(value);
  if (option->unit == "B" && value.is_number_integer()) {
    const auto octets = value.get<std::int64_t>();
    if (octets < 0 || look.terminal) return size_text(octets);
  }
  return fmt::format("{} {}", value_text(value), option->unit);
}

Outcome<void> set_settings(Context& context, std::string_view command,
                           std::span<const std::string> words) {
  Json params = Json::object();
  for (const std::string& word : words) {
    SEED_TRY(Assignment assignment, parse_assignment(context.schema.session, word));
    params[assignment.name] = std::move(assignment.value);
  }
  if (params.empty())
    return misused(
        fmt::format("{} set: write NAME=VALUE. See seedctl {} --help.", command, command));
  return send_settings(context, params);
}

Outcome<void> send_settings(Context& context, const Json& params) {
  SEED_TRY(const Json answer, context.daemon.call("session_set", params));
  if (context.json) context.print(answer);
  for (const auto& [name, value] : params.items()) {
    const Option* option = find_option(context.schema.session, name);
    const std::string note = option != nullptr && !option->note.empty()
                                 ? fmt::format(" ({})", option->note)
                                 : std::string();
    context.say(fmt::format("{} = {}{}", name, measured(option, value, context.look()), note));
  }
  return {};
}

}  // namespace seed::ctl

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ostream>

#include "ctl/commands/commands.h"
#include "ctl/format.h"

namespace seed::ctl {

namespace {

/// A value as the user would write it after NAME=.
std::string value_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  const auto is_text = [](const Json& item) { return item.is_string(); };
  if (value.is_array() && std::ranges::all_of(value, is_text))
    return fmt::format("{}", fmt::join(value.get<std::vector<std::string>>(), ","));
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// The value with its unit; octets as people read them on a terminal.
std::string measured(const Option* option, const Json& value, const Look& look) {
  if (option == nullptr || option->unit.empty()) return value_text(value);
  if (option->unit == "B" && value.is_number_integer()) {
    const auto octets = value.get<std::int64_t>();
    if (octets < 0 || look.terminal) return size_text(octets);
  }
  return fmt::format("{} {}", value_text(value), option->unit);
}

Outcome<void> set_values(Context& context, std::span<const std::string> words) {
  Json params = Json::object();
  for (const std::string& word : words) {
    SEED_TRY(Assignment assignment, parse_assignment(context.schema.session, word));
    params[assignment.name] = std::move(assignment.value);
  }
  if (params.empty()) return misused("session set: write NAME=VALUE. See seedctl session --help.");
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

/// Settings by either of their names, and facts that only the daemon knows, such as version.
Json names_of(const Context& context, std::span<const std::string> words) {
  Json out = Json::array();
  for (const std::string& word : words) {
    const Option* option = find_option(context.schema.session, word);
    std::string name = option != nullptr ? option->name : word;
    std::ranges::replace(name, '-', '_');
    out.push_back(std::move(name));
  }
  return out;
}

Outcome<void> get_values(Context& context, std::span<const std::string> words) {
  const Json names = names_of(context, words);
  const Json params = names.empty() ? Json::object() : Json{{"fields", names}};
  SEED_TRY(const Json answer, context.daemon.call("session_get", params));
  if (context.json) {
    context.print(answer);
    return {};
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (answer.contains(names[i].get_ref<const std::string&>())) continue;
    std::vector<std::string> known;
    for (const Option& option : context.schema.session) known.push_back(option.name);
    return misused(
        fmt::format("the daemon has no setting {}{}", words[i], suggestion(known, words[i])));
  }
  Look look = context.look();
  // Elsewhere than on a terminal scripts read it: nothing but the value.
  const auto shown = [&](const std::string& name, const Json& value) {
    if (!look.terminal) return value_text(value);
    return measured(find_option(context.schema.session, name), value, look);
  };
  if (names.size() == 1) {
    context.say(shown(names.front().get<std::string>(), answer.front()));
    return {};
  }
  Table table;
  table.column("SETTING").column("VALUE");
  for (const auto& [name, value] : answer.items()) table.row({name, shown(name, value)});
  look.columns = 0;  // a value that is cut is worth nothing
  context.terminal.out << table.render(look);
  return {};
}

Outcome<void> run_session(Context& context, const Arguments& arguments) {
  const std::span<const std::string> words = arguments.operands;
  if (!words.empty() && words.front() == "set") return set_values(context, words.subspan(1));
  for (const std::string& word : words)
    if (is_assignment(word))
      return misused(fmt::format("to set it, write `seedctl session set {}`.", word));
  return get_values(context, words);
}

}  // namespace

const Command session_command{
    "session",
    "[NAME...] | set NAME=VALUE...",
    0,
    any_number,
    Completes::session_settings,
    "Show or set the daemon's settings.",
    "Without names all are shown; of a single one only the value. Units are for terminals: in a "
    "pipe there are none. What is set stays set when the daemon starts again.",
    {},
    &run_session};

}  // namespace seed::ctl

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "ctl/commands/commands.h"
#include "ctl/setting_values.h"

namespace seed::ctl {

namespace {

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
    if (answer.is_object() && answer.contains(names[i].get_ref<const std::string&>())) continue;
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
    const std::string name = names.front().get<std::string>();
    const std::string value = shown(name, member(answer, name));
    if (look.terminal)
      context.say(value);
    else
      context.terminal.out << value << '\n';
    return {};
  }
  Table table;
  table.column("SETTING").column("VALUE");
  if (answer.is_object())
    for (const auto& [name, value] : answer.items()) table.row({name, shown(name, value)});
  look.columns = 0;  // a value that is cut is worth nothing
  context.terminal.out << table.render(look);
  return {};
}

Outcome<void> run_session(Context& context, const Arguments& arguments) {
  const std::span<const std::string> words = arguments.operands;
  if (!words.empty() && words.front() == "set")
    return set_settings(context, "session", words.subspan(1));
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
    "Show or set the daemon's settings, and show facts about it.",
    "Without names all are shown; of a single one only the value. Units are for terminals: in a "
    "pipe there are none. What is set stays set when the daemon starts again; `seedctl settings` "
    "says who has set what, and takes it back.",
    {},
    &run_session};

}  // namespace seed::ctl

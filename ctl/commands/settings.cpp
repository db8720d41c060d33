// settings: all of the daemon's settings with who has said each, and taking back what was set here.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ostream>

#include "ctl/commands/commands.h"
#include "ctl/setting_values.h"

namespace seed::ctl {

namespace {

constexpr std::array flags = {
    Flag{"o", "origin", "",
         "Show who has said it: the initial value, file, environment, saved (by session_set) or "
         "command line; and what it is when nobody does."},
    Flag{"", "changed", "", "Only those that somebody has said something about."},
};

/// As settings_get calls them; others are left to the daemon to refuse.
Json keys_of(const Context& context, std::span<const std::string> words) {
  Json out = Json::array();
  for (const std::string& word : words) {
    const Option* option = find_option(context.schema.settings, word);
    out.push_back(option != nullptr ? option->key : word);
  }
  return out;
}

std::string origin_text(const Json& setting) {
  std::string out = text(setting, "origin");
  std::ranges::replace(out, '_', ' ');
  return out;
}

Style style_of(const std::string& origin) {
  if (origin == "initial") return Style::dim;
  return origin == "saved" ? Style::busy : Style::plain;
}

Cell value_cell(const Context& context, const Json& setting, const char* which) {
  const Json& value = member(setting, which);
  if (value.is_null()) return {"(not shown)", Style::dim};
  // In a pipe scripts read it: nothing but the value.
  if (!context.look().terminal) return value_text(value);
  return measured(find_option(context.schema.settings, text(setting, "name")), value,
                  context.look());
}

std::string render(const Context& context, const Json& settings, bool origins) {
  Table table;
  table.column("SETTING").column("VALUE");
  if (origins) table.column("ORIGIN").column("DEFAULT");
  for (const Json& setting : settings) {
    const std::string origin = origin_text(setting);
    table.row({text(setting, "name"), value_cell(context, setting, "value"),
               Cell(origin, style_of(origin)), value_cell(context, setting, "default")});
  }
  Look look = context.look();
  look.columns = 0;  // a value that is cut is worth nothing
  return table.render(look);
}

/// The one value that was asked for. A script gets it as it is, be there line ends in it.
void show_value(const Context& context, const Json& setting) {
  const Json& value = member(setting, "value");
  if (context.look().terminal || value.is_null())
    context.say(value_cell(context, setting, "value").text);
  else
    context.terminal.out << value_text(value) << '\n';
}

Outcome<void> show(Context& context, std::span<const std::string> words,
                   const Arguments& arguments) {
  const Json names = keys_of(context, words);
  const Json params = names.empty() ? Json::object() : Json{{"names", names}};
  SEED_TRY(Json answer, context.daemon.call("settings_get", params));
  if (arguments.has("changed")) {
    Json kept = Json::array();
    for (const Json& setting : list(answer, "settings"))
      if (text(setting, "origin") != "initial") kept.push_back(setting);
    answer = {{"settings", std::move(kept)}};
  }
  const Json& settings = list(answer, "settings");
  if (context.json)
    context.print(answer);
  else if (words.size() == 1 && settings.size() == 1 && !arguments.has("origin"))
    show_value(context, settings.front());
  else
    context.terminal.out << render(context, settings, arguments.has("origin"));
  return {};
}

/// The settings that session_set has said something about.
Outcome<Json> saved_names(Context& context) {
  SEED_TRY(const Json answer, context.daemon.call("settings_get", Json::object()));
  Json out = Json::array();
  for (const Json& setting : list(answer, "settings"))
    if (text(setting, "origin") == "saved") out.push_back(text(setting, "name"));
  return out;
}

Outcome<void> reset(Context& context, std::span<const std::string> words) {
  if (words.empty())
    return misused("settings reset: which? Write their names, or all. See `seedctl settings -o`.");
  Json names = keys_of(context, words);
  if (words.size() == 1 && words.front() == "all") {
    SEED_TRY(names, saved_names(context));
    if (names.empty()) {
      if (context.json) context.print({{"settings", Json::array()}});
      context.say("Nothing was set.");
      return {};
    }
  }
  SEED_TRY(const Json answer, context.daemon.call("settings_reset", {{"names", names}}));
  if (context.json) context.print(answer);
  for (const Json& setting : list(answer, "settings"))
    context.say(fmt::format("{} = {} ({})", text(setting, "name"),
                            value_cell(context, setting, "value").text, origin_text(setting)));
  return {};
}

Outcome<void> run_settings(Context& context, const Arguments& arguments) {
  const std::span<const std::string> words = arguments.operands;
  if (!words.empty() && words.front() == "set")
    return set_settings(context, "settings", words.subspan(1));
  if (!words.empty() && words.front() == "reset") return reset(context, words.subspan(1));
  for (const std::string& word : words)
    if (is_assignment(word))
      return misused(fmt::format("to set it, write `seedctl settings set {}`.", word));
  return show(context, words, arguments);
}

}  // namespace

const Command settings_command{
    "settings",
    "[NAME...] | set NAME=VALUE... | reset NAME...|all",
    0,
    any_number,
    Completes::settings,
    "Show the settings and who has said each, set them, and take that back.",
    "Without names all are shown; of a single one only the value. What is set here is saved, and "
    "goes over the daemon's environment and file; reset takes it back, so that what those say "
    "holds "
    "again at once. A value that is read by nobody over the network is not shown.",
    flags,
    &run_settings};

}  // namespace seed::ctl

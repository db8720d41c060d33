#include "ctl/arguments.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <deque>

namespace seed::ctl {

namespace {

/// CLI11 reads "[a,b]" as a list of two, but names of torrents look like that. A control character
/// in front keeps it away; it is taken off again.
constexpr char guard = '\x01';

std::string guarded(const std::string& word) { return word.starts_with('[') ? guard + word : word; }

std::string unguarded(std::string word) {
  const std::size_t at = word.find(guard);
  if (at != std::string::npos) word.erase(at, 1);
  return word;
}

/// Where CLI11 puts what it read for one command.
struct Slot {
  const Command* command;
  CLI::App* app;
  std::deque<std::vector<std::string>> values;  // stays in place while it grows
  std::vector<CLI::Option*> options;
  std::vector<std::string> operands;
};

std::string spelling(const Flag& flag) {
  return flag.letter.empty() ? fmt::format("--{}", flag.name)
                             : fmt::format("-{},--{}", flag.letter, flag.name);
}

void declare(Slot& slot, const Flag& flag) {
  CLI::Option* option = nullptr;
  if (flag.value.empty()) {
    option = slot.app->add_flag(spelling(flag));
  } else {
    option = slot.app->add_option(spelling(flag), slot.values.emplace_back());
    option->allow_extra_args(false)->expected(1)->multi_option_policy(
        CLI::MultiOptionPolicy::TakeAll);
  }
  slot.options.push_back(option);
}

void collect(const Slot& slot, std::span<const Flag> flags, std::size_t from, Arguments& out) {
  for (std::size_t i = 0; i < flags.size(); ++i) {
    const CLI::Option* option = slot.options[from + i];
    if (option->count() == 0) continue;
    auto& values = out.flags[std::string(flags[i].name)];
    if (flags[i].value.empty()) continue;
    for (const std::string& value : option->results()) values.push_back(unguarded(value));
  }
}

Outcome<void> check_operands(const Command& command, std::size_t count) {
  if (count >= command.operands_min && count <= command.operands_max) return {};
  const std::string usage = fmt::format("Usage: seedctl {} {}", command.name, command.operands);
  return misused(fmt::format("{}: {} words. {}", command.name,
                             count < command.operands_min ? "too few" : "too many", usage));
}

Outcome<void> check_repeats(const Command& command, const Arguments& arguments) {
  for (const auto& flags : {command.flags, common_flags()})
    for (const Flag& flag : flags)
      if (!flag.repeats && arguments.values(flag.name).size() > 1)
        return misused(fmt::format("--{} can be given once.", flag.name));
  return {};
}

std::string unknown_command(const std::string& word) {
  std::vector<std::string> names;
  for (const Command* command : all_commands()) names.emplace_back(command->name);
  return fmt::format("there is no command {}{} See seedctl --help.", word, suggestion(names, word));
}

/// "--host" of "--host=nas".
std::string flag_of(const std::string& word) { return word.substr(0, word.find('=')); }

bool is_common(const std::string& flag) {
  return flag == "--version" || std::ranges::any_of(common_flags(), [&](const Flag& each) {
           return flag == fmt::format("--{}", each.name) ||
                  (!each.letter.empty() && flag == fmt::format("-{}", each.letter));
         });
}

/// What stands before the command.
struct Front {
  std::string operand;  ///< the first word that is no flag and no value of one
  std::string unknown;  ///< a flag before it that is not of all commands; then the word is a guess
};

Front front_of(const std::vector<std::string>& words) {
  Front out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (!words[i].starts_with('-')) {
      out.operand = words[i];
      break;
    }
    if (out.unknown.empty() && !is_common(flag_of(words[i]))) out.unknown = flag_of(words[i]);
    const auto takes = std::ranges::find_if(common_flags(), [&](const Flag& flag) {
      return !flag.value.empty() && words[i] == fmt::format("--{}", flag.name);
    });
    if (takes != common_flags().end()) ++i;
  }
  return out;
}

std::string unknown_flag(const std::string& flag) {
  std::vector<std::string> names;
  for (const Flag& each : common_flags()) names.push_back(fmt::format("--{}", each.name));
  return fmt::format(
      "{} is no option of all commands{} One of a command stands behind it. See seedctl --help.",
      flag, suggestion(names, flag));
}

/// "--sort -ratio" as "--sort=-ratio": CLI11 takes what begins with a hyphen for an option. Two
/// hyphens are one.
std::vector<std::string> with_values(const std::vector<std::string>& words,
                                     const Command* command) {
  const auto takes_value = [&](const std::string& word) {
    const auto fits = [&](const Flag& flag) {
      return !flag.value.empty() && word == fmt::format("--{}", flag.name);
    };
    return std::ranges::any_of(common_flags(), fits) ||
           (command != nullptr && std::ranges::any_of(command->flags, fits));
  };
  std::vector<std::string> out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool joins = i + 1 < words.size() && words[i + 1].size() > 1 &&
                       words[i + 1].starts_with('-') && !words[i + 1].starts_with("--") &&
                       takes_value(words[i]);
    out.push_back(joins ? fmt::format("{}={}", words[i], words[i + 1]) : words[i]);
    if (joins) ++i;
  }
  return out;
}

}  // namespace

Outcome<CommandLine> parse_command_line(const std::vector<std::string>& words) {
  const auto [name, stray] = front_of(words);
  if (!name.empty() && find_command(name) == nullptr)
    return misused(stray.empty() ? unknown_command(name) : unknown_flag(stray));
  CLI::App app("seedctl", "seedctl");
  app.set_help_flag();
  Slot general{nullptr, &app, {}, {}, {}};
  for (const Flag& flag : common_flags()) declare(general, flag);
  CLI::Option* version = app.add_flag("--version");
  std::deque<Slot> slots;
  app.require_subcommand(0, 1);
  for (const Command* command : all_commands()) {
    if (command->name != name) continue;
    CLI::App* sub = app.add_subcommand(std::string(command->name));
    sub->set_help_flag();
    sub->fallthrough();
    Slot& slot = slots.emplace_back(Slot{command, sub, {}, {}, {}});
    for (const Flag& flag : command->flags) declare(slot, flag);
    sub->add_option("operands", slot.operands);
  }
  try {
    std::vector<std::string> reversed;
    for (const std::string& word : with_values(words, find_command(name)))
      reversed.push_back(guarded(word));
    std::ranges::reverse(reversed);  // as CLI11 wants them
    app.parse(std::move(reversed));
  } catch (const CLI::ParseError& error) {
    return misused(fmt::format("{}. See seedctl {}{}--help.", unguarded(error.what()), name,
                               name.empty() ? "" : " "));
  }
  CommandLine out;
  out.version = version->count() > 0;
  collect(general, common_flags(), 0, out.arguments);
  out.help = out.arguments.has("help");
  if (slots.empty()) return out;
  const Slot& slot = slots.front();
  out.command = slot.command;
  collect(slot, slot.command->flags, 0, out.arguments);
  for (const std::string& word : slot.operands) out.arguments.operands.push_back(unguarded(word));
  if (out.help) return out;
  SEED_TRY_VOID(check_operands(*slot.command, out.arguments.operands.size()));
  SEED_TRY_VOID(check_repeats(*slot.command, out.arguments));
  return out;
}

}  // namespace seed::ctl

#include "ctl/completion_parts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "ctl/columns.h"
#include "ctl/status.h"
#include "ctl/words.h"

namespace seed::ctl {

namespace {

constexpr std::array<std::string_view, 9> passed = {"host",          "user",   "password",
                                                    "password-file", "token",  "token-file",
                                                    "cacert",        "config", "insecure"};

Words column_words() {
  Words out;
  for (const ColumnRow& row : all_columns()) out.emplace_back(row.name);
  return out;
}

Words scope_words(const Schema& schema) {
  std::set<std::string> out;
  for (const MethodRow& method : schema.methods) out.insert(method.scope);
  return {out.begin(), out.end()};
}

Words event_words(const Schema& schema) {
  Words out;
  for (const EventRow& event : schema.events) out.push_back(event.name);
  return out;
}

/// Words such as top|up|down|bottom are written out in the usage line.
Words usage_words(const Command& command) {
  Words out;
  const std::string_view first = command.operands.substr(0, command.operands.find(' '));
  if (first.find('|') == std::string_view::npos) return out;
  for (std::string_view word : split(first, '|')) {
    while (word.starts_with('[')) word.remove_prefix(1);
    while (word.ends_with(']')) word.remove_suffix(1);
    out.emplace_back(word);
  }
  return out;
}

const std::vector<Option>* options_of(const Command& command, const Schema& schema) {
  if (command.completes == Completes::torrent_options) return &schema.torrent;
  if (command.completes == Completes::session_settings) return &schema.session;
  if (command.completes == Completes::settings) return &schema.settings;
  return nullptr;
}

bool is_passed(const Flag& flag) { return std::ranges::find(passed, flag.name) != passed.end(); }

}  // namespace

Words command_names() {
  Words out;
  for (const Command* command : all_commands()) out.emplace_back(command->name);
  return out;
}

Words spellings(const Flag& flag) {
  Words out = {fmt::format("--{}", flag.name)};
  if (!flag.letter.empty()) out.push_back(fmt::format("-{}", flag.letter));
  return out;
}

Words flag_words(std::span<const Flag> flags) {
  Words out;
  for (const Flag& flag : flags)
    for (std::string& word : spellings(flag)) out.push_back(std::move(word));
  return out;
}

Words operand_words(const Command& command, const Schema& schema) {
  Words out;
  if (command.completes == Completes::commands) return command_names();
  if (command.completes == Completes::methods)
    for (const MethodRow& method : schema.methods) out.push_back(method.name);
  if (command.completes == Completes::session_settings || command.completes == Completes::settings)
    out.emplace_back("set");
  if (command.completes == Completes::settings) out.emplace_back("reset");
  if (const auto* options = options_of(command, schema)) {
    for (const Option& option : *options) {
      // What is shown by its bare name too.
      if (command.completes != Completes::torrent_options) out.push_back(option.name);
      if (option.writable) out.push_back(option.name + "=");
    }
  }
  for (std::string& word : usage_words(command)) out.push_back(std::move(word));
  if (takes_torrents(command)) out.emplace_back("all");
  return out;
}

Words value_words(const Flag& flag, const Schema& schema) {
  if (flag.name == "state") return {state_names().begin(), state_names().end()};
  if (flag.name == "columns" || flag.name == "sort") return column_words();
  if (flag.name == "fields") return schema.torrent_fields;
  if (flag.name == "scope") return scope_words(schema);
  if (flag.name == "type") return event_words(schema);
  if (flag.name == "color") return {"auto", "always", "never"};
  return {};
}

bool names_file(const Flag& flag) { return flag.value == "FILE"; }

bool takes_list(const Flag& flag) {
  static constexpr std::array<std::string_view, 6> lists = {"host",   "columns", "sort",
                                                            "fields", "scope",   "type"};
  return std::ranges::find(lists, flag.name) != lists.end();
}

Words passed_flags(bool with_value) {
  Words out;
  for (const Flag& flag : common_flags())
    if (is_passed(flag) && flag.value.empty() != with_value)
      for (std::string& word : spellings(flag)) out.push_back(std::move(word));
  return out;
}

Words other_valued_flags() {
  Words out;
  for (const Flag& flag : common_flags())
    if (!is_passed(flag) && !flag.value.empty())
      for (std::string& word : spellings(flag)) out.push_back(std::move(word));
  return out;
}

std::vector<OptionValues> option_values(const Command& command, const Schema& schema) {
  std::vector<OptionValues> out;
  const auto* options = options_of(command, schema);
  if (options == nullptr) return out;
  std::map<Words, Words> names;
  for (const Option& option : *options) {
    const bool is_switch = option.type == ValueType::boolean;
    if (!option.writable || (!is_switch && option.choices.empty())) continue;
    names[is_switch ? Words{"true", "false"} : option.choices].push_back(option.name);
  }
  for (auto& [values, those] : names) out.push_back({std::move(those), values});
  return out;
}

std::string joined(const Words& words, std::string_view between) {
  return fmt::format("{}", fmt::join(words, between));
}

std::string filled(std::string text,
                   std::initializer_list<std::pair<std::string_view, std::string>> parts) {
  for (const auto& [name, part] : parts) {
    const std::string mark = fmt::format("@{}@", name);
    for (std::size_t at = text.find(mark); at != std::string::npos;
         at = text.find(mark, at + part.size()))
      text.replace(at, mark.size(), part);
  }
  return text;
}

}  // namespace seed::ctl

#include "ctl/completion.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <vector>

#include "ctl/columns.h"
#include "ctl/status.h"
#include "ctl/words.h"

namespace seed::ctl {

namespace {

using Words = std::vector<std::string>;

/// What the shells ask seedctl itself for, and how long they wait for it.
constexpr std::string_view ask_torrents = "seedctl --timeout 2 list --format";
constexpr std::string_view ask_hosts = "seedctl hosts --no-header 2>/dev/null | cut -d\" \" -f1";

Words command_names() {
  Words out;
  for (const Command* command : all_commands()) out.emplace_back(command->name);
  return out;
}

Words flag_words(std::span<const Flag> flags) {
  Words out;
  for (const Flag& flag : flags) {
    out.push_back(fmt::format("--{}", flag.name));
    if (!flag.letter.empty()) out.push_back(fmt::format("-{}", flag.letter));
  }
  return out;
}

bool takes_torrents(const Command& command) {
  return command.operands.find("TORRENT") != std::string_view::npos;
}

/// What the operands of a command may be, as far as it is known without asking the daemon.
Words operand_words(const Command& command, const Schema& schema) {
  Words out;
  if (command.completes == Completes::commands) return command_names();
  if (command.completes == Completes::methods)
    for (const MethodRow& method : schema.methods) out.push_back(method.name);
  if (command.completes == Completes::torrent_options)
    for (const Option& option : schema.torrent) out.push_back(option.name + "=");
  const bool all_settings = command.completes == Completes::settings;
  if (all_settings || command.completes == Completes::session_settings) {
    out.emplace_back("set");
    if (all_settings) out.emplace_back("reset");
    for (const Option& option : all_settings ? schema.settings : schema.session) {
      out.push_back(option.name);
      if (option.writable) out.push_back(option.name + "=");
    }
  }
  // Words such as top|up|down|bottom are written out in the usage line.
  const std::string_view first = command.operands.substr(0, command.operands.find(' '));
  if (first.find('|') != std::string_view::npos)
    for (std::string_view word : split(first, '|')) {
      while (word.starts_with('[')) word.remove_prefix(1);
      while (word.ends_with(']')) word.remove_suffix(1);
      out.emplace_back(word);
    }
  if (takes_torrents(command)) out.emplace_back("all");
  return out;
}

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

/// What may follow a flag, where that is a few words.
Words value_words(const Flag& flag, const Schema& schema) {
  if (flag.name == "state") return {state_names().begin(), state_names().end()};
  if (flag.name == "columns" || flag.name == "sort") return column_words();
  if (flag.name == "fields") return schema.torrent_fields;
  if (flag.name == "scope") return scope_words(schema);
  if (flag.name == "color") return {"auto", "always", "never"};
  return {};
}

bool names_file(const Flag& flag) { return flag.value == "FILE"; }

std::string joined(const Words& words) { return fmt::format("{}", fmt::join(words, " ")); }

/// All flags, those of all commands first; those of one name have one meaning.
std::vector<Flag> all_flags() {
  std::vector<Flag> out(common_flags().begin(), common_flags().end());
  for (const Command* command : all_commands())
    for (const Flag& flag : command->flags)
      if (std::ranges::find(out, flag.name, &Flag::name) == out.end()) out.push_back(flag);
  return out;
}

// --- bash ----------------------------------------------------------------------------------------

std::string bash_cases(const Schema& schema) {
  std::string out;
  for (const Command* command : all_commands()) {
    Words words = flag_words(command->flags);
    for (std::string& word : operand_words(*command, schema)) words.push_back(std::move(word));
    out += fmt::format("    {}) words=\"{}\" ;;\n", command->name, joined(words));
  }
  return out;
}

template <typename Which>
std::string commands_that(Which&& which) {
  Words out;
  for (const Command* command : all_commands())
    if (which(*command)) out.emplace_back(command->name);
  return fmt::format("{}", fmt::join(out, "|"));
}

std::string bash_values(const Schema& schema) {
  std::string out;
  for (const Flag& flag : all_flags()) {
    if (flag.value.empty()) continue;
    const std::string spelt = flag.letter.empty() ? fmt::format("--{}", flag.name)
                                                  : fmt::format("--{}|-{}", flag.name, flag.letter);
    const Words words = value_words(flag, schema);
    std::string from = "";
    if (names_file(flag)) from = "-f";
    if (!words.empty()) from = fmt::format("-W \"{}\"", joined(words));
    if (flag.name == "host") from = fmt::format("-W \"$({})\"", ask_hosts);
    if (from.empty())
      out += fmt::format("    {}) return ;;\n", spelt);
    else
      out += fmt::format("    {}) COMPREPLY=($(compgen {} -- \"$current\")); return ;;\n", spelt,
                         from);
  }
  return out;
}

std::string bash_script(const Schema& schema) {
  return fmt::format(
      "# Completions of seedctl for bash.\n"
      "_seedctl() {{\n"
      "  local current=\"${{COMP_WORDS[COMP_CWORD]}}\" before=\"${{COMP_WORDS[COMP_CWORD-1]}}\"\n"
      "  local command=\"\" words=\"\" i\n"
      "  COMPREPLY=()\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    case \" {names} \" in *\" ${{COMP_WORDS[i]}} \"*) command=\"${{COMP_WORDS[i]}}\"; break "
      ";; esac\n"
      "  done\n"
      "  case \"$before\" in\n{values}  esac\n"
      "  case \"$command\" in\n"
      "    \"\") words=\"{names}\" ;;\n{cases}"
      "  esac\n"
      "  case \"$command\" in\n"
      "    {torrents}) [[ $current == [0-9]* || -z $current ]] &&\n"
      "      words+=\" $({ask} '{{id}}' 2>/dev/null)\" ;;\n"
      "  esac\n"
      "  COMPREPLY=($(compgen -W \"$words {common}\" -- \"$current\"))\n"
      "  case \"$command\" in\n"
      "    {files}) COMPREPLY+=($(compgen -f -- \"$current\")) ;;\n"
      "  esac\n"
      "  [[ ${{#COMPREPLY[@]}} == 1 && ${{COMPREPLY[0]}} == *= ]] && compopt -o nospace\n"
      "  return 0\n"
      "}}\n"
      "complete -o filenames -F _seedctl seedctl\n",
      fmt::arg("names", joined(command_names())), fmt::arg("values", bash_values(schema)),
      fmt::arg("cases", bash_cases(schema)), fmt::arg("ask", ask_torrents),
      fmt::arg("common", joined(flag_words(common_flags()))),
      fmt::arg("torrents", commands_that(takes_torrents)),
      fmt::arg("files", commands_that([](const Command& command) {
                 return command.completes == Completes::files;
               })));
}

// --- zsh -----------------------------------------------------------------------------------------

/// Text inside of single quotes, with a backslash before what _arguments and _describe take for
/// their own.
std::string zsh_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
      continue;
    }
    if (c == ':' || c == '[' || c == ']' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string zsh_action(const Flag& flag, const Schema& schema) {
  if (flag.name == "host") return "_seedctl_hosts";
  if (names_file(flag)) return "_files";
  const Words words = value_words(flag, schema);
  return words.empty() ? " " : fmt::format("({})", joined(words));
}

/// '*--state[Only ...]:STATE:(active ...)' for _arguments.
std::string zsh_flag(const Flag& flag, const Schema& schema) {
  std::string out;
  const auto add = [&](const std::string& spelt) {
    out += fmt::format(" \\\n      '*{}[{}]", spelt, zsh_text(flag.doc));
    if (!flag.value.empty())
      out += fmt::format(":{}:{}", zsh_text(flag.value), zsh_action(flag, schema));
    out += "'";
  };
  add(fmt::format("--{}", flag.name));
  if (!flag.letter.empty()) add(fmt::format("-{}", flag.letter));
  return out;
}

std::string zsh_operands(const Command& command, const Schema& schema) {
  const Words words = operand_words(command, schema);
  const std::string known = words.empty() ? std::string() : joined(words);
  if (command.completes == Completes::files) return " '*: :_files'";
  if (takes_torrents(command)) return fmt::format(" '*: :_seedctl_torrents {}'", known);
  return known.empty() ? std::string() : fmt::format(" '*: :({})'", known);
}

std::string zsh_script(const Schema& schema) {
  std::string described;
  std::string cases;
  std::string common;
  for (const Flag& flag : common_flags()) common += zsh_flag(flag, schema);
  for (const Command* command : all_commands()) {
    described += fmt::format("    '{}:{}'\n", command->name, zsh_text(command->summary));
    std::string flags;
    for (const Flag& flag : command->flags) flags += zsh_flag(flag, schema);
    cases += fmt::format("    {}) _arguments -S{}{}{} ;;\n", command->name, flags, common,
                         zsh_operands(*command, schema));
  }
  return fmt::format(
      "#compdef seedctl\n"
      "# Completions of seedctl for zsh.\n"
      "_seedctl_torrents() {{\n"
      "  local -a found\n"
      "  found=(${{(f)\"$({ask} '{{id}}:{{name}}' 2>/dev/null)\"}})\n"
      "  _describe torrent found\n"
      "  (( $# )) && compadd -S '' -- \"$@\"\n"
      "}}\n"
      "_seedctl_hosts() {{\n"
      "  local -a found\n"
      "  found=(${{(f)\"$({hosts})\"}})\n"
      "  _describe host found\n"
      "}}\n"
      "_seedctl() {{\n"
      "  local context state state_descr line\n"
      "  typeset -A opt_args\n"
      "  local -a commands\n"
      "  commands=(\n{described}  )\n"
      "  _arguments -C -S{common} \\\n      '1: :->command' '*:: :->words'\n"
      "  if [[ $state == command ]]; then\n"
      "    _describe command commands\n"
      "    return\n"
      "  fi\n"
      "  [[ $state == words ]] || return\n"
      "  case $words[1] in\n{cases}  esac\n"
      "}}\n"
      "compdef _seedctl seedctl 2>/dev/null\n"
      "[[ $zsh_eval_context[-1] == loadautofunc ]] && _seedctl \"$@\"\n"
      "return 0\n",
      fmt::arg("ask", ask_torrents), fmt::arg("hosts", ask_hosts), fmt::arg("described", described),
      fmt::arg("common", common), fmt::arg("cases", cases));
}

// --- fish ----------------------------------------------------------------------------------------

std::string fish_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

std::string fish_flag(const Flag& flag, std::string_view condition, const Schema& schema) {
  std::string out = fmt::format("complete -c seedctl{}", condition);
  if (!flag.letter.empty()) out += fmt::format(" -s {}", flag.letter);
  out += fmt::format(" -l {}", flag.name);
  if (names_file(flag))
    out += " -r -F";
  else if (!flag.value.empty())
    out += " -x";
  const Words words = value_words(flag, schema);
  if (!words.empty()) out += fmt::format(" -a {}", fish_quoted(joined(words)));
  if (flag.name == "host")
    out += fmt::format(" -a {}", fish_quoted(fmt::format("({})", ask_hosts)));
  return out + fmt::format(" -d {}\n", fish_quoted(flag.doc));
}

std::string fish_script(const Schema& schema) {
  std::string out = "# Completions of seedctl for fish.\ncomplete -c seedctl -f\n";
  for (const Flag& flag : common_flags()) out += fish_flag(flag, "", schema);
  for (const Command* command : all_commands()) {
    out += fmt::format("complete -c seedctl -n __fish_use_subcommand -a {} -d {}\n", command->name,
                       fish_quoted(command->summary));
    const std::string seen = fmt::format(" -n '__fish_seen_subcommand_from {}'", command->name);
    for (const Flag& flag : command->flags) out += fish_flag(flag, seen, schema);
    const Words words = operand_words(*command, schema);
    if (!words.empty())
      out += fmt::format("complete -c seedctl{} -a {}\n", seen, fish_quoted(joined(words)));
    if (takes_torrents(*command))
      out += fmt::format(
          "complete -c seedctl{} -a {}\n", seen,
          fish_quoted(fmt::format("({} '{{id}}\\t{{name}}' 2>/dev/null)", ask_torrents)));
    if (command->completes == Completes::files)
      out += fmt::format("complete -c seedctl{} -F\n", seen);
  }
  return out;
}

}  // namespace

std::optional<std::string> completion_script(std::string_view shell, const Schema& schema) {
  if (shell == "bash") return bash_script(schema);
  if (shell == "zsh") return zsh_script(schema);
  if (shell == "fish") return fish_script(schema);
  return std::nullopt;
}

}  // namespace seed::ctl

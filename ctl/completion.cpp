#include "ctl/completion.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

#include "ctl/columns.h"
#include "ctl/status.h"

namespace seed::ctl {

namespace {

std::vector<std::string> command_names() {
  std::vector<std::string> out;
  for (const Command* command : all_commands()) out.emplace_back(command->name);
  return out;
}

std::vector<std::string> flag_words(std::span<const Flag> flags) {
  std::vector<std::string> out;
  for (const Flag& flag : flags) {
    out.push_back(fmt::format("--{}", flag.name));
    if (!flag.letter.empty()) out.push_back(fmt::format("-{}", flag.letter));
  }
  return out;
}

/// What the operands of a command may be, as far as it is known without asking the daemon.
std::vector<std::string> operand_words(const Command& command, const Schema& schema) {
  std::vector<std::string> out;
  if (command.completes == Completes::commands) return command_names();
  if (command.completes == Completes::torrent_options)
    for (const Option& option : schema.torrent) out.push_back(option.name + "=");
  if (command.completes == Completes::session_settings) {
    out.push_back("set");
    for (const Option& option : schema.session) {
      out.push_back(option.name);
      if (option.writable) out.push_back(option.name + "=");
    }
  }
  // Words such as top|up|down|bottom are written out in the usage line.
  const std::string_view first = command.operands.substr(0, command.operands.find(' '));
  if (first.find('|') != std::string_view::npos) {
    for (std::size_t at = 0; at <= first.size();) {
      const std::size_t end = std::min(first.find('|', at), first.size());
      out.emplace_back(first.substr(at, end - at));
      at = end + 1;
    }
  }
  if (command.operands.find("TORRENT") != std::string_view::npos) out.push_back("all");
  return out;
}

std::vector<std::string> state_words() { return {state_names().begin(), state_names().end()}; }

std::vector<std::string> column_words() {
  std::vector<std::string> out;
  for (const ColumnRow& row : all_columns()) out.emplace_back(row.name);
  return out;
}

std::string joined(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, " "));
}

/// The case that all of bash's and zsh's commands have: name) words="..." ;;
std::string cases(const Schema& schema) {
  std::string out;
  for (const Command* command : all_commands()) {
    std::vector<std::string> words = flag_words(command->flags);
    for (std::string& word : operand_words(*command, schema)) words.push_back(std::move(word));
    out += fmt::format("    {}) words=\"{}\" ;;\n", command->name, joined(words));
  }
  return out;
}

std::string commands_with_files() {
  std::vector<std::string> out;
  for (const Command* command : all_commands())
    if (command->completes == Completes::files) out.emplace_back(command->name);
  return fmt::format("{}", fmt::join(out, "|"));
}

std::string values_of_flags() {
  return fmt::format(
      "    --state|-s) COMPREPLY=($(compgen -W \"{}\" -- \"$current\")); return ;;\n"
      "    --columns|-c|--sort) COMPREPLY=($(compgen -W \"{}\" -- \"$current\")); return ;;\n",
      joined(state_words()), joined(column_words()));
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
      "  COMPREPLY=($(compgen -W \"$words {common}\" -- \"$current\"))\n"
      "  case \"$command\" in\n"
      "    {files}) COMPREPLY+=($(compgen -f -- \"$current\")) ;;\n"
      "  esac\n"
      "  [[ ${{#COMPREPLY[@]}} == 1 && ${{COMPREPLY[0]}} == *= ]] && compopt -o nospace\n"
      "}}\n"
      "complete -o filenames -F _seedctl seedctl\n",
      fmt::arg("names", joined(command_names())), fmt::arg("values", values_of_flags()),
      fmt::arg("cases", cases(schema)), fmt::arg("common", joined(flag_words(common_flags()))),
      fmt::arg("files", commands_with_files()));
}

std::string zsh_script(const Schema& schema) {
  // zsh runs bash's functions; its own front sets them up.
  return "#compdef seedctl\nautoload -U +X bashcompinit && bashcompinit\n" + bash_script(schema);
}

std::string fish_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

std::string fish_flag(const Flag& flag, std::string_view condition) {
  std::string out = fmt::format("complete -c seedctl{}", condition);
  if (!flag.letter.empty()) out += fmt::format(" -s {}", flag.letter);
  out += fmt::format(" -l {}{} -d {}\n", flag.name, flag.value.empty() ? "" : " -x",
                     fish_quoted(flag.doc));
  return out;
}

std::string fish_script(const Schema& schema) {
  std::string out = "# Completions of seedctl for fish.\ncomplete -c seedctl -f\n";
  for (const Flag& flag : common_flags()) out += fish_flag(flag, "");
  for (const Command* command : all_commands()) {
    out += fmt::format("complete -c seedctl -n __fish_use_subcommand -a {} -d {}\n", command->name,
                       fish_quoted(command->summary));
    const std::string seen = fmt::format(" -n '__fish_seen_subcommand_from {}'", command->name);
    for (const Flag& flag : command->flags) out += fish_flag(flag, seen);
    const std::vector<std::string> words = operand_words(*command, schema);
    if (!words.empty())
      out += fmt::format("complete -c seedctl{} -a {}\n", seen, fish_quoted(joined(words)));
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

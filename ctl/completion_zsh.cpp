// The completions for zsh.
#include <fmt/format.h>

#include "ctl/completion_parts.h"

namespace seed::ctl {

namespace {

// clang-format off
constexpr std::string_view script = R"script(#compdef seedctl
# Completions of seedctl for zsh.
_seedctl_ask() {
  # What says which daemon is meant, as far as it is typed; nobody is asked for a password here.
  local -a asked
  local -i i
  local word
  for ((i = 2; i < seedctl_current; i++)); do
    word=${(Q)seedctl_words[i]}
    case $word in
      @passed@)
        ((i + 1 < seedctl_current)) && asked+=($word "${${(Q)seedctl_words[i+1]}/#\~\//$HOME/}")
        ((i++)) ;;
      @passed_joined@) asked+=(${word%%=*} "${${word#*=}/#\~\//$HOME/}") ;;
      @passed_switches@) asked+=($word) ;;
      @other@) ((i++)) ;;
    esac
  done
  command seedctl $asked "$@" </dev/null 2>/dev/null
}
_seedctl_torrents() {
  local -a found
  found=(${(f)"$(_seedctl_ask --timeout 2 list --format '{id}:{name}')"})
  _describe torrent found
  _seedctl_operands "$@"
}
_seedctl_hosts() {
  local -a found
  compset -P '*,'
  found=(${(f)"$(_seedctl_ask hosts --no-header)"})
  found=(${found%% *})
  compadd -- $found
}
# Words divided by commas.
_seedctl_list() {
  compset -P '*,'
  compadd -- "$@"
}
# The words that an option of a command takes.
_seedctl_values() {
  case "$1 $2" in
@option_values@  esac
}
# A command, and its words; behind name= those that the option takes.
_seedctl_operands() {
  local command=$1
  shift
  if [[ $PREFIX == *=* ]]; then
    local name=${PREFIX%%=*}
    compset -P '*='
    compadd -- ${=$(_seedctl_values $command $name)}
    return
  fi
  compadd -S '' -- ${(M)@:#*=}
  compadd -- ${@:#*=}
}
_seedctl() {
  local context state state_descr line
  typeset -A opt_args
  local -a seedctl_words commands
  local -i seedctl_current=$CURRENT
  seedctl_words=("${words[@]}")
  commands=(
@described@  )
  _arguments -C -S@common@ \
      '1: :->command' '*:: :->words'
  if [[ $state == command ]]; then
    _describe command commands
    return
  fi
  [[ $state == words ]] || return
  case $words[1] in
@cases@  esac
}
compdef _seedctl seedctl 2>/dev/null
[[ $zsh_eval_context[-1] == loadautofunc ]] && _seedctl "$@"
return 0
)script";
// clang-format on

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

std::string action_of(const Flag& flag, const Schema& schema) {
  if (flag.name == "host") return " _seedctl_hosts";
  if (names_file(flag)) return "_files";
  const Words words = value_words(flag, schema);
  if (words.empty()) return " ";
  return takes_list(flag) ? fmt::format(" _seedctl_list {}", joined(words))
                          : fmt::format("({})", joined(words));
}

/// '*--state=[Only ...]:STATE:(active ...)' for _arguments.
std::string flag_specs(const Flag& flag, const Schema& schema) {
  std::string out;
  for (const std::string& spelt : spellings(flag)) {
    // The value may stand behind a sign or be the next word.
    const bool takes_sign = !flag.value.empty() && spelt.starts_with("--");
    out += fmt::format(" \\\n      '*{}{}[{}]", spelt, takes_sign ? "=" : "", zsh_text(flag.doc));
    if (!flag.value.empty())
      out += fmt::format(":{}:{}", zsh_text(flag.value), action_of(flag, schema));
    out += "'";
  }
  return out;
}

std::string operands_spec(const Command& command, const Schema& schema) {
  if (command.completes == Completes::files) return " '*: :_files'";
  const Words words = operand_words(command, schema);
  const std::string known = fmt::format("{} {}", command.name, joined(words));
  if (takes_torrents(command)) return fmt::format(" '*: : _seedctl_torrents {}'", known);
  return words.empty() ? std::string() : fmt::format(" '*: : _seedctl_operands {}'", known);
}

std::string option_cases(const Schema& schema) {
  std::string out;
  for (const Command* command : all_commands())
    for (const OptionValues& row : option_values(*command, schema)) {
      Words names;
      for (const std::string& name : row.names)
        names.push_back(fmt::format("\"{} {}\"", command->name, name));
      out += fmt::format("    {}) echo \"{}\" ;;\n", joined(names, "|"), joined(row.values));
    }
  return out;
}

std::string joined_patterns(const Words& flags) {
  Words out;
  for (const std::string& flag : flags) out.push_back(flag + "=*");
  return joined(out, "|");
}

}  // namespace

std::string zsh_completion(const Schema& schema) {
  std::string described;
  std::string cases;
  std::string common;
  for (const Flag& flag : common_flags()) common += flag_specs(flag, schema);
  for (const Command* command : all_commands()) {
    described += fmt::format("    '{}:{}'\n", command->name, zsh_text(command->summary));
    std::string flags;
    for (const Flag& flag : command->flags) flags += flag_specs(flag, schema);
    cases += fmt::format("    {}) _arguments -S{}{}{} ;;\n", command->name, flags, common,
                         operands_spec(*command, schema));
  }
  return filled(std::string(script), {{"passed", joined(passed_flags(true), "|")},
                                      {"passed_joined", joined_patterns(passed_flags(true))},
                                      {"passed_switches", joined(passed_flags(false), "|")},
                                      {"other", joined(other_valued_flags(), "|")},
                                      {"option_values", option_cases(schema)},
                                      {"described", described},
                                      {"common", common},
                                      {"cases", cases}});
}

}  // namespace seed::ctl

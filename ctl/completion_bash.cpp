// The completions for bash, from 4.0 on.
#include <fmt/format.h>

#include "ctl/completion_parts.h"

namespace seed::ctl {

namespace {

// clang-format off
constexpr std::string_view script = R"script(# Completions of seedctl for bash.
_seedctl_ask() {
  # A daemon that wants a password is not answered: nobody is asked here.
  command seedctl ${asked[@]+"${asked[@]}"} "$@" </dev/null 2>/dev/null
}

# Those of the lines read that begin with what is typed, with what stands before them.
_seedctl_fit() {
  local line
  while IFS= read -r line; do
    [[ $line == "$value"* ]] && COMPREPLY+=("$lead$line")
  done
}

_seedctl_choose() {
  local word
  for word in $1; do
    [[ $word == "$value"* ]] && COMPREPLY+=("$lead$word")
  done
}

# Of a list the last one; what stands before it stays.
_seedctl_list() {
  lead+="${value%"${value##*,}"}" value="${value##*,}"
}

_seedctl_files() {
  compopt -o filenames 2>/dev/null
  _seedctl_fit < <(compgen -f -- "$value")
}

# The words that an option of a command takes.
_seedctl_values() {
  case "$1 $2" in
@option_values@  esac
}

# What follows a flag; false when nothing does.
_seedctl_follows() {
  case "$command $flag" in
@values@  esac
  return 1
}

# A word of the line as the program gets it.
_seedctl_typed() {
  local word="${1//[\"\']/}"
  printf '%s' "${word/#\~\//$HOME/}"
}

# What is typed before the last word: the command, and what says which daemon is meant.
_seedctl_scan() {
  local word i
  for ((i = 1; i < last; i++)); do
    word="$(_seedctl_typed "${words[i]}")"
    case "$word" in
      @passed@)
        ((i + 1 < last)) && asked+=("$word" "$(_seedctl_typed "${words[i+1]}")")
        ((i++)) ;;
      @passed_joined@) asked+=("${word%%=*}" "$(_seedctl_typed "${word#*=}")") ;;
      @passed_switches@) asked+=("$word") ;;
      @other@) ((i++)) ;;
      -*) ;;
      *) [[ -z $command && " @names@ " == *" $word "* ]] && command="$word" ;;
    esac
  done
}

_seedctl_operands() {
  if [[ $value == *=* ]]; then
    lead="${value%%=*}=" value="${value#*=}"
    _seedctl_choose "$(_seedctl_values "$command" "${lead%=}")"
    return
  fi
  case "$command" in
    "") _seedctl_choose "@names@" ;;
@operands@  esac
  case "$command" in
    @torrents@) [[ $value == [0-9]* || -z $value ]] &&
      _seedctl_fit < <(_seedctl_ask --timeout 2 list --format '{id}') ;;
  esac
  _seedctl_choose "@common@"
  case "$command" in
    @files@) _seedctl_files ;;
  esac
}

_seedctl() {
  local -a words=() asked=()
  local word glued="" command="" flag value lead=""
  COMPREPLY=()
  # bash divides at = and : as well.
  for word in "${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
    if [[ $word =~ ^[=:]+$ && ${#words[@]} -gt 1 ]]; then
      words[${#words[@]}-1]+="$word" glued=1
    elif [[ $glued ]]; then
      words[${#words[@]}-1]+="$word" glued=""
    else
      words+=("$word")
    fi
  done
  local last=$((${#words[@]} - 1))
  _seedctl_scan
  local current="${words[last]}"
  if [[ $current == --*=* ]]; then
    flag="${current%%=*}" value="${current#*=}" lead="${current%%=*}="
    _seedctl_follows
  elif flag="${words[last-1]}" value="$current"; ! _seedctl_follows; then
    _seedctl_operands
  fi
  # It replaces only what stands behind its last division.
  local tail="${COMP_WORDS[COMP_CWORD]}"
  [[ $tail =~ ^[=:]+$ ]] && tail=""
  local front="${current%"$tail"}"
  ((${#COMPREPLY[@]})) && COMPREPLY=("${COMPREPLY[@]#"$front"}")
  [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
  return 0
}
complete -F _seedctl seedctl
)script";
// clang-format on

template <typename Which>
std::string commands_that(Which&& which) {
  Words out;
  for (const Command* command : all_commands())
    if (which(*command)) out.emplace_back(command->name);
  return joined(out, "|");
}

/// Patterns for a flag behind a command; `command` is "*" for all.
std::string patterns(std::string_view command, const Flag& flag) {
  Words out;
  for (const std::string& spelt : spellings(flag))
    out.push_back(command == "*" ? fmt::format("*\" {}\"", spelt)
                                 : fmt::format("\"{} {}\"", command, spelt));
  return joined(out, "|");
}

std::string value_case(std::string_view command, const Flag& flag, const Schema& schema) {
  if (flag.value.empty()) return {};
  std::string does;
  if (takes_list(flag)) does += "_seedctl_list; ";
  const Words words = value_words(flag, schema);
  if (flag.name == "host")
    does += "_seedctl_fit < <(_seedctl_ask hosts --no-header | cut -d' ' -f1); ";
  else if (names_file(flag))
    does += "_seedctl_files; ";
  else if (!words.empty())
    does += fmt::format("_seedctl_choose \"{}\"; ", joined(words));
  return fmt::format("    {}) {}return 0 ;;\n", patterns(command, flag), does);
}

std::string value_cases(const Schema& schema) {
  std::string out;
  for (const Flag& flag : common_flags()) out += value_case("*", flag, schema);
  // Flags of one letter mean something else behind each command.
  for (const Command* command : all_commands())
    for (const Flag& flag : command->flags) out += value_case(command->name, flag, schema);
  return out;
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

std::string operand_cases(const Schema& schema) {
  std::string out;
  for (const Command* command : all_commands()) {
    Words words = flag_words(command->flags);
    for (std::string& word : operand_words(*command, schema)) words.push_back(std::move(word));
    out += fmt::format("    {}) _seedctl_choose \"{}\" ;;\n", command->name, joined(words));
  }
  return out;
}

std::string joined_patterns(const Words& flags) {
  Words out;
  for (const std::string& flag : flags) out.push_back(flag + "=*");
  return joined(out, "|");
}

}  // namespace

std::string bash_completion(const Schema& schema) {
  return filled(std::string(script), {{"option_values", option_cases(schema)},
                                      {"values", value_cases(schema)},
                                      {"passed", joined(passed_flags(true), "|")},
                                      {"passed_joined", joined_patterns(passed_flags(true))},
                                      {"passed_switches", joined(passed_flags(false), "|")},
                                      {"other", joined(other_valued_flags(), "|")},
                                      {"names", joined(command_names())},
                                      {"operands", operand_cases(schema)},
                                      {"common", joined(flag_words(common_flags()))},
                                      {"torrents", commands_that(takes_torrents)},
                                      {"files", commands_that([](const Command& command) {
                                         return command.completes == Completes::files;
                                       })}});
}

}  // namespace seed::ctl

// The completions for fish, from 3.0 on.
#include <fmt/format.h>

#include "ctl/completion_parts.h"

namespace seed::ctl {

namespace {

// clang-format off
constexpr std::string_view script = R"script(# Completions of seedctl for fish.
# The command that is typed already, and in __seedctl_asked what says which daemon is meant.
function __seedctl_scan
    set -g __seedctl_command
    set -g __seedctl_asked
    set -l words (commandline -opc)
    set -e words[1]
    while set -q words[1]
        set -l word (string replace -r '^~/' "$HOME/" -- $words[1])
        switch $word
            case @passed@
                if set -q words[2]
                    set -a __seedctl_asked $word (string replace -r '^~/' "$HOME/" -- $words[2])
                    set -e words[1]
                end
            case @passed_joined@
                set -a __seedctl_asked (string replace -r '=~/' "=$HOME/" -- $word)
            case @passed_switches@
                set -a __seedctl_asked $word
            case @other@
                set -q words[2]; and set -e words[1]
            case '-*'
            case '*'
                if test -z "$__seedctl_command"; and contains -- $word @names@
                    set -g __seedctl_command $word
                end
        end
        set -e words[1]
    end
end
function __seedctl_no_command
    __seedctl_scan
    test -z "$__seedctl_command"
end
function __seedctl_is
    __seedctl_scan
    test "$__seedctl_command" = $argv[1]
end
# Nobody is asked for a password here.
function __seedctl_ask
    __seedctl_scan
    command seedctl $__seedctl_asked $argv </dev/null 2>/dev/null
end
function __seedctl_torrents
    __seedctl_ask --timeout 2 list --format '{id}\t{name}'
end
# Of a list the last one; what stands before it stays.
function __seedctl_list
    set -l typed (string replace -r '^--[a-z-]+=' '' -- (commandline -ct))
    set -l front (string match -r '.*,' -- $typed)
    for word in $argv
        echo "$front$word"
    end
end
function __seedctl_hosts
    set -l names (__seedctl_ask hosts --no-header | string replace -r ' .*' '')
    __seedctl_list $names
end
# Behind name= the words that the option takes.
function __seedctl_values
    set -l name (string replace -r '=.*' '' -- (commandline -ct))
    set -l values
    switch "$argv[1] $name"
@option_values@    end
    for value in $values
        echo "$name=$value"
    end
end
complete -c seedctl -f
)script";
// clang-format on

std::string fish_text(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

std::string flag_line(const Flag& flag, std::string_view condition, const Schema& schema) {
  std::string out = fmt::format("complete -c seedctl{}", condition);
  if (!flag.letter.empty()) out += fmt::format(" -s {}", flag.letter);
  out += fmt::format(" -l {}", flag.name);
  if (names_file(flag))
    out += " -r -F";
  else if (!flag.value.empty())
    out += " -x";
  const Words words = value_words(flag, schema);
  if (flag.name == "host")
    out += " -a '(__seedctl_hosts)'";
  else if (!words.empty() && takes_list(flag))
    out += fmt::format(" -a '(__seedctl_list {})'", joined(words));
  else if (!words.empty())
    out += fmt::format(" -a {}", fish_text(joined(words)));
  return out + fmt::format(" -d {}\n", fish_text(flag.doc));
}

std::string command_lines(const Command& command, const Schema& schema) {
  std::string out = fmt::format("complete -c seedctl -n __seedctl_no_command -a {} -d {}\n",
                                command.name, fish_text(command.summary));
  const std::string typed = fmt::format(" -n '__seedctl_is {}'", command.name);
  for (const Flag& flag : command.flags) out += flag_line(flag, typed, schema);
  const Words words = operand_words(command, schema);
  if (!words.empty())
    out += fmt::format("complete -c seedctl{} -a {}\n", typed, fish_text(joined(words)));
  if (!option_values(command, schema).empty())
    out += fmt::format("complete -c seedctl{} -a '(__seedctl_values {})'\n", typed, command.name);
  if (takes_torrents(command))
    out += fmt::format("complete -c seedctl{} -a '(__seedctl_torrents)'\n", typed);
  if (command.completes == Completes::files)
    out += fmt::format("complete -c seedctl{} -F\n", typed);
  return out;
}

std::string option_cases(const Schema& schema) {
  std::string out;
  for (const Command* command : all_commands())
    for (const OptionValues& row : option_values(*command, schema)) {
      Words names;
      for (const std::string& name : row.names)
        names.push_back(fmt::format("'{} {}'", command->name, name));
      out += fmt::format("        case {}\n            set values {}\n", joined(names),
                         joined(row.values));
    }
  return out;
}

std::string joined_patterns(const Words& flags) {
  Words out;
  for (const std::string& flag : flags) out.push_back(fmt::format("'{}=*'", flag));
  return joined(out);
}

}  // namespace

std::string fish_completion(const Schema& schema) {
  std::string out =
      filled(std::string(script), {{"passed", joined(passed_flags(true))},
                                   {"passed_joined", joined_patterns(passed_flags(true))},
                                   {"passed_switches", joined(passed_flags(false))},
                                   {"other", joined(other_valued_flags())},
                                   {"names", joined(command_names())},
                                   {"option_values", option_cases(schema)}});
  for (const Flag& flag : common_flags()) out += flag_line(flag, "", schema);
  for (const Command* command : all_commands()) out += command_lines(*command, schema);
  return out;
}

}  // namespace seed::ctl

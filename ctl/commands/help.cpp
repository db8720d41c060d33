#include <fmt/format.h>

#include <array>
#include <ostream>

#include "ctl/commands/commands.h"
#include "ctl/completion.h"
#include "ctl/help.h"

namespace seed::ctl {

namespace {

constexpr std::array help_flags = {
    Flag{"", "man", "", "Print the manual page, in roff."},
};

Outcome<void> run_help(Context& context, const Arguments& arguments) {
  if (arguments.has("man")) {
    context.terminal.out << manual_page(context.schema);
    return {};
  }
  if (arguments.operands.empty()) {
    context.terminal.out << general_help();
    return {};
  }
  const Command* command = find_command(arguments.operands.front());
  if (command == nullptr)
    return misused(
        fmt::format("there is no command {}. See seedctl --help.", arguments.operands.front()));
  context.terminal.out << command_help(*command, context.schema);
  return {};
}

Outcome<void> run_completion(Context& context, const Arguments& arguments) {
  const auto script = completion_script(arguments.operands.front(), context.schema);
  if (!script) return misused("completion: for bash, zsh or fish.");
  context.terminal.out << *script;
  return {};
}

}  // namespace

const Command help_command{"help",           "[COMMAND]", 0,          1,        Completes::commands,
                           "Show the help.", "",          help_flags, &run_help};

const Command completion_command{
    "completion",
    "bash|zsh|fish",
    1,
    1,
    Completes::nothing,
    "Print the completions for a shell.",
    "bash: source <(seedctl completion bash). zsh: write it to _seedctl in a folder of $fpath. "
    "fish: seedctl completion fish | source.",
    {},
    &run_completion};

}  // namespace seed::ctl

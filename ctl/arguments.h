// The command line: which command, its operands and flags, and the options of all commands.
#pragma once

#include <string>
#include <vector>

#include "ctl/command.h"
#include "ctl/outcome.h"

namespace seed::ctl {

struct CommandLine {
  const Command* command = nullptr;  ///< null: the general help is wanted
  Arguments arguments;               ///< of the command, and the common flags
  bool help = false;
  bool version = false;
};

/// `words` without the program's name. Every mistake is Exit::usage and says what is right.
Outcome<CommandLine> parse_command_line(const std::vector<std::string>& words);

}  // namespace seed::ctl

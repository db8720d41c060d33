// Program: all of seedctl but the real terminal and network.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "ctl/daemon.h"
#include "ctl/outcome.h"
#include "ctl/target.h"
#include "ctl/terminal.h"

namespace seed::ctl {

using Environment = std::map<std::string, std::string, std::less<>>;
/// Makes what speaks to the daemon; the number is the seconds a call may take.
using Connect = std::function<std::unique_ptr<Daemon>(const Target&, std::chrono::seconds)>;

/// Runs one command line (without the program's name). Results go to `terminal.out`, failures to
/// `terminal.err`.
Exit run_program(const std::vector<std::string>& words, const Environment& environment,
                 Terminal& terminal, const Connect& connect);

}  // namespace seed::ctl

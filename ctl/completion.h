// Completion: scripts for bash, zsh and fish, made from the command table and the schema.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ctl/command.h"

namespace seed::ctl {

/// Nothing for another shell.
std::optional<std::string> completion_script(std::string_view shell, const Schema& schema);

}  // namespace seed::ctl

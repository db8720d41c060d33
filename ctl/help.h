// Help: the texts of --help and of the manual page, made from the command table and the schema.
#pragma once

#include <string>
#include <string_view>

#include "ctl/command.h"

namespace seed::ctl {

std::string general_help();
std::string command_help(const Command& command, const Schema& schema);

/// seedctl(1) for man, in roff.
std::string manual_page(const Schema& schema);

/// `text` in lines of at most `columns`, all but the first indented.
std::string wrapped(std::string_view text, std::size_t indent, std::size_t columns = 80);

}  // namespace seed::ctl

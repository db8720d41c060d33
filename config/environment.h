// The environment: SEEDD_PEER_PORT=6882 sets peer_port. Every SEEDD_* must be a setting.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "config/file.h"

namespace seed::config {

using Environment = std::map<std::string, std::string, std::less<>>;

/// The process's environment, from main's `environ`. Of a name that is there twice the first holds.
Environment read_environment(const char* const* environ_array);

/// The settings among the variables, in the order of their names.
Assignments parse_environment(const Environment& environment);

/// "SEEDD_PEER_PORT" for "peer_port".
std::string variable_of(std::string_view setting);

}  // namespace seed::config

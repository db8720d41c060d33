// Printing: settings as a config file that says of each what it is, what is allowed and who set it.
#pragma once

#include <string>
#include <string_view>

#include "config/precedence.h"
#include "config/settings_row.h"
#include "config/settings_value.h"

namespace seed::config {

/// What --print-config prints: TOML that is the same configuration when used as a file, passwords
/// included. What nobody has set is a comment.
std::string print_config(const Loaded& loaded);

/// seedd.toml.example: every setting as a comment with its initial value.
std::string print_example();

/// "accepted for older clients, has no effect", or "" for what is in effect.
std::string_view effect_note(const RowInfo& row);

/// The value as TOML writes it.
std::string to_toml(const SettingValue& value);

}  // namespace seed::config

// SettingValues: settings as people read and write them, for `session`, `settings` and `limits`.
#pragma once

#include <span>
#include <string>

#include "ctl/command.h"

namespace seed::ctl {

/// A value as the user would write it behind NAME=.
std::string value_text(const Json& value);

/// The value with its unit; octets as people read them on a terminal. `option` may be null.
std::string measured(const Option* option, const Json& value, const Look& look);

/// "NAME=VALUE"... to the daemon; tells what is set. `command` is named when there is none.
Outcome<void> set_settings(Context& context, std::string_view command,
                           std::span<const std::string> words);

/// Sends these to session_set, and tells them.
Outcome<void> send_settings(Context& context, const Json& params);

}  // namespace seed::ctl

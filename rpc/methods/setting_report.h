// SettingReport: settings as settings_get and settings_reset tell them, with who said each.
#pragma once

#include <array>
#include <cstddef>
#include <expected>
#include <string>
#include <vector>

#include "config/precedence.h"
#include "rpc/call_error.h"
#include "rpc/dialect.h"
#include "rpc/params.h"

namespace seed::rpc {

inline constexpr std::array setting_members{
    Parameter{"name", "", ValueType::text, "The setting's name."},
    Parameter{"value", "", ValueType::any,
              "Its value; null where RPC may not see it, or who is kept to labels."},
    Parameter{"origin", "", ValueType::text,
              "Who said it: initial, file, environment, saved or command_line."},
    Parameter{"default", "", ValueType::any, "What it is when nobody says anything."},
    Parameter{"doc", "", ValueType::text, "What it is for."},
    Parameter{"writable", "", ValueType::boolean, "Whether session_set takes it."},
};
inline constexpr Parameter settings_result{"settings", "", ValueType::objects, "The settings.",
                                           {},         {}, setting_members};
inline constexpr std::array setting_results{settings_result};

/// Places in the table of the settings of these names, in either of their spellings and in this
/// order. A name that there is not is refused, with what was likely meant.
std::expected<std::vector<std::size_t>, CallError> find_settings(
    const std::vector<std::string>& names);

/// With "", or an empty list, for what is not told to who is kept to labels: the owner's addresses,
/// which may hold keys, and programs.
config::Settings without_owners(config::Settings settings);

/// {"settings": [...]} of those at these places. The value is null where RPC may not see it, or the
/// caller.
std::string encode_settings(const config::Loaded& from, const std::vector<std::size_t>& places,
                            Dialect dialect, bool kept_to_labels = false);

}  // namespace seed::rpc

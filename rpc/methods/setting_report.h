// SettingReport: settings as settings_get and settings_reset tell them, with who said each.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <vector>

#include "config/precedence.h"
#include "rpc/call_error.h"
#include "rpc/dialect.h"

namespace seed::rpc {

/// Places in the table of the settings of these names, in either of their spellings and in this
/// order. A name that there is not is refused, with what was likely meant.
std::expected<std::vector<std::size_t>, CallError> find_settings(
    const std::vector<std::string>& names);

/// {"settings": [...]} of those at these places. The value is null where RPC may not see it.
std::string encode_settings(const config::Loaded& from, const std::vector<std::size_t>& places,
                            Dialect dialect);

}  // namespace seed::rpc

// Values of settings and options as they come by RPC: a JSON value made fit for a row of the
// tables, and checked there (rpc-contract, sections 4 and 6.6).
#pragma once

#include <optional>
#include <string>

#include "config/settings_row.h"
#include "config/settings_value.h"
#include "core/base/result.h"
#include "rpc/params.h"

namespace seed::rpc {

/// The value in the row's kind; nothing when its type does not fit, which is ignored. Speeds below
/// 0 are 0. In the legacy dialect "tolerated" is "allowed".
std::optional<config::SettingValue> to_setting(const config::RowInfo& row, const Json& value,
                                               Dialect dialect);

/// The value of a setting as the dialect writes it.
void write_setting(const config::RowInfo& row, const config::SettingValue& value,
                   class JsonWriter& out, Dialect dialect);

}  // namespace seed::rpc

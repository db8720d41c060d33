// SettingValue: the value of any setting or option without its C++ type, as files, RPC and the
// store see it; what a row allows of it, and its form as text.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/settings_row.h"
#include "core/base/result.h"

namespace seed::config {

/// get() gives: boolean bool, integer int64, real double, text and choice string, list the vector.
using SettingValue =
    std::variant<bool, std::int64_t, double, std::string, std::vector<std::string>>;

/// `value` as the row's kind has it, with small differences evened out: an integer for a real, the
/// number or another name of a choice, one text for a list of one, labels trimmed and doubles
/// dropped, missing slashes of a URL base. The error is what a user reads after the name:
/// "70000 is not between 1 and 65535".
std::expected<SettingValue, std::string> checked(const RowInfo& row, const SettingValue& value);

/// The value that `text` stands for in SEEDD_*, in --set and in the store; members of a list are
/// separated by commas. The result is checked.
std::expected<SettingValue, std::string> parse_value(const RowInfo& row, std::string_view text);

/// The text that parse_value() takes back for the same value.
std::string to_text(const SettingValue& value);

/// The shortest decimal that reads back as the same double, with a fraction or an exponent.
std::string real_to_text(double value);

/// What the row allows, to follow "is not": "an integer between 1 and 65535".
std::string allowed(const RowInfo& row);

/// True for what must not be shown: passwords.
bool is_secret(const RowInfo& row);

/// A text of that row as RPC shows it: the password in a proxy's URL is ***.
std::string shown_text(const RowInfo& row, const std::string& text);

/// An error as one line: "peer_port: 70000 is not between 1 and 65535".
std::string describe(const UserError& error);

}  // namespace seed::config

// JSON text from outside, read into a tree: a byte order mark is skipped, text after the first
// value is ignored, and nesting is bounded before the parser sees it (rpc-contract, section 2).
#pragma once

#include <expected>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace seed::rpc {

/// The value, or what is wrong with the text.
std::expected<nlohmann::json, std::string> read_json(std::string_view text);

}  // namespace seed::rpc

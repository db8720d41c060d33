// JSON text from outside, read into a tree: a byte order mark is skipped, text after the first
// value is ignored, and nesting and the number of values are bounded before the parser sees it
// (rpc-contract, section 2): a value of one octet takes up to a hundred of memory.
#pragma once

#include <cstdint>
#include <expected>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace seed::rpc {

/// The value, or what is wrong with the text and at which byte, from 1.
std::expected<nlohmann::json, std::string> read_json(std::string_view text);

/// The memory that this value takes at most; little when there is none, or too large a one.
std::uint64_t json_tree_bytes(std::string_view text);

}  // namespace seed::rpc

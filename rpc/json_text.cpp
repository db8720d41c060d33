#include "rpc/json_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/base/bytes.h"
#include "core/base/limits.h"

namespace seed::rpc {

namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
constexpr std::string_view blanks = " \t\r\n";

/// One pass over an object or array: where it ends, how deep it goes, and what it holds.
struct Extent {
  std::size_t end = 0;  ///< all of the text when the value is cut short
  int depth = 0;
  std::size_t values = 1;  ///< names of members count too
};

Extent extent_of(std::string_view text) {
  Extent out{.end = text.size()};
  int depth = 0;
  bool quoted = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (quoted) {
      if (c == '\\')
        ++at;
      else if (c == '"')
        quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      out.depth = std::max(out.depth, ++depth);
      ++out.values;
    } else if (c == ',' || c == ':') {
      ++out.values;
    } else if ((c == '}' || c == ']') && --depth == 0) {
      out.end = at + 1;
      return out;
    }
  }
  return out;
}

}  // namespace

std::expected<nlohmann::json, std::string> read_json(std::string_view text) {
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  const auto begin = text.find_first_not_of(blanks);
  if (begin == text.npos) return std::unexpected("No content");
  text.remove_prefix(begin);
  if (text.front() == '{' || text.front() == '[') {
    const Extent extent = extent_of(text);
    if (extent.depth > limits::json_depth_max)
      return std::unexpected(
          fmt::format("the JSON is nested more than {} deep", limits::json_depth_max));
    if (extent.values > limits::json_values_max)
      return std::unexpected(
          fmt::format("the JSON holds more than {} values", limits::json_values_max));
    text = text.substr(0, extent.end);
  }
  if (!is_utf8(text)) return std::unexpected("the text is not UTF-8");
  auto value = nlohmann::json::parse(text, nullptr, false);
  if (value.is_discarded()) return std::unexpected("the text is not JSON");
  return value;
}

}  // namespace seed::rpc

#include "rpc/json_text.h"

#include <fmt/format.h>

#include <algorithm>
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

/// Without what may stand before the value.
std::string_view without_lead(std::string_view text) {
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  return text.substr(std::min(text.find_first_not_of(blanks), text.size()));
}

/// Where the parser gave up.
class Finder : public nlohmann::json_sax<nlohmann::json> {
 public:
  std::size_t at = 0;

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override { return true; }
  bool key(string_t&) override { return true; }
  bool end_object() override { return true; }
  bool start_array(std::size_t) override { return true; }
  bool end_array() override { return true; }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception&) override {
    at = position;
    return false;
  }
};

/// `lead`: how many octets of the request come before.
std::string not_json(std::string_view text, std::size_t lead) {
  Finder finder;
  nlohmann::json::sax_parse(text, &finder);
  return fmt::format("the text is not JSON at byte {}", lead + finder.at);
}

std::string not_utf8(std::string_view text, std::size_t lead) {
  std::size_t at = 0;
  while (at < text.size()) {
    const Utf8Step step = utf8_step(text.substr(at));
    if (!step.well_formed) break;
    at += step.length;
  }
  return fmt::format("the text is not UTF-8 at byte {}", lead + at + 1);
}

bool has_extent(std::string_view text) { return text.starts_with('{') || text.starts_with('['); }

}  // namespace

std::uint64_t json_tree_bytes(std::string_view text) {
  text = without_lead(text);
  if (!has_extent(text)) return text.size();
  const Extent extent = extent_of(text);
  if (extent.depth > limits::json_depth_max || extent.values > limits::json_values_max) return 0;
  return extent.end + extent.values * limits::json_value_bytes;
}

std::expected<nlohmann::json, std::string> read_json(std::string_view text) {
  const std::size_t all = text.size();
  text = without_lead(text);
  const std::size_t lead = all - text.size();
  if (text.empty()) return std::unexpected("No content");
  if (has_extent(text)) {
    const Extent extent = extent_of(text);
    if (extent.depth > limits::json_depth_max)
      return std::unexpected(
          fmt::format("the JSON is nested more than {} deep", limits::json_depth_max));
    if (extent.values > limits::json_values_max)
      return std::unexpected(
          fmt::format("the JSON holds more than {} values", limits::json_values_max));
    text = text.substr(0, extent.end);
  }
  if (!is_utf8(text)) return std::unexpected(not_utf8(text, lead));
  auto value = nlohmann::json::parse(text, nullptr, false);
  if (value.is_discarded()) return std::unexpected(not_json(text, lead));
  return value;
}

}  // namespace seed::rpc

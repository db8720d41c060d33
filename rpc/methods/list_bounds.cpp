#include "rpc/methods/list_bounds.h"

#include <fmt/format.h>

#include "core/base/limits.h"

namespace seed::rpc {

std::optional<CallError> too_long(const Parameter& row, std::size_t members,
                                  std::size_t text_bytes) {
  const auto error = [&](std::size_t bound, std::string_view unit) {
    return CallError{
        invalid_params, fmt::format("{}: more than {} {}", row.name, bound, unit), {}, false};
  };
  if (members > limits::rpc_list_members_max) return error(limits::rpc_list_members_max, "members");
  if (text_bytes > limits::rpc_text_bytes_max) return error(limits::rpc_text_bytes_max, "bytes");
  return std::nullopt;
}

std::optional<CallError> too_long(const Parameter& row, const std::vector<std::string>& texts) {
  return too_long(row, texts.size(), bytes_of(texts));
}

std::size_t bytes_of(const std::vector<std::string>& texts) {
  std::size_t bytes = 0;
  for (const auto& text : texts) bytes += text.size();
  return bytes;
}

}  // namespace seed::rpc

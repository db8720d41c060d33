#include "core/metainfo/info_fields.h"

#include <fmt/format.h>

#include <utility>

namespace seed::metainfo {

using bencode::Value;

std::unexpected<Fault> malformed(std::string text) {
  return fail(FaultCode::malformed, std::move(text));
}

Result<std::uint64_t> length_of(const Value& value, std::string_view what) {
  const auto length = value.as_integer();
  if (!length) return malformed(fmt::format("the length of {} is not a number", what));
  if (*length < 0) return malformed(fmt::format("the length of {} is negative", what));
  return static_cast<std::uint64_t>(*length);
}

FileAttributes attributes_of(const Value& file) {
  FileAttributes out;
  for (const std::uint8_t letter : file.string_or("attr")) {
    if (letter == 'p') out.pad = true;
    if (letter == 'x') out.executable = true;
    if (letter == 'h') out.hidden = true;
    if (letter == 'l') out.symlink = true;
  }
  return out;
}

std::optional<std::vector<Bytes>> components_of(const std::optional<Value>& list, Bytes name) {
  if (!list || list->list_items().empty()) return std::nullopt;
  std::vector<Bytes> out{name};
  for (const Value item : list->list_items()) {
    const auto component = item.as_string();
    if (!component) return std::nullopt;
    out.push_back(*component);
  }
  return out;
}

bool keys_sorted(const Value& value) {
  for (const Value item : value.list_items())
    if (!keys_sorted(item)) return false;
  std::optional<Bytes> last;
  for (const auto& [key, inner] : value.dict_entries()) {
    if (last && as_text(*last) >= as_text(key)) return false;
    last = key;
    if (!keys_sorted(inner)) return false;
  }
  return true;
}

}  // namespace seed::metainfo

// StoredValue: one value of a record or of a table's row as bencode keeps it, written by its type
// and read back so that what does not fit leaves the value as it was.
#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "config/settings_types.h"
#include "core/base/bytes.h"
#include "core/bencode/value.h"
#include "core/bencode/writer.h"

namespace seed::torrent {

/// Shortest text that reads back to the same number.
inline std::string text_of(double value) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  return {text, end};
}

template <typename T>
void write_value(bencode::DictWriter& out, std::string_view key, const T& value) {
  if constexpr (std::is_same_v<T, std::string>) {
    out.string(key, value);
  } else if constexpr (std::is_same_v<T, config::TextList>) {
    bencode::Writer list;
    list.begin_list();
    for (const auto& item : value) list.string(item);
    list.end();
    out.raw(key, list.take());
  } else if constexpr (std::is_floating_point_v<T>) {
    out.string(key, text_of(value));
  } else {
    out.integer(key, static_cast<std::int64_t>(value));
  }
}

template <typename T>
void read_value(const bencode::Value& dict, std::string_view key, T& value) {
  if constexpr (std::is_same_v<T, std::string>) {
    if (const auto text = dict.find_string(key)) value = to_string(*text);
  } else if constexpr (std::is_same_v<T, config::TextList>) {
    const auto list = dict.find_list(key);
    if (!list) return;
    value.clear();
    for (const auto item : list->list_items())
      if (const auto text = item.as_string()) value.push_back(to_string(*text));
  } else if constexpr (std::is_floating_point_v<T>) {
    const std::string_view text = as_text(dict.string_or(key));
    T parsed = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), parsed);
    if (error == std::errc() && end == text.data() + text.size() && parsed == parsed)
      value = parsed;
  } else {
    const auto number = dict.find_integer(key);
    if (!number) return;
    if constexpr (std::is_enum_v<T>) {
      const auto choices = static_cast<std::int64_t>(config::Choices<T>::names.size());
      if (*number >= 0 && *number < choices) value = static_cast<T>(*number);
    } else if constexpr (std::is_same_v<T, bool>) {
      value = *number != 0;
    } else if (std::in_range<T>(*number)) {
      value = static_cast<T>(*number);
    }
  }
}

}  // namespace seed::torrent

// ASCII: letters of it in either case, and what is no text. For names that protocols compare so; no
// locale has a say in it.
#pragma once

#include <algorithm>
#include <string_view>

namespace seed {

/// A letter of ASCII as a small one; all else as it is.
constexpr char ascii_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Whether the texts are the same but for the case of their letters.
constexpr bool same_but_for_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, ascii_lower, ascii_lower);
}

/// All below the blank but the tab, and DEL: no line of text has one.
constexpr bool is_ascii_control(char c) { return (c >= 0 && c < ' ' && c != '\t') || c == '\x7f'; }

}  // namespace seed

#include "core/log/escape.h"

#include <algorithm>

#include "core/base/bytes.h"

namespace seed::log {
namespace {

constexpr std::string_view ellipsis = "\xe2\x80\xa6";

/// One step of a walk over foreign text.
struct Character {
  std::string_view octets;
  bool well_formed = false;
  char32_t code = 0;  ///< when well formed
};

Character take_character(std::string_view& text) {
  const auto step = utf8_step(text);
  Character out{text.substr(0, step.length), step.well_formed, 0};
  text.remove_prefix(step.length);
  if (!out.well_formed) return out;
  const Bytes octets = as_bytes(out.octets);
  // The lead octet of a run of n has n ones, then a zero, on top (RFC 3629, section 3).
  out.code = octets.size() == 1 ? octets[0] : octets[0] & (0x7fu >> octets.size());
  for (const auto octet : octets.subspan(1)) out.code = out.code << 6 | (octet & 0x3fu);
  return out;
}

/// Control characters, line and paragraph separators, and what changes the direction of writing
/// (Unicode TR 36, 2.4).
bool is_harmful(char32_t code) {
  return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x061c || code == 0x200e ||
         code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
         (code >= 0x2066 && code <= 0x2069) || code == 0xfeff;
}

bool is_plain(const Character& character) {
  return character.well_formed && !is_harmful(character.code) && character.code != ' ' &&
         character.code != '"' && character.code != '\\' && character.code != '=';
}

/// `text`, or its beginning when it is longer than `bytes_max`, not cut within a character.
std::string_view shortened(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  std::size_t count = bytes_max;
  // A character has at most three octets behind its first one.
  while (count > bytes_max - 3 && (static_cast<unsigned char>(text[count]) & 0xc0) == 0x80) --count;
  return text.substr(0, count);
}

void append_octets(std::string& out, std::string_view octets, std::string_view prefix) {
  for (const char octet : octets) {
    out += prefix;
    out += to_hex(as_bytes({&octet, 1}));
  }
}

}  // namespace

void append_message(std::string& out, std::string_view text) {
  auto rest = shortened(text, message_bytes_max);
  const bool cut = rest.size() < text.size();
  while (!rest.empty()) {
    const auto character = take_character(rest);
    if (character.well_formed && !is_harmful(character.code)) {
      out += character.octets;
    } else {
      append_octets(out, character.octets, "\\x");
    }
  }
  if (cut) out += ellipsis;
}

void append_value(std::string& out, std::string_view text) {
  auto rest = shortened(text, value_bytes_max);
  const bool cut = rest.size() < text.size();
  const std::size_t start = out.size();
  bool plain = !rest.empty();
  while (!rest.empty()) {
    const auto character = take_character(rest);
    plain = plain && is_plain(character);
    if (!character.well_formed || is_harmful(character.code)) {
      append_octets(out, character.octets, "\\x");
      continue;
    }
    if (character.code == '"' || character.code == '\\') out += '\\';
    out += character.octets;
  }
  if (cut) out += ellipsis;
  if (plain) return;
  out.insert(start, 1, '"');
  out += '"';
}

void append_json(std::string& out, std::string_view text, std::size_t bytes_max) {
  auto rest = shortened(text, bytes_max);
  const bool cut = rest.size() < text.size();
  out += '"';
  while (!rest.empty()) {
    const auto character = take_character(rest);
    if (!character.well_formed) {
      append_octets(out, character.octets, "\\\\x");
    } else if (is_harmful(character.code)) {
      const std::uint8_t code[] = {static_cast<std::uint8_t>(character.code >> 8),
                                   static_cast<std::uint8_t>(character.code & 0xff)};
      out += "\\u";
      out += to_hex(code);
    } else {
      if (character.code == '"' || character.code == '\\') out += '\\';
      out += character.octets;
    }
  }
  if (cut) out += ellipsis;
  out += '"';
}

}  // namespace seed::log

#include "core/base/bytes.h"

#include <algorithm>
#include <array>

#include "core/base/check.h"

namespace seed {
namespace {

constexpr std::uint8_t no_digit = 0xff;
using DigitTable = std::array<std::uint8_t, 256>;

constexpr DigitTable digits_of(std::string_view alphabet) {
  DigitTable out{};
  for (auto& digit : out) digit = no_digit;
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    out[static_cast<std::uint8_t>(alphabet[i])] = static_cast<std::uint8_t>(i);
  return out;
}

constexpr DigitTable with_lower_case(DigitTable table) {
  for (std::size_t i = 'A'; i <= 'Z'; ++i) table[i + ('a' - 'A')] = table[i];
  return table;
}

constexpr std::string_view base64_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr DigitTable hex_digits = with_lower_case(digits_of("0123456789ABCDEF"));
// RFC 4648, section 6.
constexpr DigitTable base32_digits = with_lower_case(digits_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"));
constexpr DigitTable base64_digits = digits_of(base64_alphabet);

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/// Decodes digits of `width` bits each, then up to as many '=' as fill the last group of `group`.
std::optional<Buffer> decode_digits(std::string_view text, const DigitTable& table, unsigned width,
                                    std::size_t group, bool blanks) {
  Buffer out;
  out.reserve(text.size() * width / 8);
  std::uint32_t held = 0;
  unsigned held_bits = 0;
  std::size_t count = 0;
  std::size_t padding = 0;
  for (const char c : text) {
    if (blanks && is_blank(c)) continue;
    if (c == '=') {
      ++padding;
      continue;
    }
    const auto digit = table[static_cast<std::uint8_t>(c)];
    if (digit == no_digit || padding != 0) return std::nullopt;
    held = held << width | digit;
    held_bits += width;
    ++count;
    if (held_bits < 8) continue;
    held_bits -= 8;
    out.push_back(static_cast<std::uint8_t>(held >> held_bits));
    held &= (1u << held_bits) - 1;
  }
  // A whole digit left over carries no octet, and left-over bits must be zero (RFC 4648, 3.5).
  if (held_bits >= width || held != 0) return std::nullopt;
  if (padding > (group - count % group) % group) return std::nullopt;
  return out;
}

bool is_continuation(std::uint8_t octet) { return (octet & 0xc0) == 0x80; }

}  // namespace

bool equal(Bytes a, Bytes b) { return std::ranges::equal(a, b); }

std::string to_hex(Bytes bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const auto octet : bytes) {
    out += digits[octet >> 4];
    out += digits[octet & 15];
  }
  return out;
}

std::optional<Buffer> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  Buffer out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const auto high = hex_digits[static_cast<std::uint8_t>(text[i])];
    const auto low = hex_digits[static_cast<std::uint8_t>(text[i + 1])];
    if (high == no_digit || low == no_digit) return std::nullopt;
    out.push_back(static_cast<std::uint8_t>(high << 4 | low));
  }
  return out;
}

std::optional<Buffer> from_base32(std::string_view text) {
  return decode_digits(text, base32_digits, 5, 8, false);
}

std::string to_base64(Bytes bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = std::uint32_t{bytes[i]} << 16;
    if (count > 1) group |= std::uint32_t{bytes[i + 1]} << 8;
    if (count > 2) group |= bytes[i + 2];
    out += base64_alphabet[group >> 18];
    out += base64_alphabet[group >> 12 & 63];
    out += count > 1 ? base64_alphabet[group >> 6 & 63] : '=';
    out += count > 2 ? base64_alphabet[group & 63] : '=';
  }
  return out;
}

std::optional<Buffer> from_base64(std::string_view text) {
  return decode_digits(text, base64_digits, 6, 4, true);
}

Utf8Step utf8_step(std::string_view text) {
  if (text.empty()) return {0, false};
  const Bytes octets = as_bytes(text);
  const std::uint8_t lead = octets[0];
  if (lead < 0x80) return {1, true};
  if (lead < 0xc2 || lead > 0xf4) return {1, false};
  const std::size_t length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  // RFC 3629, section 4: the second octet keeps out overlong forms, surrogates and what is beyond
  // U+10FFFF.
  std::uint8_t low = 0x80;
  std::uint8_t high = 0xbf;
  if (lead == 0xe0) low = 0xa0;
  if (lead == 0xed) high = 0x9f;
  if (lead == 0xf0) low = 0x90;
  if (lead == 0xf4) high = 0x8f;
  if (octets.size() < 2 || octets[1] < low || octets[1] > high) return {1, false};
  for (std::size_t i = 2; i < length; ++i)
    if (i >= octets.size() || !is_continuation(octets[i])) return {i, false};
  return {length, true};
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto step = utf8_step(text);
    if (!step.well_formed) return false;
    text.remove_prefix(step.length);
  }
  return true;
}

std::string to_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto step = utf8_step(text);
    out += step.well_formed ? text.substr(0, step.length) : std::string_view("\xef\xbf\xbd");
    text.remove_prefix(step.length);
  }
  return out;
}

Bytes ByteReader::take(std::size_t count) {
  if (count > rest_.size()) {
    ok_ = false;
    rest_ = {};
    return {};
  }
  const Bytes out = rest_.first(count);
  rest_ = rest_.subspan(count);
  return out;
}

std::uint64_t ByteReader::unsigned_of(std::size_t width) {
  std::uint64_t value = 0;
  for (const auto octet : take(width)) value = value << 8 | octet;
  return value;
}

ByteWriter& ByteWriter::put(Bytes bytes) {
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
  return *this;
}

ByteWriter& ByteWriter::unsigned_of(std::uint64_t value, std::size_t width) {
  for (std::size_t i = width; i > 0; --i)
    buffer_.push_back(static_cast<std::uint8_t>(value >> (8 * (i - 1))));
  return *this;
}

void store_u32(MutableBytes out, std::uint32_t value) {
  SEED_CHECK(out.size() >= 4);
  for (std::size_t i = 0; i < 4; ++i) out[i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
}

}  // namespace seed

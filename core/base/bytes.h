// Bytes: views and buffers of raw octets, and the conversions between them and text.
//
// A view never owns. Foreign text is bytes until something makes it safe (design, section 10):
// only `log` prints it and only `safe_path` makes a path of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace seed {

using Bytes = std::span<const std::uint8_t>;
using MutableBytes = std::span<std::uint8_t>;
using Buffer = std::vector<std::uint8_t>;

/// The octets of `text`, not copied.
inline Bytes as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// `bytes` seen as characters, not copied and not validated.
inline std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline Buffer to_buffer(Bytes bytes) { return {bytes.begin(), bytes.end()}; }
inline Buffer to_buffer(std::string_view text) { return to_buffer(as_bytes(text)); }
inline std::string to_string(Bytes bytes) { return std::string(as_text(bytes)); }

bool equal(Bytes a, Bytes b);

/// Lower-case hexadecimal, two digits an octet.
std::string to_hex(Bytes bytes);

/// The octets of an even number of hexadecimal digits in any case; nothing for anything else.
std::optional<Buffer> from_hex(std::string_view text);

/// RFC 4648 base32, upper or lower case, padding optional; nothing for anything else.
std::optional<Buffer> from_base32(std::string_view text);

/// RFC 4648 base64 with padding.
std::string to_base64(Bytes bytes);

/// RFC 4648 base64; white space and missing padding are forgiven, all else is not.
std::optional<Buffer> from_base64(std::string_view text);

/// The first character of `text`: its octets when it is well-formed UTF-8, else those of the
/// ill-formed sequence (its longest part that could begin a character; at least 1). Length 0 only
/// for an empty text.
struct Utf8Step {
  std::size_t length = 0;
  bool well_formed = false;
};
Utf8Step utf8_step(std::string_view text);

/// True when `text` is well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms).
bool is_utf8(std::string_view text);

/// `text` with each ill-formed sequence replaced by U+FFFD, so that it can stand in JSON.
std::string to_utf8(std::string_view text);

/// Reads big-endian integers and runs of octets off a view, front to back. Once a read goes past
/// the end the reader is bad for good: every later read gives zero or an empty view.
class ByteReader {
 public:
  explicit ByteReader(Bytes bytes) : rest_(bytes) {}

  std::uint8_t u8() { return static_cast<std::uint8_t>(unsigned_of(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(unsigned_of(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(unsigned_of(4)); }
  std::uint64_t u64() { return unsigned_of(8); }
  /// The next `count` octets as a view into the input.
  Bytes take(std::size_t count);
  /// All that is left.
  Bytes rest() const { return rest_; }
  std::size_t remaining() const { return rest_.size(); }
  bool ok() const { return ok_; }
  /// True when every octet was read and none was missed.
  bool done() const { return ok_ && rest_.empty(); }

 private:
  std::uint64_t unsigned_of(std::size_t width);

  Bytes rest_;
  bool ok_ = true;
};

/// Appends big-endian integers and runs of octets to a buffer that it owns.
class ByteWriter {
 public:
  ByteWriter& u8(std::uint8_t value) { return unsigned_of(value, 1); }
  ByteWriter& u16(std::uint16_t value) { return unsigned_of(value, 2); }
  ByteWriter& u32(std::uint32_t value) { return unsigned_of(value, 4); }
  ByteWriter& u64(std::uint64_t value) { return unsigned_of(value, 8); }
  ByteWriter& put(Bytes bytes);
  ByteWriter& put(std::string_view text) { return put(as_bytes(text)); }
  /// Room for `count` octets in all, so that none are copied as more come.
  void reserve(std::size_t count) { buffer_.reserve(count); }
  Bytes bytes() const { return buffer_; }
  Buffer take() { return std::move(buffer_); }

 private:
  ByteWriter& unsigned_of(std::uint64_t value, std::size_t width);

  Buffer buffer_;
};

/// Writes `value` big-endian over the first `sizeof(value)` octets of `out`, which must hold them.
void store_u32(MutableBytes out, std::uint32_t value);

}  // namespace seed

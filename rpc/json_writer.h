// JsonWriter: JSON text (RFC 8259) written straight into a string, front to back, without a tree in
// between: a list of 10,000 torrents is 150,000 values.
//
// Commas come by themselves. Integers never have a fraction; reals are the shortest text that reads
// back the same, always with a fraction or an exponent; ill-formed UTF-8 becomes U+FFFD.
#pragma once

#include <charconv>
#include <concepts>
#include <string>
#include <string_view>
#include <utility>

namespace seed::rpc {

class JsonWriter {
 public:
  void begin_object() { open('{'); }
  void end_object() { close('}'); }
  void begin_array() { open('['); }
  void end_array() { close(']'); }

  void key(std::string_view name);
  /// A key made ready by as_key().
  void ready_key(std::string_view key_text) {
    separate();
    out_ += key_text;
    comma_ = false;
  }
  /// `"name":`
  static std::string as_key(std::string_view name);

  void text(std::string_view value);
  void boolean(bool value) { raw(value ? "true" : "false"); }
  /// Not a number and infinities become 0.0: JSON has none.
  void real(double value);
  void null() { raw("null"); }
  template <std::integral Number>
    requires(!std::same_as<Number, bool>)
  void integer(Number value) {
    separate();
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    out_.append(digits, end);
    comma_ = true;
  }
  /// A value that is JSON already.
  void raw(std::string_view json) {
    separate();
    out_ += json;
    comma_ = true;
  }

  void reserve(std::size_t bytes) { out_.reserve(bytes); }
  const std::string& str() const { return out_; }
  std::string take() {
    comma_ = false;
    return std::exchange(out_, {});
  }

 private:
  void separate() {
    if (comma_) out_ += ',';
  }
  void open(char bracket) {
    separate();
    out_ += bracket;
    comma_ = false;
  }
  void close(char bracket) {
    out_ += bracket;
    comma_ = true;
  }
  void quote(std::string_view value);

  std::string out_;
  bool comma_ = false;
};

}  // namespace seed::rpc

#include "rpc/json_writer.h"

#include <array>
#include <cmath>

#include "core/base/bytes.h"

namespace seed::rpc {

namespace {

/// ASCII characters that stand for themselves in a JSON string.
constexpr auto plain = [] {
  std::array<bool, 256> out{};
  for (std::size_t c = 0x20; c < 0x80; ++c) out[c] = c != '"' && c != '\\';
  return out;
}();

void append_escaped(std::string& out, unsigned char c) {
  constexpr std::string_view digits = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00";
      out += digits[c >> 4];
      out += digits[c & 15];
  }
}

}  // namespace

void JsonWriter::quote(std::string_view value) {
  out_ += '"';
  std::size_t begin = 0;
  std::size_t at = 0;
  while (at < value.size()) {
    const auto c = static_cast<unsigned char>(value[at]);
    if (plain[c]) {
      ++at;
      continue;
    }
    if (c >= 0x80) {
      const Utf8Step step = utf8_step(value.substr(at));
      if (!step.well_formed) {
        out_.append(value.substr(begin, at - begin));
        out_ += "\xef\xbf\xbd";
        begin = at + step.length;
      }
      at += step.length;
      continue;
    }
    out_.append(value.substr(begin, at - begin));
    append_escaped(out_, c);
    begin = ++at;
  }
  out_.append(value.substr(begin));
  out_ += '"';
}

void JsonWriter::key(std::string_view name) {
  separate();
  quote(name);
  out_ += ':';
  comma_ = false;
}

std::string JsonWriter::as_key(std::string_view name) {
  JsonWriter writer;
  writer.key(name);
  return writer.take();
}

void JsonWriter::text(std::string_view value) {
  separate();
  quote(value);
  comma_ = true;
}

void JsonWriter::real(double value) {
  separate();
  comma_ = true;
  if (!std::isfinite(value)) value = 0;
  char digits[40];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  const std::string_view shortest(digits, static_cast<std::size_t>(end - digits));
  out_ += shortest;
  if (shortest.find_first_of(".e") == shortest.npos) out_ += ".0";
}

}  // namespace seed::rpc

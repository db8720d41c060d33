#include "rpc/request_body.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

namespace seed::rpc {

namespace {

/// A chunk's size with its extensions, or a trailer. Longer than anybody's.
constexpr std::size_t line_bytes_max = 4096;
/// What is passed on at once.
constexpr std::size_t piece_bytes = 16 * 1024;

class BodyReader {
 public:
  BodyReader(std::uint64_t bytes_max, const BodySource& source, const BodySink& sink)
      : left_(bytes_max),
        frame_left_(5 * bytes_max + head_bytes_max),
        source_(source),
        sink_(sink) {}

  std::optional<BodyFault> read_octets(std::uint64_t length) {
    if (length > left_) return BodyFault::too_large;
    left_ -= length;
    std::array<char, piece_bytes> piece;
    while (length > 0) {
      const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(length, piece.size()));
      const std::size_t got = source_(piece.data(), wanted);
      if (got == 0) return BodyFault::broken;
      if (!sink_({piece.data(), got})) return BodyFault::no_room;
      length -= got;
    }
    return std::nullopt;
  }

  std::optional<BodyFault> read_chunks() {
    while (true) {
      const auto head = read_line();
      if (!head) return fault_of_frame();
      const auto size = chunk_size(*head);
      if (!size) return BodyFault::broken;
      if (*size == 0) return read_trailers();
      if (const auto fault = read_octets(*size)) return fault;
      const auto end = read_line();
      if (!end) return fault_of_frame();
      if (!end->empty()) return BodyFault::broken;
    }
  }

 private:
  std::optional<BodyFault> read_trailers() {
    while (true) {
      const auto line = read_line();
      if (!line) return fault_of_frame();
      if (line->empty()) return std::nullopt;
    }
  }

  /// Without its CRLF; nothing when it is too long, has another end or breaks off.
  std::optional<std::string> read_line() {
    std::string line;
    char c = 0;
    while (line.size() < line_bytes_max && frame_left_ > 0 && source_(&c, 1) == 1) {
      --frame_left_;
      line += c;
      if (c != '\n') continue;
      if (!line.ends_with("\r\n")) return std::nullopt;
      line.resize(line.size() - 2);
      return line;
    }
    return std::nullopt;
  }
  BodyFault fault_of_frame() const {
    return frame_left_ == 0 ? BodyFault::too_large : BodyFault::broken;
  }

  /// Hexadecimal digits, then nothing or extensions, which nobody knows.
  static std::optional<std::uint64_t> chunk_size(std::string_view line) {
    std::uint64_t out = 0;
    const auto [end, fault] = std::from_chars(line.data(), line.data() + line.size(), out, 16);
    if (fault != std::errc()) return std::nullopt;
    line.remove_prefix(static_cast<std::size_t>(end - line.data()));
    const auto rest = line.find_first_not_of(" \t");
    if (rest != line.npos && line[rest] != ';') return std::nullopt;
    return out;
  }

  std::uint64_t left_;        ///< octets of body
  std::uint64_t frame_left_;  ///< octets around its chunks
  const BodySource& source_;
  const BodySink& sink_;
};

}  // namespace

std::optional<BodyFault> read_body(const BodyFraming& framing, std::uint64_t bytes_max,
                                   const BodySource& source, const BodySink& sink) {
  BodyReader reader(bytes_max, source, sink);
  return framing.chunked ? reader.read_chunks() : reader.read_octets(framing.length);
}

}  // namespace seed::rpc

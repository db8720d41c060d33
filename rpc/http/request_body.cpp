#include "rpc/http/request_body.h"

#include <algorithm>
#include <charconv>

#include "core/base/ascii.h"
#include "core/base/limits.h"

namespace seed::rpc {

namespace {

/// A chunk's size with its extensions, or a trailer. Longer than anybody's.
constexpr std::size_t line_bytes_max = 4096;

/// Hexadecimal digits, then nothing or extensions, which nobody knows.
std::optional<std::uint64_t> chunk_size(std::string_view line) {
  std::uint64_t out = 0;
  const auto [end, fault] = std::from_chars(line.data(), line.data() + line.size(), out, 16);
  if (fault != std::errc()) return std::nullopt;
  line.remove_prefix(static_cast<std::size_t>(end - line.data()));
  const auto rest = line.find_first_not_of(" \t");
  if (rest != line.npos && line[rest] != ';') return std::nullopt;
  return out;
}

}  // namespace

BodyDecoder::BodyDecoder(const BodyFraming& framing, std::uint64_t bytes_max)
    : bytes_left_(bytes_max), frame_left_(5 * bytes_max + limits::http_head_bytes_max) {
  if (framing.chunked) {
    state_ = State::chunk_size;
    return;
  }
  if (framing.length > bytes_max) fail(BodyFault::too_large);
  state_ = framing.length > 0 ? State::octets : State::done;
  run_left_ = framing.length;
}

BodyDecoder::Step BodyDecoder::take(std::string_view octets) {
  if (done() || fault_ || octets.empty()) return {};
  return state_ == State::octets || state_ == State::chunk_octets ? take_octets(octets)
                                                                  : take_line(octets);
}

void BodyDecoder::end() {
  if (!done() && !fault_) fail(BodyFault::broken);
}

BodyDecoder::Step BodyDecoder::take_octets(std::string_view octets) {
  const auto piece =
      octets.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(run_left_, octets.size())));
  run_left_ -= piece.size();
  if (run_left_ == 0) state_ = state_ == State::octets ? State::done : State::chunk_end;
  return {piece.size(), piece};
}

BodyDecoder::Step BodyDecoder::take_line(std::string_view octets) {
  const auto room = std::min<std::uint64_t>(line_bytes_max - line_.size(), frame_left_);
  octets = octets.substr(0, static_cast<std::size_t>(room));
  const auto feed = octets.find('\n');
  const auto taken = octets.substr(0, feed == octets.npos ? feed : feed + 1);
  frame_left_ -= taken.size();
  line_ += taken;
  if (line_.ends_with("\r\n")) {
    on_line(std::string_view(line_).substr(0, line_.size() - 2));
    line_.clear();
  } else if (feed != octets.npos || line_.size() >= line_bytes_max) {
    fail(BodyFault::broken);
  } else if (frame_left_ == 0) {
    fail(BodyFault::too_large);
  }
  return {taken.size(), {}};
}

/// A bare CR ends a line for some (RFC 9112, section 2.2).
void BodyDecoder::on_line(std::string_view line) {
  if (std::ranges::any_of(line, is_ascii_control)) return fail(BodyFault::broken);
  if (state_ == State::chunk_size) return begin_chunk(line);
  if (state_ == State::trailer) {
    if (line.empty()) state_ = State::done;
  } else if (line.empty()) {
    state_ = State::chunk_size;
  } else {
    fail(BodyFault::broken);
  }
}

void BodyDecoder::begin_chunk(std::string_view line) {
  const auto size = chunk_size(line);
  if (!size) return fail(BodyFault::broken);
  if (*size > bytes_left_) return fail(BodyFault::too_large);
  bytes_left_ -= *size;
  run_left_ = *size;
  state_ = *size == 0 ? State::trailer : State::chunk_octets;
}

}  // namespace seed::rpc

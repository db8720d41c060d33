// Numbers: with which of its numbers of changes (Session::sequence) a run begins: above all of the
// runs before, so that a number of one of those is known for what it is.
//
// By the clock alone two starts in one second, or a clock that was set back, would give the same.
// So the store keeps a number that no run has come to yet, and is told of the next in good time.
#pragma once

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/instant.h"

namespace seed::session {

class Numbers {
 public:
  /// The name of its row in the store.
  static constexpr std::string_view row = "numbers";
  /// So many are kept ahead of what is in use: those of some minutes, as nobody changes more than a
  /// million things a second. A start may skip as many; 2^53, above which doubles have gaps, is
  /// millions of starts away.
  static constexpr std::uint64_t ahead = std::uint64_t{1} << 30;

  /// The number to begin with, by the clock.
  static std::uint64_t by_clock(WallTime now) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
    return static_cast<std::uint64_t>(std::max<std::int64_t>(seconds, 1)) << 20;
  }
  /// The same, if `kept`, the row's value, says nothing else. What cannot be read does not.
  static std::uint64_t first(std::uint64_t by_clock, Bytes kept) {
    const std::string text = to_string(kept);
    std::uint64_t number = 0;
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    const bool good = read.ec == std::errc() && read.ptr == end && number < most;
    return good ? std::max(by_clock, number + 1) : by_clock;
  }

  /// Whether the store is to be told of more.
  bool running_out(std::uint64_t sequence) const { return sequence + ahead / 2 > kept_; }
  /// The row's value, for the number now; on_lost() when it could not be written.
  Buffer keep(std::uint64_t sequence) {
    kept_ = sequence + ahead;
    return to_buffer(std::to_string(kept_));
  }
  void on_lost() { kept_ = 0; }

 private:
  /// More than that is damage.
  static constexpr std::uint64_t most = std::uint64_t{1} << 53;

  std::uint64_t kept_ = 0;  ///< in the store, or on the way
};

}  // namespace seed::session

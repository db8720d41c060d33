// AnswerHead: what a web server says in front of a body, and what it means for the octets that it
// was asked for (RFC 9110, sections 14.4 and 15).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/instant.h"

namespace seed::webseed {

/// Texts as the server sent them, whatever they are; empty where it sent none.
struct AnswerHead {
  int status = 0;
  std::optional<std::uint64_t> content_length{};  ///< octets of the body
  std::string content_range{};
  std::string content_encoding{};
  std::string content_type{};
  std::string retry_after{};
  std::string final_url{};
};

/// "bytes 0-99/1000": octets `first` to `last` of `size`.
struct ContentRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::optional<std::uint64_t> size{};  ///< nothing for "*"
  bool operator==(const ContentRange&) const = default;
};
/// Nothing for what is not well formed or contradicts itself.
std::optional<ContentRange> parse_content_range(std::string_view text);

/// Nothing for a date: most servers that say anything say seconds, and a machine has no calendar.
std::optional<Duration> parse_retry_after(std::string_view text);

/// What was asked for: octets [offset, offset + length) of a file of `file_length` octets.
struct Asked {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  std::uint64_t file_length = 0;
};

struct Judgement {
  enum class Verdict : std::uint8_t {
    take,    ///< the body is what was asked for, behind `skip` octets
    absent,  ///< the server does not have this file as the torrent has it, and never will
    failed,  ///< now it cannot say; later it may
  };
  Verdict verdict = Verdict::failed;
  std::uint64_t skip = 0;
  bool ends_there = false;                ///< take: the body ends with the last octet asked for
  std::optional<Duration> retry_after{};  ///< failed: as the server wishes
  std::string why{};                      ///< absent, failed: for the user
};

/// A server without ranges sends a file from its start: so much is thrown away at most, some
/// seconds on a fast line. Beyond: such a file is not taken from it.
inline constexpr std::uint64_t skip_bytes_max = 4u << 20;

Judgement judge(const AnswerHead& head, const Asked& asked);

}  // namespace seed::webseed

// RequestHead: what is judged of a request's head before the HTTP library reads it (RFC 9112). The
// library takes much that the standard wants refused, because proxies read it otherwise, each of
// its versions something else. Text in, verdict out.
//
// Bounds: head_line_bytes_max a line, head_bytes_max in all; beyond: 414 or 431.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace seed::rpc {

/// A line, with its end: what the library takes.
inline constexpr std::size_t head_line_bytes_max = 8192;
/// Request line and fields together: eight of the longest.
inline constexpr std::size_t head_bytes_max = 8 * head_line_bytes_max;

/// How much of a body follows.
struct BodyFraming {
  bool chunked = false;
  std::uint64_t length = 0;  ///< unless chunked; the largest number stands for all above it

  bool any() const { return chunked || length > 0; }
};

struct HeadVerdict {
  int fault = 0;  ///< the HTTP status to refuse it with; 0: it is good
  BodyFraming body;
};

/// `head` ends with its empty line, or with the first line that ends without CR, or where it got
/// too long.
HeadVerdict judge_head(std::string_view head);

/// A good head as the library is to read it: it knows the values of Connection and Expect in one
/// spelling only, takes every HTTP/1.0 for one that lasts, and refuses requests for their Range,
/// which is for files.
std::string spell_for_library(std::string_view head);

}  // namespace seed::rpc

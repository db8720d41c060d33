// RequestHead: a request's head, judged and taken apart (RFC 9112). Refused is what others read
// otherwise: a proxy in front would let the next request through unseen. Text in, facts out.
//
// Bounds: limits::http_head_line_bytes_max a line, limits::http_head_bytes_max in all; beyond: 414
// or 431.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace seed::rpc {

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

/// A good head, taken apart.
class RequestHead {
 public:
  /// `text` was judged to be good. What was said of another head is no longer there.
  void assign(std::string_view text);
  /// Gives its memory back; what is said of texts is empty from now on.
  void forget();

  std::string_view method() const { return method_; }
  std::string_view target() const { return target_; }
  bool http_1_1() const { return http_1_1_; }
  /// Of the first field of this name, in any case of its letters.
  std::optional<std::string_view> field(std::string_view name) const;
  /// Whether the client wants the connection to go on after the answer.
  bool lasts() const { return lasts_; }
  /// Whether it waits for word before it sends the body (RFC 9110, section 10.1.1).
  bool expects_continue() const { return expects_continue_; }

 private:
  std::string text_;  ///< the others are views of it
  std::string_view method_;
  std::string_view target_;
  std::string_view fields_;
  bool http_1_1_ = true;
  bool lasts_ = true;
  bool expects_continue_ = false;
};

}  // namespace seed::rpc

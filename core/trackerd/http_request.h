// HttpRequestReader: reads what comes over one connection of HTTP as requests for a tracker: GET
// alone, and nothing of a head but its first line and whether the connection goes on (RFC 9112).
//
//   reading --head complete--> complete --next()--> reading
//           --anything else--> refused: answered with status(), then the connection ends
//
// Requests may follow each other at once: it stops behind each, so who drives it answers in order
// and holds back the rest. A request with a body is refused, for nothing here has use of one, and
// what is not read would be taken for the next request.
//
// Bounds: http_line_bytes_max, http_head_bytes_max, http_fields_max.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/bytes.h"

namespace seed::trackerd {

/// A line of a head, its end apart: what servers commonly take, and a scrape of 115 info-hashes.
/// Beyond: 414, or 431 for a field.
inline constexpr std::size_t http_line_bytes_max = 8192;
/// All lines of a head: what browsers and proxies send is a tenth of it. Beyond: 431.
inline constexpr std::size_t http_head_bytes_max = 16384;
/// Fields of a head. Beyond: 431.
inline constexpr std::size_t http_fields_max = 64;

class HttpRequestReader {
 public:
  enum class State : std::uint8_t { reading, complete, refused };

  /// Reads on, while it is reading: to the end of a head or of `bytes`. Returns how many octets it
  /// has taken; 0 in every other state.
  std::size_t on_bytes(Bytes bytes);
  /// The request is answered; on to the next.
  void next();

  State state() const { return state_; }
  /// Octets of a request have come, but not all of it.
  bool begun() const { return state_ == State::reading && head_bytes_ != 0; }

  // Of a complete request, until next().
  /// As they came, without the '?' between them.
  std::string_view path() const { return path_; }
  std::string_view query() const { return query_; }
  /// Whether the connection goes on behind the answer.
  bool lasts() const { return state_ == State::complete && keeps_ && !closes_; }

  /// Why it is refused: 400, 405, 414, 431 or 505.
  int status() const { return status_; }
  /// The same in words, for whoever wrote the client.
  std::string_view reason() const { return reason_; }

 private:
  void on_line(std::string_view line);
  void on_request_line(std::string_view line);
  void on_target(std::string_view target);
  void on_field(std::string_view line);
  void on_connection(std::string_view options);
  void refuse(int status, std::string_view reason);

  State state_ = State::reading;
  std::string line_;  ///< the part of one that has come, with its end
  std::size_t head_bytes_ = 0;
  std::size_t fields_ = 0;
  bool in_fields_ = false;
  bool keeps_ = false;
  bool closes_ = false;
  std::string path_;
  std::string query_;
  int status_ = 0;
  std::string_view reason_;
};

}  // namespace seed::trackerd

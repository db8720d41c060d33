// HttpExchange: one HTTP request as the front sees it; HttpAnswer: what is sent back; AnswerStream:
// where an answer without an end goes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rpc/http/query_text.h"
#include "rpc/http/request_body.h"

namespace seed::rpc {

class HttpExchange {
 public:
  virtual ~HttpExchange() = default;
  /// The status of what is wrong with the request, of which nothing else is known then; 0 if
  /// nothing.
  virtual int fault() const = 0;
  virtual std::string_view method() const = 0;  ///< as sent: "POST"
  virtual std::string_view path() const = 0;    ///< without server and query, not decoded
  virtual std::string_view query_text() const {
    return {};
  }  ///< what follows the path's ?, as sent
  virtual std::string_view peer() const = 0;  ///< IP address; "" on a unix socket
  /// The value of the first header of this name, in any case; nothing when it is absent. Of Host
  /// what the target names instead, if it does.
  virtual std::optional<std::string> header(const char* name) const = 0;
  /// The first parameter of this name in the query, decoded.
  std::optional<std::string> query(std::string_view name) const {
    return query_value(query_text(), name);
  }
  /// The body; once. At most limits::http_body_bytes_max. Does not wait: of one that has not come
  /// the fault is not_yet, and what is answered then is thrown away.
  virtual std::expected<std::string, BodyFault> read_body() = 0;
  /// Before that much is made of the body; false when others fill the memory for it. Waits.
  virtual bool make_room_for_tree(std::uint64_t bytes) = 0;
};

/// Where an answer without an end is written to, piece by piece, on the thread that serves the
/// request.
class AnswerStream {
 public:
  virtual ~AnswerStream() = default;
  /// Sends the piece; waits for the client to take it. False when the client is gone or took
  /// nothing for too long, or the server ends: then nothing more need be written.
  virtual bool write(std::string_view piece) = 0;
  /// Whether the client is still there and the server goes on. Cheap: to be asked, a few times a
  /// second, by who waits for something to write.
  virtual bool open() = 0;
};

struct HttpAnswer {
  int status = 200;
  std::string content_type;  ///< "" for no body
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  /// The client may ask things: it may take its time to send what is not read any more.
  bool trusted = false;
  /// Set for an answer without an end, in place of `body`: status and headers are sent, then this
  /// is called once, and when it returns the connection is closed. It keeps its thread as long
  /// (limits::http_streams_max).
  std::move_only_function<void(AnswerStream&)> stream = nullptr;
};

}  // namespace seed::rpc

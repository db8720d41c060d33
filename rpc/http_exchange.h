// HttpExchange: one HTTP request as the front sees it, whatever library reads it; HttpAnswer: what
// is sent back.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rpc/query_text.h"
#include "rpc/request_body.h"

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
  /// The value of the first header of this name, in any case; nothing when it is absent.
  virtual std::optional<std::string> header(const char* name) const = 0;
  /// The first parameter of this name in the query, decoded.
  std::optional<std::string> query(std::string_view name) const {
    return query_value(query_text(), name);
  }
  /// Reads the body; once. At most limits::http_body_bytes_max; waits while others fill the memory
  /// for bodies.
  virtual std::expected<std::string, BodyFault> read_body() = 0;
  /// Before that much is made of the body; false when others fill the memory for it. Waits.
  virtual bool make_room_for_tree(std::uint64_t bytes) = 0;
};

struct HttpAnswer {
  int status = 200;
  std::string content_type;  ///< "" for no body
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  /// The client may ask things: it may take its time to send what is not read any more.
  bool trusted = false;
};

}  // namespace seed::rpc

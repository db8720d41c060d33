// HttpExchange: one HTTP request as the front sees it, whatever library reads it; HttpAnswer: what
// is sent back.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace seed::rpc {

class HttpExchange {
 public:
  virtual ~HttpExchange() = default;
  virtual std::string_view method() const = 0;  ///< as sent: "POST"
  virtual std::string_view path() const = 0;    ///< without the query, not decoded
  virtual std::string_view peer() const = 0;    ///< IP address; "" on a unix socket
  /// The value of the first header of this name, in any case; nothing when it is absent.
  virtual std::optional<std::string> header(const char* name) const = 0;
  /// Reads the body; once. Nothing when it is larger than limits::http_body_bytes_max or broken
  /// off.
  virtual std::optional<std::string> read_body() = 0;
};

struct HttpAnswer {
  int status = 200;
  std::string content_type;  ///< "" for no body
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

}  // namespace seed::rpc

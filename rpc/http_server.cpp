#include "rpc/http_server.h"

#include <charconv>
#include <limits>
#include <utility>

#include "core/base/limits.h"
#include "rpc/httplib_compat.h"

namespace seed::rpc {

namespace {

/// What Content-Length says; nothing for a chunked body.
std::optional<std::uint64_t> body_length(const httplib::Request& request) {
  if (request.has_header("Transfer-Encoding")) return std::nullopt;
  const std::string text = request.get_header_value("Content-Length");
  std::uint64_t out = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), out);
  // What is no number is more than anybody takes.
  return read.ec == std::errc() ? out : std::numeric_limits<std::uint64_t>::max();
}

/// One request of httplib's.
class Exchange final : public HttpExchange {
 public:
  Exchange(const httplib::Request& request, const httplib::ContentReader* reader)
      : request_(request), reader_(reader) {}

  std::string_view method() const override { return request_.method; }
  std::string_view path() const override {
    const std::string_view target = request_.target;
    return target.substr(0, target.find_first_of("?#"));
  }
  std::string_view peer() const override { return request_.remote_addr; }
  std::optional<std::string> header(const char* name) const override {
    if (!request_.has_header(name)) return std::nullopt;
    return request_.get_header_value(name);
  }

  std::optional<std::string> read_body() override {
    read_ = true;
    std::string body;
    // Without a length there is no body; the library would wait for the connection's end.
    if (reader_ == nullptr || !has_body(request_)) return body;
    const auto length = body_length(request_);
    const bool whole = length.value_or(0) <= limits::http_body_bytes_max &&
                       (*reader_)([&](const char* data, std::size_t size) {
                         if (body.size() + size > limits::http_body_bytes_max) return false;
                         body.append(data, size);
                         return true;
                       });
    if (whole) return body;
    close_after(request_);
    return std::nullopt;
  }

  /// A body that nobody read would be taken for the next request.
  void leave_body() {
    if (read_ || reader_ == nullptr || !has_body(request_)) return;
    const auto length = body_length(request_);
    const bool drained = length && *length <= drained_bytes_max &&
                         (*reader_)([](const char*, std::size_t) { return true; });
    if (!drained) close_after(request_);
  }

 private:
  const httplib::Request& request_;
  const httplib::ContentReader* reader_;
  bool read_ = false;
};

void fill(httplib::Response& response, HttpAnswer answer) {
  response.status = answer.status;
  for (const auto& [name, value] : answer.headers) response.set_header(name.c_str(), value);
  if (answer.content_type.empty()) return;
  // The length comes from the library, which would add a second one.
  response.set_header("Content-Type", answer.content_type);
  response.body = std::move(answer.body);
}

}  // namespace

class HttpServer::Clients {
 public:
  explicit Clients(const Serving& serving) : http(limits::http_threads) {
    http.serve_all([&serving](const httplib::Request& request, httplib::Response& response,
                              const httplib::ContentReader* reader) {
      Exchange exchange(request, reader);
      fill(response, serving(exchange));
      exchange.leave_body();
    });
    http.set_keep_alive_timeout(idle_ms_max / 1000);
    http.set_keep_alive_max_count(told_requests_max);
    http.set_exception_handler(
        [](const httplib::Request& request, httplib::Response& response, std::exception_ptr) {
          close_after(request);
          response.status = 500;
          response.set_content("<h1>500: Internal Server Error</h1>", "text/html; charset=UTF-8");
        });
  }

  HttpConnections http;
};

HttpServer::HttpServer(Serving serving, Knowing knows)
    : serving_(std::move(serving)), knows_(std::move(knows)) {}

HttpServer::~HttpServer() { stop(); }

Result<void> HttpServer::start(const HttpBinding& binding) {
  clients_ = std::make_unique<Clients>(serving_);
  return acceptor_.start(binding, [this](int socket, SocketName peer) {
    const bool stranger = !knows_(peer.address);
    clients_->http.serve(socket, std::move(peer), stranger);
  });
}

void HttpServer::stop() {
  acceptor_.stop();
  clients_.reset();
}

}  // namespace seed::rpc

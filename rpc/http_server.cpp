#include "rpc/http_server.h"

#include <optional>
#include <utility>

#include "core/base/limits.h"
#include "rpc/httplib_compat.h"

namespace seed::rpc {

namespace {

/// Of "http://host/path" the path, "/" if it has none: clients that take the server for a proxy ask
/// so (RFC 9112, section 3.2.2).
std::string_view without_authority(std::string_view target) {
  if (target.starts_with('/')) return target;
  const auto scheme = target.find("://");
  if (scheme == target.npos) return target;
  const auto path = target.find_first_of("/?#", scheme + 3);
  return path == target.npos || target[path] != '/' ? "/" : target.substr(path);
}

/// One request of httplib's.
class Exchange final : public HttpExchange {
 public:
  Exchange(const httplib::Request& request, Incoming& incoming)
      : request_(request), incoming_(incoming) {}

  int fault() const override { return incoming_.fault(); }
  std::string_view method() const override { return request_.method; }
  std::string_view path() const override {
    const std::string_view path = without_authority(request_.target);
    return path.substr(0, path.find_first_of("?#"));
  }
  std::string_view peer() const override { return request_.remote_addr; }
  std::optional<std::string> header(const char* name) const override {
    if (!request_.has_header(name)) return std::nullopt;
    return request_.get_header_value(name);
  }

  std::expected<std::string, BodyFault> read_body() override {
    std::string body;
    const auto fault = incoming_.read_body([&](std::string_view piece) {
      body += piece;
      return true;
    });
    if (!fault) return body;
    incoming_.close_after();
    return std::unexpected(*fault);
  }

 private:
  const httplib::Request& request_;
  Incoming& incoming_;
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
                              Incoming& incoming) {
      Exchange exchange(request, incoming);
      fill(response, serving(exchange));
    });
    http.set_keep_alive_timeout(idle_ms_max / 1000);
    http.set_keep_alive_max_count(told_requests_max);
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

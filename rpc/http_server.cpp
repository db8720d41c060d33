#include "rpc/http_server.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <limits>
#include <utility>

#include "core/base/endpoint.h"
#include "core/base/limits.h"
#include "rpc/httplib_compat.h"

namespace seed::rpc {

namespace {

constexpr std::string_view unix_prefix = "unix:";

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

/// Whether somebody listens on the socket file; if nobody does, it is left over and goes.
bool take_socket_file(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return true;
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) return true;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool used =
      ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(probe);
  if (used) return false;
  ::unlink(path.c_str());
  return true;
}

/// Why an address cannot be listened on: the library does not say.
int bind_error(const std::string& address, std::uint16_t port) {
  const auto ip = IpAddress::parse(address);
  if (!ip) return EADDRNOTAVAIL;
  sockaddr_storage name{};
  socklen_t length = 0;
  if (ip->is_v4()) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&v4.sin_addr, ip->octets().data(), 4);
    std::memcpy(&name, &v4, length = sizeof v4);
  } else {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    std::memcpy(&v6.sin6_addr, ip->octets().data(), 16);
    std::memcpy(&name, &v6, length = sizeof v6);
  }
  const int probe = ::socket(name.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return errno;
  const int on = 1;
  ::setsockopt(probe, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const bool bound = ::bind(probe, reinterpret_cast<const sockaddr*>(&name), length) == 0 &&
                     ::listen(probe, 1) == 0;
  const int error = bound ? EADDRINUSE : errno;
  ::close(probe);
  return error;
}

}  // namespace

class HttpServer::Listener {
 public:
  explicit Listener(const Serving& serving) : http(limits::http_threads) {
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

  HttpListener http;
  int socket = -1;
};

HttpServer::HttpServer(Serving serving) : serving_(std::move(serving)) {}

HttpServer::~HttpServer() { stop(); }

Result<void> HttpServer::start(const HttpBinding& binding) {
  const bool is_unix = binding.address.starts_with(unix_prefix);
  const std::string host = is_unix ? binding.address.substr(unix_prefix.size()) : binding.address;
  const auto doing = is_unix
                         ? fmt::format("cannot listen for RPC on {}", host)
                         : fmt::format("cannot listen for RPC on {} port {}", host, binding.port);
  if (is_unix && !take_socket_file(host))
    return std::unexpected(fault_from_errno(EADDRINUSE, doing));
  auto listener = std::make_unique<Listener>(serving_);
  if (is_unix) listener->http.set_address_family(AF_UNIX);
  listener->http.set_socket_options([&](socket_t sock) {
    // Not the library's SO_REUSEPORT, by which two daemons would share a port.
    const int on = 1;
    ::setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    // Linux gives the socket's file the permissions that the socket has at bind().
    if (is_unix) ::fchmod(sock, binding.socket_mode);
    listener->socket = sock;
  });
  int port = binding.port;
  errno = 0;
  if (is_unix)
    port = listener->http.bind_to_port(host, 1) ? 0 : -1;
  else if (port == 0)
    port = listener->http.bind_to_any_port(host);
  else if (!listener->http.bind_to_port(host, port))
    port = -1;
  if (port < 0)
    return std::unexpected(fault_from_errno(
        is_unix ? (errno != 0 ? errno : EADDRINUSE) : bind_error(host, binding.port), doing));
  ::listen(listener->socket, backlog);
  if (is_unix) {
    ::chmod(host.c_str(), binding.socket_mode);
    socket_path_ = host;
  }
  port_ = static_cast<std::uint16_t>(port);
  listener_ = std::move(listener);
  acceptor_ = std::thread([this] { listener_->http.listen_after_bind(); });
  // stop() does nothing to a server that does not run yet.
  while (!listener_->http.is_running()) std::this_thread::yield();
  return {};
}

void HttpServer::stop() {
  if (!listener_) return;
  listener_->http.end_connections();
  listener_->http.stop();
  acceptor_.join();
  listener_.reset();
  if (!socket_path_.empty()) ::unlink(socket_path_.c_str());
  socket_path_.clear();
  port_ = 0;
}

}  // namespace seed::rpc

#include "rpc/http_server.h"

#include <malloc.h>

#include <optional>
#include <utility>

#include "core/base/limits.h"
#include "rpc/body_room.h"
#include "rpc/httplib_compat.h"

namespace seed::rpc {

namespace {

/// What a larger body and what was made of it took is given back to the system: the allocator would
/// keep it, once for each of many threads.
constexpr std::size_t kept_body_bytes_max = 1u << 20;

/// Of "http://host/path" the path, "/" if it has none: clients that take the server for a proxy ask
/// so (RFC 9112, section 3.2.2).
std::string_view without_authority(std::string_view target) {
  if (target.starts_with('/')) return target;
  const auto scheme = target.find("://");
  if (scheme == target.npos) return target;
  const auto path = target.find_first_of("/?#", scheme + 3);
  return path == target.npos || target[path] != '/' ? "/" : target.substr(path);
}

/// Who waits for a tree's has all of its body, so that nobody waits for both.
struct Rooms {
  BodyRoom bodies{limits::http_bodies_bytes_max};
  BodyRoom trees{limits::json_trees_bytes_max};
};

/// One request of httplib's.
class Exchange final : public HttpExchange {
 public:
  Exchange(const httplib::Request& request, Incoming& incoming, Rooms& rooms)
      : request_(request), incoming_(incoming), rooms_(rooms) {}

  int fault() const override { return incoming_.fault(); }
  std::string_view method() const override { return request_.method; }
  std::string_view path() const override {
    const std::string_view path = without_authority(request_.target);
    return path.substr(0, path.find_first_of("?#"));
  }
  std::string_view query_text() const override {
    std::string_view target = without_authority(request_.target);
    target = target.substr(0, target.find('#'));
    const auto begin = target.find('?');
    return begin == target.npos ? std::string_view() : target.substr(begin + 1);
  }
  std::string_view peer() const override { return request_.remote_addr; }
  std::optional<std::string> header(const char* name) const override {
    if (!request_.has_header(name)) return std::nullopt;
    return request_.get_header_value(name);
  }

  std::expected<std::string, BodyFault> read_body() override {
    std::string body;
    const auto fault = incoming_.read_body([&](std::string_view piece) {
      if (!make_room(body, body.size() + piece.size())) return false;
      body += piece;
      return true;
    });
    body_bytes_ = body.size();
    if (!fault) return body;
    incoming_.close_after();
    return std::unexpected(*fault);
  }
  bool make_room_for_tree(std::uint64_t bytes) override {
    // The tree of a small body is small.
    if (body_bytes_ <= limits::http_small_body_bytes_max) return true;
    tree_share_.emplace(rooms_.trees.begin(bytes));
    return tree_share_->grow_to(bytes);
  }

  std::size_t body_bytes() const { return body_bytes_; }

 private:
  /// Small bodies take no room, so that large ones that come slowly keep no small one waiting.
  bool make_room(std::string& body, std::size_t bytes) {
    if (bytes <= limits::http_small_body_bytes_max) return true;
    if (!body_share_) {
      const BodyFraming& framing = incoming_.framing();
      // Nobody knows how long a body in chunks gets.
      const std::size_t most = framing.chunked ? limits::http_body_bytes_max : framing.length;
      body_share_.emplace(rooms_.bodies.begin(most));
      // Costs nothing before it is written to; growing by copies would.
      body.reserve(most);
    }
    return body_share_->grow_to(bytes);
  }

  const httplib::Request& request_;
  Incoming& incoming_;
  Rooms& rooms_;
  std::optional<BodyRoom::Share> body_share_;
  std::optional<BodyRoom::Share> tree_share_;
  std::size_t body_bytes_ = 0;
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
  explicit Clients(const Serving& serving) : http(limits::http_threads + http_streams_max) {
    http.serve_all([this, &serving](const httplib::Request& request, httplib::Response& response,
                                    Incoming& incoming) {
      std::size_t body_bytes = 0;
      {
        Exchange exchange(request, incoming, rooms);
        HttpAnswer answer = serving(exchange);
        if (answer.trusted) incoming.trust();
        auto stream = std::move(answer.stream);
        fill(response, std::move(answer));
        if (stream) incoming.stream(response, request.version == "HTTP/1.1", std::move(stream));
        body_bytes = exchange.body_bytes();
      }
      if (body_bytes > kept_body_bytes_max) ::malloc_trim(0);
    });
    http.set_keep_alive_timeout(idle_ms_max / 1000);
    http.set_keep_alive_max_count(told_requests_max);
  }
  ~Clients() {
    rooms.bodies.close();
    rooms.trees.close();
  }

  Rooms rooms;
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

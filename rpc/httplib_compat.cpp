#include "rpc/httplib_compat.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "core/base/limits.h"

namespace seed::rpc {

namespace {

using Clock = std::chrono::steady_clock;

/// A connected socket with a buffer for reading. Waits with poll(), so any descriptor will do.
/// httplib reads the head that it is given, and nothing else.
class SocketStream final : public httplib::Stream {
 public:
  SocketStream(int sock, SocketName remote, const Ending& ending)
      : sock_(sock), ending_(ending), remote_(std::move(remote)), local_(local_name(sock)) {}

  bool has_input() const { return begin_ < end_; }
  bool wait(short events, int timeout_ms) const {
    pollfd waiting{sock_, events, 0};
    return ::poll(&waiting, 1, timeout_ms) > 0;
  }
  /// What comes later is not waited for.
  void read_until(Clock::time_point at_latest) { at_latest_ = at_latest; }

  /// One head, or as much of it as says that it is none; nothing when the client has gone.
  std::optional<std::string> read_head() {
    std::string head;
    bool empty_line = false;
    while (head.size() <= head_bytes_max && fill()) {
      const char* begin = buffer_.data() + begin_;
      const char* end = buffer_.data() + end_;
      const char* feed = std::find(begin, end, '\n');
      const char* taken = feed == end ? end : feed + 1;
      head.append(begin, taken);
      begin_ += static_cast<std::size_t>(taken - begin);
      if (feed == end) continue;
      // RFC 9112, section 2.2: old clients send an empty line after a body.
      if (head == "\r\n" && !std::exchange(empty_line, true))
        head.clear();
      else if (head.ends_with("\r\n\r\n") || !head.ends_with("\r\n") || head == "\r\n")
        return head;
    }
    if (head.size() <= head_bytes_max) return std::nullopt;
    return head;
  }
  /// What httplib is to read.
  void give(std::string head) {
    head_ = std::move(head);
    head_read_ = 0;
  }
  /// Octets that have come and are not read.
  std::size_t come() const {
    int in_kernel = 0;
    if (::ioctl(sock_, FIONREAD, &in_kernel) != 0) in_kernel = 0;
    return end_ - begin_ + static_cast<std::size_t>(in_kernel);
  }
  /// 0: the client has gone, or says nothing.
  std::size_t read_octets(char* to, std::size_t size) {
    if (!fill()) return 0;
    const std::size_t taken = std::min(size, end_ - begin_);
    std::memcpy(to, buffer_.data() + begin_, taken);
    begin_ += taken;
    return taken;
  }

  bool is_readable() const override { return head_read_ < head_.size(); }
  bool is_writable() const override { return wait_patiently(POLLOUT); }

  ssize_t read(char* to, std::size_t size) override {
    const std::size_t taken = std::min(size, head_.size() - head_read_);
    if (taken == 0) return -1;
    std::memcpy(to, head_.data() + head_read_, taken);
    head_read_ += taken;
    return static_cast<ssize_t>(taken);
  }

  /// Whether the client may still be there; what it has sent is left.
  bool connected() const {
    char next = 0;
    const ssize_t got = ::recv(sock_, &next, 1, MSG_PEEK | MSG_DONTWAIT);
    return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
  }
  /// What is written from now on is thrown away: the answer has been given.
  void mute() { muted_ = true; }

  ssize_t write(const char* from, std::size_t size) override {
    if (muted_) return static_cast<ssize_t>(size);
    std::size_t sent = 0;
    while (sent < size) {
      const ssize_t now = ::send(sock_, from + sent, size - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (now > 0)
        sent += static_cast<std::size_t>(now);
      else if (errno == EAGAIN && wait_patiently(POLLOUT))
        continue;
      else if (errno != EINTR)
        return -1;
    }
    return static_cast<ssize_t>(size);
  }

  void get_remote_ip_and_port(std::string& ip, int& port) const override {
    ip = remote_.address;
    port = remote_.port;
  }
  void get_local_ip_and_port(std::string& ip, int& port) const override {
    ip = local_.address;
    port = local_.port;
  }
  /// Looked at only to refuse what select() cannot take.
  socket_t socket() const override { return 0; }

  const SocketName& remote() const { return remote_; }
  const SocketName& local() const { return local_; }

 private:
  bool fill() {
    if (has_input()) return true;
    if (Clock::now() >= at_latest_ || !wait_patiently(POLLIN)) return false;
    const ssize_t got = ::recv(sock_, buffer_.data(), buffer_.size(), 0);
    begin_ = 0;
    end_ = got > 0 ? static_cast<std::size_t>(got) : 0;
    return got > 0;
  }

  /// Up to stall_ms_max; not so long when the server stops.
  bool wait_patiently(short events) const {
    for (int waited = 0; waited < stall_ms_max; waited += look_up_ms) {
      if (ending_.over() || (events == POLLIN && Clock::now() >= at_latest_)) return false;
      if (wait(events, look_up_ms)) return true;
      if (ending_.begun()) return false;
    }
    return false;
  }

  int sock_;
  const Ending& ending_;
  SocketName remote_;
  SocketName local_;
  std::array<char, 16 * 1024> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  Clock::time_point at_latest_ = Clock::time_point::max();
  std::string head_;
  std::size_t head_read_ = 0;
  bool muted_ = false;
};

/// An answer without an end; in chunks when the client knows these (RFC 9112, section 7.1).
class Pieces final : public AnswerStream {
 public:
  Pieces(SocketStream& socket, const Ending& ending, bool chunked)
      : socket_(socket), ending_(ending), chunked_(chunked) {}
  bool write(std::string_view piece) override {
    // A chunk without octets would be the last one.
    if (piece.empty()) return open();
    if (!chunked_) return send(piece);
    return send(fmt::format("{:x}\r\n{}\r\n", piece.size(), piece));
  }
  bool open() override { return whole_ && !ending_.begun() && socket_.connected(); }
  void end() {
    if (chunked_ && whole_) send("0\r\n\r\n");
  }

 private:
  bool send(std::string_view text) {
    whole_ = whole_ && !ending_.over() && socket_.write(text.data(), text.size()) > 0;
    return whole_ && !ending_.begun();
  }

  SocketStream& socket_;
  const Ending& ending_;
  const bool chunked_;
  bool whole_ = true;  ///< all has been sent so far
};

/// Server::process_request() of 0.11.
template <typename Server, typename Setup>
bool process(Server& server,
             bool (httplib::Server::*request)(httplib::Stream&, bool, bool&,
                                              const std::function<void(httplib::Request&)>&),
             SocketStream& stream, bool& closed, const Setup& setup) {
  return (server.*request)(stream, false, closed, setup);
}

/// The same of 0.18, which is told the addresses.
template <typename Server, typename Setup>
bool process(Server& server,
             bool (httplib::Server::*request)(httplib::Stream&, const std::string&, int,
                                              const std::string&, int, bool, bool&,
                                              const std::function<void(httplib::Request&)>&),
             SocketStream& stream, bool& closed, const Setup& setup) {
  return (server.*request)(stream, stream.remote().address, stream.remote().port,
                           stream.local().address, stream.local().port, false, closed, setup);
}

}  // namespace

class HttpConnections::Connection final : public Incoming {
 public:
  /// `refused` is what all connections share: of them, those that wait patiently.
  Connection(int sock, SocketName remote, const Ending& ending, std::atomic<std::size_t>& refused)
      : socket(sock, std::move(remote), ending), ending_(ending), refused_(refused) {}
  ~Connection() override { end_patience(); }

  int fault() const override { return verdict_.fault; }
  const BodyFraming& framing() const override { return verdict_.body; }
  std::optional<BodyFault> read_body(const BodySink& sink) override {
    const auto fault = read(limits::http_body_bytes_max, sink);
    body_left_ = fault.has_value();
    return fault;
  }
  void close_after() override { close_ = true; }
  void trust() override { trusted_ = true; }
  bool trusted() const { return trusted_; }
  void stream(const httplib::Response& head, bool chunked,
              std::move_only_function<void(AnswerStream&)> body) override {
    std::string text = fmt::format("HTTP/1.1 {} OK\r\nConnection: close\r\n", head.status);
    for (const auto& [name, value] : head.headers) text += fmt::format("{}: {}\r\n", name, value);
    if (chunked) text += "Transfer-Encoding: chunked\r\n";
    text += "\r\n";
    if (socket.write(text.data(), text.size()) > 0) {
      Pieces pieces(socket, ending_, chunked);
      body(pieces);
      pieces.end();
    }
    socket.mute();
    close_after();
  }
  bool closes() const { return close_; }

  /// Takes the next head and gives it to httplib; false when there is none.
  bool begin() {
    socket.read_until(Clock::now() + head_within);
    auto head = socket.read_head();
    if (!head) return false;
    if (++requests_ >= told_requests_max) close_after();
    verdict_ = judge_head(*head);
    body_left_ = verdict_.body.any() || verdict_.fault != 0;
    trusted_ = false;
    // What is wrong with it nobody else need find out again, or otherwise.
    close_ = close_ || verdict_.fault != 0;
    socket.give(verdict_.fault != 0 ? "GET / HTTP/1.1\r\n\r\n" : spell_for_library(*head));
    socket.read_until(Clock::time_point::max());
    return true;
  }
  /// Before the answer, which says whether the connection lasts.
  void look_at_rest() {
    if (!body_left_) return;
    if (trusted_) begin_patience();
    const bool bounded = !framing().chunked && framing().length <= drained_bytes_max;
    if (!bounded || (!patient_ && framing().length > socket.come())) close_after();
  }
  /// After the answer: a body that nobody read would be taken for the next request.
  void drain() {
    if (body_left_ && !close_) {
      socket.read_until(Clock::now() + time_for_rest());
      if (read(drained_bytes_max, [](std::string_view) { return true; })) close_after();
      body_left_ = false;
      socket.read_until(Clock::time_point::max());
    }
    if (!body_left_) end_patience();
  }
  /// Before the connection is closed: a close with something unread is a reset, and the answer
  /// might be lost with it.
  void read_rest() {
    std::array<char, 4096> rest;
    socket.read_until(Clock::now() + time_for_rest());
    // Who owes nothing may have begun another request, but is not waited for.
    while ((body_left_ || socket.has_input() || socket.wait(POLLIN, look_up_ms)) &&
           socket.read_octets(rest.data(), rest.size()) > 0)
      continue;
  }

  SocketStream socket;

 private:
  std::optional<BodyFault> read(std::uint64_t bytes_max, const BodySink& sink) {
    return rpc::read_body(
        framing(), bytes_max,
        [this](char* to, std::size_t size) { return socket.read_octets(to, size); }, sink);
  }

  std::chrono::milliseconds time_for_rest() const { return patient_ ? patience_max : linger_max; }
  void begin_patience() {
    if (patient_) return;
    patient_ = refused_.fetch_add(1) < limits::http_refused_max;
    if (!patient_) --refused_;
  }
  void end_patience() {
    if (std::exchange(patient_, false)) --refused_;
  }

  const Ending& ending_;
  std::atomic<std::size_t>& refused_;
  HeadVerdict verdict_;
  bool body_left_ = false;  ///< or what is left of a request that is none
  bool trusted_ = false;
  bool patient_ = false;  ///< one of the refused
  bool close_ = false;
  std::size_t requests_ = 0;
};

namespace {

/// A request of which nothing but a fault is known.
class Lost final : public Incoming {
 public:
  explicit Lost(int fault) : fault_(fault) {}
  int fault() const override { return fault_; }
  const BodyFraming& framing() const override { return none_; }
  std::optional<BodyFault> read_body(const BodySink&) override { return BodyFault::broken; }
  void close_after() override {}
  void trust() override {}
  void stream(const httplib::Response&, bool,
              std::move_only_function<void(AnswerStream&)>) override {}

 private:
  int fault_;
  BodyFraming none_;
};

/// In a field for clients, by which a request is known to its connection.
template <typename Connection>
struct Owner {
  Connection* connection;
  bool operator()(const httplib::Response&) const { return true; }
};

void tell_end(httplib::Response& response) {
  response.headers.erase("Keep-Alive");
  if (!response.has_header("Connection")) response.set_header("Connection", "close");
}

}  // namespace

HttpConnections::HttpConnections(std::size_t threads) : threads_(threads) {}

HttpConnections::~HttpConnections() { end(); }

void HttpConnections::serve(int sock, SocketName peer, bool stranger) {
  if (waiting_ >= limits::http_waiting_max ||
      (stranger && strangers_ >= limits::http_strangers_max)) {
    ::close(sock);
    return;
  }
  ++waiting_;
  strangers_ += stranger ? 1 : 0;
  threads_.enqueue([this, sock, stranger, peer = std::move(peer)]() mutable {
    --waiting_;
    if (!ending_.begun()) serve_now(sock, std::move(peer));
    ::close(sock);
    strangers_ -= stranger ? 1 : 0;
  });
}

void HttpConnections::end() {
  if (ending_.begin()) threads_.shutdown();
}

HttpConnections::Connection* HttpConnections::connection_of(const httplib::Request& request) {
  const auto* owner = request.response_handler.target<Owner<Connection>>();
  return owner == nullptr ? nullptr : owner->connection;
}

void HttpConnections::serve_all(const Handler& handler) {
  set_pre_routing_handler([handler](const httplib::Request& request, httplib::Response& response) {
    Connection& connection = *connection_of(request);
    handler(request, response, connection);
    connection.look_at_rest();
    return HandlerResponse::Handled;
  });
  set_exception_handler(
      [](const httplib::Request& request, httplib::Response& response, const std::exception_ptr&) {
        connection_of(request)->close_after();
        response.headers.clear();
        response.body.clear();
        response.status = 500;
      });
  // Of all answers that tell of a fault; those without a body are not the handler's.
  set_error_handler([handler](const httplib::Request& request, httplib::Response& response) {
    if (!response.body.empty()) return;
    try {
      Lost lost(response.status);
      handler(request, response, lost);
    } catch (...) {
      response.set_content("<h1>500: Internal Server Error</h1>", "text/html; charset=UTF-8");
    }
  });
  set_post_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
    Connection* connection = connection_of(request);
    // Who is not let in may ask on and on: the thread goes to who waits for one.
    if (connection != nullptr && waiting_ > 0 && !connection->trusted()) connection->close_after();
    if (connection == nullptr || connection->closes() || ending_.begun()) tell_end(response);
  });
}

bool HttpConnections::serve_next(Connection& connection) {
  if (!connection.begin()) return false;
  bool closed = false;
  bool understood = false;
  const std::function<void(httplib::Request&)> setup = [&](httplib::Request& request) {
    understood = true;
    // Ranges are for files, and the library looks for its own.
    request.path = "/";
    request.ranges.clear();
    request.response_handler = Owner<Connection>{&connection};
  };
  const bool written =
      process(*this, &HttpConnections::process_request, connection.socket, closed, setup);
  if (!written || !understood || closed || connection.closes()) return false;
  connection.drain();
  return !connection.closes();
}

void HttpConnections::serve_now(int sock, SocketName peer) {
  Connection connection(sock, std::move(peer), ending_, refused_);
  const auto ready = [&] {
    for (int idle = 0; idle < idle_ms_max; idle += look_up_ms) {
      if (connection.socket.has_input() || connection.socket.wait(POLLIN, look_up_ms)) return true;
      if (ending_.begun() || waiting_ > 0) return false;
    }
    return false;
  };
  while (!ending_.begun() && ready() && serve_next(connection)) continue;
  ::shutdown(sock, SHUT_WR);
  connection.read_rest();
}

}  // namespace seed::rpc

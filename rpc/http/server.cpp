#include "rpc/http/server.h"

#include <fmt/format.h>
#include <malloc.h>

#include <atomic>
#include <chrono>
#include <exception>
#include <utility>

#include "rpc/http/conversation_exchange.h"
#include "rpc/http/socket_transport.h"
#include "rpc/http/workers.h"

namespace seed::rpc {

namespace {

using Clock = HttpLink::Clock;
using Next = HttpLink::Next;

/// What a larger body and what was made of it took is given back to the system: the allocator would
/// keep it, once for each of many threads.
constexpr std::size_t kept_body_bytes_max = 1u << 20;
/// It takes all threads' memory one after the other, and waits for them.
constexpr std::chrono::seconds trim_interval{10};
/// How long a thread waits for the next request of the client that it has answered: one that asks
/// without a pause need not be passed on each time. As many threads do so.
constexpr std::chrono::milliseconds next_request_within{1};
constexpr std::size_t waiting_threads_max = 8;

/// Gives memory back that is not used, unless that was done a moment ago.
class Trimmer {
 public:
  void trim() {
    const auto now = Clock::now().time_since_epoch().count();
    auto due = due_.load();
    if (now < due) return;
    const auto next = now + Clock::duration(trim_interval).count();
    if (due_.compare_exchange_strong(due, next)) ::malloc_trim(0);
  }

 private:
  std::atomic<Clock::rep> due_ = 0;
};

/// An answer without an end; in chunks when the client knows these (RFC 9112, section 7.1).
class Pieces final : public AnswerStream {
 public:
  Pieces(HttpLink& link, const std::atomic<bool>& ending)
      : link_(link), ending_(ending), chunked_(link.conversation().head().http_1_1()) {}

  void write_all(HttpConversation::Stream& stream) {
    HttpConversation& conversation = link_.conversation();
    const auto head = conversation.unsent();
    if (send(head)) {
      conversation.on_sent(head.size());
      stream(*this);
      if (chunked_) send("0\r\n\r\n");
    }
    if (whole_) conversation.on_stream_end();
  }
  /// All has been sent so far.
  bool whole() const { return whole_; }

  bool write(std::string_view piece) override {
    // A chunk without octets would be the last one.
    if (piece.empty()) return open();
    if (!chunked_) return send(piece) && !ending_;
    return send(fmt::format("{:x}\r\n{}\r\n", piece.size(), piece)) && !ending_;
  }
  bool open() override {
    whole_ = whole_ && link_.connected();
    return whole_ && !ending_;
  }

 private:
  bool send(std::string_view text) {
    whole_ = whole_ && link_.send_all(text, [this] { return ending_.load(); });
    return whole_;
  }

  HttpLink& link_;
  const std::atomic<bool>& ending_;
  const bool chunked_;
  bool whole_ = true;
};

std::unique_ptr<Transport> transport_of(int socket, const Tls* tls) {
  if (tls != nullptr) return tls->transport(socket);
  return std::make_unique<SocketTransport>(socket);
}

}  // namespace

class HttpServer::Running {
 public:
  Running(const Serving& serving, const Knowing& knows, const Counting& counting,
          const Bounds& bounds, const Tls* tls)
      : serving_(serving),
        counting_(counting),
        reactor_({.asked = [this](HttpLink& link) { return workers_.put(link); },
                  .knows = knows,
                  .transport = [tls](int socket) { return transport_of(socket, tls); }},
                 rooms_, bounds.connections),
        workers_(bounds.threads_max, [this](HttpLink& link) {
          try {
            serve(link);
          } catch (const std::exception&) {
            // For want of memory: nothing can be said.
            reactor_.give_back(link, Next::ended);
          }
        }) {}
  ~Running() { stop(); }

  /// False: a thread goes on with what it does, for which no more time is given.
  bool stop() {
    if (!ending_.exchange(true)) stopped_at_latest_ = Clock::now() + limits::stop_calls_max;
    rooms_.bodies.close();
    rooms_.trees.close();
    reactor_.close();
    for (HttpLink* link : workers_.end(stopped_at_latest_)) reactor_.give_back(*link, Next::ended);
    reactor_.end(stopped_at_latest_);
    return workers_.ended();
  }

  bool ended() const { return workers_.ended(); }

  Result<void> start(const HttpBinding& binding) { return reactor_.start(binding); }
  std::uint16_t port() const { return reactor_.port(); }

 private:
  /// What the link has been asked, and what its client asks without a pause.
  void serve(HttpLink& link) {
    while (true) {
      if (!answer(link)) return reactor_.give_back(link, Next::ended);
      Next next = link.advance(Clock::now());
      if (next == Next::readable && waits_for_next(link)) next = link.advance(Clock::now());
      if (next == Next::asked && ending_) next = Next::ended;
      if (next != Next::asked) return reactor_.give_back(link, next);
      // Others were there before.
      if (workers_.waiting() == 0) continue;
      if (!workers_.put(link)) reactor_.give_back(link, Next::ended);
      return;
    }
  }

  bool waits_for_next(HttpLink& link) {
    if (link.conversation().phase() != HttpConversation::Phase::idle || ending_) return false;
    const bool may = ++waiting_threads_ <= waiting_threads_max;
    const bool came = may && link.wait_for_input(next_request_within);
    --waiting_threads_;
    return came;
  }

  /// False when the connection can only be closed.
  bool answer(HttpLink& link) {
    HttpConversation& conversation = link.conversation();
    HttpAnswer answer = ask(link, 0);
    if (conversation.lacks_body()) {
      conversation.await_body();
      return true;
    }
    const std::size_t body_bytes = conversation.body_bytes();
    // Who is not let in may ask on and on: the thread goes to who waits for one.
    const bool last = ending_ || (!answer.trusted && workers_.waiting() > 0);
    auto stream =
        conversation.answer(std::move(answer), {conversation.owes() ? link.come() : 0, last});
    counting_(conversation.status());
    if (body_bytes > kept_body_bytes_max) trimmer_.trim();
    if (!stream) return true;
    Pieces pieces(link, ending_);
    try {
      pieces.write_all(stream);
    } catch (...) {
      return false;
    }
    return pieces.whole();
  }

  HttpAnswer ask(HttpLink& link, int fault) {
    try {
      ConversationExchange exchange(link.conversation(), rooms_, link.peer().address, fault);
      return serving_(exchange);
    } catch (...) {
      link.conversation().end_after_answer();
      if (fault == 0) return ask(link, 500);
      HttpAnswer out;
      out.status = 500;
      out.content_type = "text/html; charset=UTF-8";
      out.body = "<h1>500: Internal Server Error</h1>";
      return out;
    }
  }

  const Serving& serving_;
  const Counting& counting_;
  HttpRooms rooms_;
  Trimmer trimmer_;
  Clock::time_point stopped_at_latest_;
  std::atomic<bool> ending_ = false;
  std::atomic<std::size_t> waiting_threads_ = 0;
  Reactor reactor_;
  HttpWorkers workers_;
};

HttpServer::HttpServer(Serving serving, Knowing knows, const Bounds& bounds, Counting counting)
    : serving_(std::move(serving)),
      knows_(std::move(knows)),
      counting_(std::move(counting)),
      bounds_(bounds) {}

HttpServer::~HttpServer() {
  stop();
  running_.reset();
}

Result<void> HttpServer::start(const HttpBinding& binding, const Tls* tls) {
  if (is_unix_socket(binding)) tls = nullptr;
  running_ = std::make_unique<Running>(serving_, knows_, counting_, bounds_, tls);
  const auto started = running_->start(binding);
  if (!started) running_.reset();
  return started;
}

void HttpServer::stop() {
  if (running_ && running_->stop()) running_.reset();
}

bool HttpServer::ended() const { return !running_ || running_->ended(); }

std::uint16_t HttpServer::port() const { return running_ ? running_->port() : std::uint16_t{0}; }

}  // namespace seed::rpc

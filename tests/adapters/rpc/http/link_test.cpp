#include "rpc/http/link.h"

#include <sys/socket.h>

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "core/base/limits.h"
#include "rpc/http/socket_transport.h"
#include "rpc/http/workers.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::rpc;

namespace {

using Next = HttpLink::Next;
using Clock = HttpLink::Clock;

const std::string get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

/// A link and its client's end.
struct Pair {
  HttpRooms rooms;
  Descriptor client;
  std::unique_ptr<HttpLink> link;

  Pair() {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
    client = Descriptor(ends[0]);
    link = std::make_unique<HttpLink>(Descriptor(ends[1]), SocketName(),
                                      std::make_unique<SocketTransport>(ends[1]), rooms);
  }
  void send(std::string_view text) const {
    REQUIRE(::send(client.get(), text.data(), text.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(text.size()));
  }
  std::size_t take_all() const {
    std::size_t out = 0;
    std::string some(1 << 20, '\0');
    while (true) {
      const auto got = ::recv(client.get(), some.data(), some.size(), MSG_DONTWAIT);
      if (got <= 0) return out;
      out += static_cast<std::size_t>(got);
    }
  }
  Next go_on(Clock::time_point now = Clock::now()) const { return link->advance(now); }
  void answer(std::size_t size, bool trusted = true) const {
    HttpAnswer answer{200, "text/plain", std::string(size, 'x'), {}};
    answer.trusted = trusted;
    link->conversation().answer(std::move(answer), {});
  }
};

}  // namespace

TEST_CASE("an answer without an end that broke off is not asked for again") {
  Pair pair;
  pair.send(get);
  REQUIRE(pair.go_on() == Next::asked);
  HttpAnswer answer;
  answer.stream = [](AnswerStream&) {};
  REQUIRE(pair.link->conversation().answer(std::move(answer), {}));
  pair.send("an octet that wakes who waits");
  CHECK(pair.go_on() == Next::ended);
}

TEST_CASE("no more is sent in one go than keeps others waiting for a moment") {
  Pair pair;
  const int room = 8 << 20;
  ::setsockopt(pair.link->socket(), SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
  pair.send(get);
  REQUIRE(pair.go_on() == Next::asked);
  constexpr std::size_t size = 3 << 20;
  pair.answer(size);
  std::size_t taken = 0;
  int turns = 0;
  for (Next next = pair.go_on(); next == Next::writable; next = pair.go_on()) {
    const auto now = pair.take_all();
    CHECK(now <= limits::http_turn_sent_bytes_max);
    taken += now;
    REQUIRE(++turns < 1000);
  }
  taken += pair.take_all();
  CHECK(taken > size);
  CHECK(turns >= 11);
}

TEST_CASE("who takes an answer quickly at first and stops is not waited for") {
  Pair pair;
  pair.send(get);
  REQUIRE(pair.go_on() == Next::asked);
  pair.answer(20 << 20);
  auto now = Clock::now();
  REQUIRE(pair.go_on(now) == Next::writable);
  for (int i = 0; i < 20; ++i) {
    pair.take_all();
    pair.link->kept.next = pair.go_on(now);
    REQUIRE(pair.link->kept.next == Next::writable);
  }
  now = pair.link->deadline();
  REQUIRE(pair.link->on_deadline(now) == Next::writable);
  CHECK(pair.link->deadline() > now);
  CHECK(pair.link->on_deadline(pair.link->deadline()) == Next::ended);
}

TEST_CASE("who may not ask and does not take the answer is worth less than who may") {
  for (const bool trusted : {true, false}) {
    Pair pair;
    pair.send(get);
    REQUIRE(pair.go_on() == Next::asked);
    pair.answer(20 << 20, trusted);
    REQUIRE(pair.go_on() == Next::writable);
    CHECK(pair.link->worth() == (trusted ? HttpLink::Worth::served : HttpLink::Worth::leaving));
  }
}

TEST_CASE("a link that comes after the end of the threads is not taken") {
  Pair pair;
  int served = 0;
  HttpWorkers workers(2, [&](HttpLink&) { ++served; });
  CHECK(workers.end(Clock::now() + std::chrono::seconds(10)).empty());
  CHECK(workers.ended());
  CHECK_FALSE(workers.put(*pair.link));
  CHECK(workers.end(Clock::now()).empty());
  CHECK(served == 0);
}

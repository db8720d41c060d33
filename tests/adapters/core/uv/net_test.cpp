#include "core/uv/net.h"

#include <fcntl.h>
#include <sys/resource.h>

#include "core/base/digest.h"
#include "core/base/limits.h"
#include "core/uv/tcp_listener.h"
#include "core/uv/tcp_stream.h"
#include "tests/adapters/core/uv/support.h"

using namespace seed;
using namespace seed::uv;
using namespace seed::uv::test;

namespace {

/// Two ends of one connection.
struct Pair {
  Loop& loop;
  Net net{loop};
  Gate gate;
  std::unique_ptr<io::Listener> listener;
  Peer near;
  Peer far;

  explicit Pair(Loop& of) : loop(of) {
    auto listening = net.listen(loopback(), gate);
    REQUIRE(listening);
    listener = *std::move(listening);
  }
  void dial() {
    auto stream = net.dial(listener->local(), {}, near);
    REQUIRE(stream);
    near.stream = *std::move(stream);
  }
  void connect() {
    dial();
    REQUIRE(loop.run_until([&] { return near.connected && !gate.accepted.empty(); }, bound));
    far.stream = std::move(gate.accepted.front());
    gate.accepted.clear();
  }
};

/// Octets that count up, from any of them on; a table, because sanitizers make loops slow.
Bytes counting(std::uint8_t from, std::size_t size) {
  static const Buffer table = [] {
    Buffer out(limits::read_buffer_bytes + 256);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::uint8_t>(i);
    return out;
  }();
  return Bytes(table).subspan(from, size);
}

ByteQueue blocks_of(std::size_t bytes, std::uint8_t& next) {
  ByteQueue out;
  while (bytes > 0) {
    const auto size = static_cast<std::uint32_t>(std::min<std::size_t>(bytes, 16 * 1024));
    out.append(Block::copy_of(counting(next, size)));
    next = static_cast<std::uint8_t>(next + size);
    bytes -= size;
  }
  return out;
}

/// Sends `total` octets in pieces as room comes, and checks those that come back.
struct Echo {
  std::size_t total;
  std::size_t written = 0;
  std::uint8_t next_out = 0;
  std::uint8_t next_in = 0;
  bool right = true;

  void pump(Peer& peer) {
    while (written < total && peer.stream->unsent() < limits::link_unsent_bytes_max) {
      const std::size_t count = std::min<std::size_t>(total - written, 100'000);
      peer.stream->write(blocks_of(count, next_out));
      written += count;
    }
  }
  void check(MutableBytes bytes) {
    right = right && equal(bytes, counting(next_in, bytes.size()));
    next_in = static_cast<std::uint8_t>(next_in + bytes.size());
  }
};

}  // namespace

TEST_CASE("64 MiB go there and back in order") {
  Loop loop;
  Pair pair(loop);
  pair.connect();
  Echo echo{.total = 64u << 20};
  pair.far.receiving = [&](MutableBytes bytes) {
    ByteQueue back;
    back.append(bytes);
    pair.far.stream->write(std::move(back));
  };
  pair.near.receiving = [&](MutableBytes bytes) { echo.check(bytes); };
  pair.near.sending = [&] { echo.pump(pair.near); };
  pair.far.stream->set_owner(&pair.far);
  echo.pump(pair.near);
  REQUIRE(loop.run_until(
      [&] { return pair.near.received == echo.total && pair.far.sent == echo.total; }, bound));
  CHECK(echo.right);
  CHECK(pair.near.sent == echo.total);
  CHECK(pair.near.stream->unsent() == 0);
  CHECK(pair.near.stream->local() == pair.far.stream->remote());
  CHECK(pair.near.stream->remote() == pair.far.stream->local());
}

TEST_CASE("on_sent is not called from within write") {
  Loop loop;
  Pair pair(loop);
  pair.connect();
  pair.near.stream->write(queue_of("hello"));
  CHECK(pair.near.sent == 0);
  CHECK(pair.near.stream->unsent() == 0);
  CHECK(loop.run_until([&] { return pair.near.sent == 5; }, bound));
}

TEST_CASE("what is written before the connection stands goes out after it") {
  Loop loop;
  Pair pair(loop);
  pair.dial();
  pair.near.stream->write(queue_of("early"));
  CHECK(pair.near.stream->unsent() == 5);
  REQUIRE(loop.run_until([&] { return !pair.gate.accepted.empty(); }, bound));
  pair.far.stream = std::move(pair.gate.accepted.front());
  pair.far.stream->set_owner(&pair.far);
  CHECK(loop.run_until([&] { return pair.far.received == 5; }, bound));
}

TEST_CASE("an accepted stream hears nothing until it has an owner") {
  Loop loop;
  Pair pair(loop);
  pair.connect();
  pair.near.stream->write(queue_of("hello"));
  CHECK_FALSE(loop.run_until([&] { return pair.far.received > 0; }, 20ms));
  pair.far.stream->set_owner(&pair.far);
  CHECK(loop.run_until([&] { return pair.far.received == 5; }, bound));
}

TEST_CASE("an owner that may read nothing stops the flow until it resumes") {
  Loop loop;
  Pair pair(loop);
  pair.connect();
  pair.far.may = 0;
  pair.far.stream->set_owner(&pair.far);
  std::uint8_t next = 0;
  pair.near.stream->write(blocks_of(16u << 20, next));
  REQUIRE(loop.run_until([&] { return pair.far.asked == 1; }, bound));
  CHECK_FALSE(loop.run_until([&] { return pair.far.asked > 1 || pair.far.received > 0; }, 20ms));
  // The system's buffers are full: the rest waits with us.
  CHECK(pair.near.stream->unsent() > 0);
  pair.far.may = 1000;
  std::size_t largest = 0;
  pair.far.receiving = [&](MutableBytes bytes) {
    largest = std::max(largest, bytes.size());
    if (pair.far.received > 100'000) pair.far.may = 1u << 20;
  };
  pair.far.stream->resume_reading();
  REQUIRE(loop.run_until([&] { return pair.far.received == 16u << 20; }, bound));
  CHECK(largest <= limits::read_buffer_bytes);
  CHECK(loop.run_until([&] { return pair.near.sent == 16u << 20; }, bound));
}

TEST_CASE("the other side's end is told once, as closed") {
  Loop loop;
  Pair pair(loop);
  pair.connect();
  int ends = 0;
  pair.near.ending = [&] { ++ends; };
  pair.far.stream.reset();
  REQUIRE(loop.run_until([&] { return pair.near.ended.has_value(); }, bound));
  CHECK(pair.near.ended->code == FaultCode::closed);
  pair.near.stream->write(queue_of("into the void"));
  pair.near.stream->resume_reading();
  CHECK_FALSE(loop.run_until([&] { return ends > 1; }, 10ms));
}

TEST_CASE("writing to a closed connection ends it, but not from within write") {
  Loop loop;
  Pair pair(loop);
  pair.connect();
  // Not reading, so that only writing can find out.
  pair.near.stream->set_owner(nullptr);
  pair.near.may = 0;
  pair.far.stream->set_owner(&pair.far);
  pair.near.stream->set_owner(&pair.near);
  pair.far.stream.reset();
  std::uint8_t next = 0;
  bool writing = false;
  bool within = false;
  pair.near.ending = [&] { within = writing; };
  const auto push = [&] {
    writing = true;
    if (!pair.near.ended) pair.near.stream->write(blocks_of(100'000, next));
    writing = false;
    return pair.near.ended.has_value();
  };
  CHECK(loop.run_until(push, bound));
  CHECK_FALSE(within);
}

TEST_CASE("a refused dial ends with refused") {
  Loop loop;
  Pair pair(loop);
  const Endpoint closed = pair.listener->local();
  pair.listener.reset();
  auto stream = pair.net.dial(closed, {}, pair.near);
  REQUIRE(stream);
  pair.near.stream = *std::move(stream);
  REQUIRE(loop.run_until([&] { return pair.near.ended.has_value(); }, bound));
  CHECK(pair.near.ended->code == FaultCode::refused);
  CHECK_FALSE(pair.near.connected);
}

TEST_CASE("a dial can be called off at once or while it is under way") {
  Loop loop;
  Pair pair(loop);
  pair.dial();
  pair.near.stream.reset();
  // TEST-NET-1 (RFC 5737) answers nobody. Without a route there the fault may come at once.
  Peer other;
  auto nowhere = pair.net.dial(*Endpoint::parse("192.0.2.1:9"), {}, other);
  if (nowhere) (*nowhere)->write(queue_of("never"));
  CHECK_FALSE(loop.run_until([&] { return other.connected; }, 10ms));
  if (nowhere) nowhere->reset();
  other.ended.reset();
  CHECK_FALSE(
      loop.run_until([&] { return pair.near.connected || pair.near.ended || other.ended; }, 10ms));
}

TEST_CASE("a dial is bound to its source address") {
  Loop loop;
  Pair pair(loop);
  auto stream =
      pair.net.dial(pair.listener->local(), {.source = IpAddress::v4(0x7f000002)}, pair.near);
  REQUIRE(stream);
  pair.near.stream = *std::move(stream);
  REQUIRE(loop.run_until([&] { return !pair.gate.accepted.empty(); }, bound));
  CHECK(pair.gate.accepted.front()->remote().address == IpAddress::v4(0x7f000002));
  const auto refused =
      pair.net.dial(pair.listener->local(), {.source = *IpAddress::parse("192.0.2.7")}, pair.near);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == FaultCode::unreachable);
  const auto mixed =
      pair.net.dial(pair.listener->local(), {.source = *IpAddress::parse("::1")}, pair.near);
  REQUIRE_FALSE(mixed);
  CHECK(mixed.error().code == FaultCode::unreachable);
}

TEST_CASE("a stream may be destroyed in each of its calls") {
  const auto at = GENERATE(0, 1, 2, 3, 4, 5);
  Loop loop;
  Pair pair(loop);
  bool gone = false;
  const auto destroy = [&] {
    if (pair.near.stream) gone = true;
    pair.near.stream.reset();
  };
  std::uint8_t next = 0;
  if (at == 0) pair.near.connecting = destroy;
  if (at == 1) pair.near.asking = destroy;
  if (at == 2) pair.near.receiving = [&](MutableBytes) { destroy(); };
  if (at == 3) pair.near.sending = destroy;
  if (at == 4) pair.near.ending = destroy;
  if (at == 5) {
    pair.near.asking = [&] {
      pair.near.stream->set_owner(nullptr);
      destroy();
    };
  }
  pair.dial();
  pair.near.stream->write(blocks_of(8u << 20, next));
  pair.gate.accepting = [&](std::unique_ptr<io::Stream> stream) {
    pair.far.stream = std::move(stream);
    pair.far.stream->set_owner(&pair.far);
    std::uint8_t other = 0;
    pair.far.stream->write(blocks_of(8u << 20, other));
    if (at == 4) pair.far.stream.reset();
  };
  REQUIRE(loop.run_until([&] { return gone; }, bound));
  const std::size_t received = pair.near.received;
  CHECK_FALSE(loop.run_until([&] { return pair.near.received > received; }, 5ms));
}

TEST_CASE("a stream with octets under way may go, and both sides may go at once") {
  Loop loop;
  Pair pair(loop);
  pair.connect();
  std::uint8_t next = 0;
  pair.near.stream->write(blocks_of(32u << 20, next));
  CHECK(pair.near.stream->unsent() > 0);
  loop.run_until([&] { return pair.near.sent > 0; }, bound);
  pair.near.stream.reset();
  pair.far.stream.reset();
  pair.listener.reset();
  CHECK_FALSE(loop.run_until([&] { return pair.near.ended.has_value(); }, 5ms));
}

TEST_CASE("an owner can change within a call") {
  Loop loop;
  Pair pair(loop);
  pair.connect();
  Peer second;
  pair.far.receiving = [&](MutableBytes) { pair.far.stream->set_owner(&second); };
  pair.far.may = 3;
  pair.far.stream->set_owner(&pair.far);
  pair.near.stream->write(queue_of("abcdefgh"));
  REQUIRE(loop.run_until([&] { return second.received == 5; }, bound));
  CHECK(pair.far.received == 3);
}

TEST_CASE("a port that is taken is a fault") {
  Loop loop;
  Pair pair(loop);
  const auto second = pair.net.listen(pair.listener->local(), pair.gate);
  REQUIRE_FALSE(second);
  CHECK(second.error().code == FaultCode::exists);
}

TEST_CASE("IPv4 and IPv6 may listen on one port") {
  Loop loop;
  Net net(loop);
  Gate gate;
  const auto six = net.listen({IpAddress::any_v6(), 0}, gate);
  if (!six) return;  // a machine without IPv6
  const auto four = net.listen({IpAddress::any_v4(), (*six)->local().port}, gate);
  CHECK(four);
}

TEST_CASE("a listener may be destroyed while it accepts") {
  Loop loop;
  Pair pair(loop);
  pair.dial();
  Peer other;
  auto second = pair.net.dial(pair.listener->local(), {}, other);
  REQUIRE(second);
  bool gone = false;
  pair.gate.accepting = [&](std::unique_ptr<io::Stream>) {
    pair.listener.reset();
    gone = true;
  };
  CHECK(loop.run_until([&] { return gone; }, bound));
}

TEST_CASE("accepting pauses without file descriptors, says so once, and goes on") {
  Loop loop;
  Pair pair(loop);
  pair.dial();
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
  const int next = open("/dev/null", O_RDONLY);
  rlimit low = before;
  low.rlim_cur = static_cast<rlim_t>(next);
  close(next);
  REQUIRE(setrlimit(RLIMIT_NOFILE, &low) == 0);
  const auto turns = loop.turn();
  CHECK(loop.run_until([&] { return !pair.gate.faults.empty(); }, bound));
  // Longer than one pause: it fails again, and does not spin.
  loop.run_until([] { return false; }, accept_pause + 300ms);
  REQUIRE(setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK(loop.turn() - turns < 20);
  CHECK(pair.gate.faults.size() == 1);
  CHECK(pair.gate.faults.front().code == FaultCode::out_of_resources);
  CHECK(pair.gate.accepted.empty());
  CHECK(loop.run_until([&] { return !pair.gate.accepted.empty(); }, bound));
}

#include "core/swarm/request_window.h"

#include <deque>
#include <utility>

#include "core/base/piece.h"
#include "tests/support/catch.h"

using namespace seed;
using swarm::RequestWindow;

namespace {

const Instant start{1000s};

/// A peer with a round trip and a rate: blocks come back in order, one after the other.
struct Pipe {
  Duration round_trip;
  Duration per_block;
  RequestWindow window{};
  Instant now = start;
  Instant busy_until = start;
  std::deque<std::pair<Instant, Instant>> due{};  ///< when it arrives, when it was asked

  void run(Duration length) {
    const Instant end = now + length;
    fill();
    while (!due.empty() && due.front().first <= end) {
      now = due.front().first;
      const Duration took = now - due.front().second;
      due.pop_front();
      window.on_block(block_size, took, now);
      fill();
    }
    now = end;
  }
  void fill() {
    const std::size_t room = window.room();
    window.on_requested(room, now);
    for (std::size_t i = 0; i < room; ++i) {
      busy_until = std::max(busy_until, now + round_trip) + per_block;
      due.emplace_back(busy_until, now);
    }
  }
};

}  // namespace

TEST_CASE("on loopback the window is full within ten round trips") {
  Pipe pipe{100us, 25us};
  pipe.run(20ms);
  CHECK(pipe.window.size() == limits::our_requests_max - 1);
  pipe.run(10s);
  CHECK(pipe.window.size() == limits::our_requests_max - 1);
}

TEST_CASE("the peer's reqq bounds the window") {
  Pipe pipe{100us, 25us};
  pipe.window.set_peer_reqq(50);
  pipe.run(1s);
  // One less than it says: see RequestWindow::set_peer_reqq.
  CHECK(pipe.window.size() == 49);
  pipe.window.set_peer_reqq(0);
  CHECK(pipe.window.size() == 1);
}

TEST_CASE("a slow link keeps a second or three of requests, not more") {
  Pipe pipe{50ms, 50ms};  // 20 blocks a second
  pipe.run(60s);
  CHECK(pipe.window.size() >= 20);
  CHECK(pipe.window.size() <= 64);
}

TEST_CASE("a very slow link keeps the least") {
  Pipe pipe{100ms, 4s};
  pipe.run(120s);
  CHECK(pipe.window.size() == limits::our_requests_min);
}

TEST_CASE("a long fat link is filled") {
  Pipe pipe{300ms, 4ms};  // 4 MiB/s: 75 blocks in a round trip
  pipe.run(15s);
  CHECK(pipe.window.size() >= 150);
}

TEST_CASE("a link that stalls keeps one request until a block comes") {
  RequestWindow window;
  CHECK(window.deadline() == never);
  window.on_requested(4, start);
  CHECK(window.deadline() == start + RequestWindow::stall_min);
  CHECK_FALSE(window.stalled(start + 19s));
  window.on_deadline(start + 19s);
  CHECK_FALSE(window.snubbed());
  CHECK(window.stalled(start + 20s));
  window.on_deadline(start + 20s);
  window.on_given_up(4);
  CHECK(window.snubbed());
  CHECK(window.size() == 1);
  CHECK(window.deadline() == never);
  window.on_requested(1, start + 21s);
  window.on_block(block_size, 1s, start + 22s);
  CHECK_FALSE(window.snubbed());
  CHECK(window.size() >= limits::our_requests_min);
  CHECK(window.outstanding() == 0);
}

TEST_CASE("a slow but living link is given the time its blocks take") {
  Pipe pipe{100ms, 8s};
  pipe.run(100s);
  CHECK(pipe.window.deadline() - pipe.now > RequestWindow::stall_min);
  CHECK(pipe.window.deadline() - pipe.now <= RequestWindow::stall_max);
}

TEST_CASE("giving up more than there is leaves nothing outstanding") {
  RequestWindow window;
  window.on_requested(2, start);
  window.on_given_up(5);
  CHECK(window.outstanding() == 0);
  CHECK(window.room() == limits::our_requests_min);
}

TEST_CASE("a block that comes slowly is waited for, and so is one that we do not read") {
  RequestWindow window;
  window.on_requested(2, Instant(0s));
  for (Duration at = 10s; at < 100s; at += 10s) {
    window.keep_waiting(Instant(at));
    CHECK_FALSE(window.stalled(Instant(at + 15s)));
  }
  CHECK(window.stalled(Instant(90s) + RequestWindow::stall_max));
  window.on_given_up(2);
  window.keep_waiting(Instant(200s));
  CHECK(window.deadline() == never);
}

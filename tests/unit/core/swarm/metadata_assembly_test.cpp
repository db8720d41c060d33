#include "core/swarm/metadata_assembly.h"

#include <algorithm>

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::swarm;

namespace {

using Taken = MetadataAssembly::Taken;
using Request = MetadataAssembly::Request;
using Liar = MetadataAssembly::Liar;

constexpr std::uint32_t kib16 = metadata_piece_bytes;
constexpr std::uint32_t size4 = 3 * kib16 + 100;

LinkId link(std::uint32_t n) { return {n, 1}; }
IpAddress address(std::uint32_t n) { return IpAddress::v4(0x0a000000 + n); }
Liar liar(std::uint32_t n) { return {link(n), address(n)}; }

/// An assembly over virtual time, with the requests it made.
struct Bench {
  MetadataAssembly assembly{Rng(1)};
  Instant now{1000s};
  std::vector<Request> requests;

  void drain() {
    while (const auto request = assembly.next_request(now)) requests.push_back(*request);
  }
  void peer(std::uint32_t n, std::uint32_t size) {
    assembly.on_peer(link(n), address(n), size, now);
    drain();
  }
  void pass(Duration span) {
    const Instant end = now + span;
    while (assembly.deadline() && *assembly.deadline() <= end) {
      REQUIRE(*assembly.deadline() > now);
      now = *assembly.deadline();
      assembly.on_deadline(now);
      drain();
    }
    now = end;
  }
  Taken answer(const Request& request, std::uint32_t size, std::uint8_t fill = 'x') {
    const std::uint32_t length = std::min(kib16, size - request.piece * kib16);
    const Taken taken =
        assembly.on_piece(request.peer, request.piece, size, Buffer(length, fill), now);
    drain();
    return taken;
  }
  /// Takes out the requests to this peer.
  std::vector<Request> of(std::uint32_t n) {
    std::vector<Request> out;
    std::erase_if(requests, [&](const Request& request) {
      if (request.peer != link(n)) return false;
      out.push_back(request);
      return true;
    });
    return out;
  }
  /// This peer answers all it is asked, until it is asked nothing more.
  void serve(std::uint32_t n, std::uint32_t size, std::uint8_t fill = 'x') {
    for (auto asked = of(n); !asked.empty(); asked = of(n))
      for (const Request& request : asked) answer(request, size, fill);
  }
  void reject(const Request& request) {
    assembly.on_reject(request.peer, request.piece, now);
    drain();
  }
  std::vector<Liar> hashed(bool right) {
    auto liars = assembly.on_hashed(right, now);
    drain();
    return liars;
  }
};

/// Two peers, one of which lied; the whole was wrong.
void fail_together(Bench& bench, std::uint8_t of_one, std::uint8_t of_two) {
  bench.peer(1, size4);
  bench.peer(2, size4);
  bench.answer(bench.of(1).at(0), size4, of_one);
  bench.answer(bench.of(2).at(0), size4, of_two);
  bench.serve(2, size4, of_two);
  bench.serve(1, size4, of_one);
  REQUIRE(bench.assembly.take_whole());
  REQUIRE(bench.hashed(false).empty());
}

}  // namespace

TEST_CASE("one honest peer gives the whole, a few pieces at a time once it has answered") {
  Bench bench;
  CHECK_FALSE(bench.assembly.deadline());
  bench.peer(1, size4);
  CHECK(bench.requests == std::vector<Request>{{link(1), 0}});
  bench.answer(bench.of(1)[0], size4);
  CHECK(bench.requests == std::vector<Request>{{link(1), 1}, {link(1), 2}, {link(1), 3}});
  CHECK(bench.assembly.progress().pieces == 1);
  CHECK(bench.assembly.progress().of == 4);
  CHECK_FALSE(bench.assembly.take_whole());
  bench.serve(1, size4);
  const auto whole = bench.assembly.take_whole();
  REQUIRE(whole);
  CHECK(whole->size() == 4);
  CHECK(whole->back().size() == 100);
  CHECK_FALSE(bench.assembly.take_whole());
  CHECK(bench.assembly.bytes_held() == 0);
  CHECK(bench.hashed(true).empty());
  CHECK(bench.assembly.done());
  CHECK_FALSE(bench.assembly.deadline());
  bench.peer(2, size4);
  CHECK(bench.requests.empty());
}

TEST_CASE("who answers one at a time is asked for one at a time") {
  Bench bench;
  bench.assembly.on_peer(link(1), address(1), size4, bench.now, 1);
  bench.drain();
  std::size_t answered = 0;
  for (auto asked = bench.of(1); !asked.empty(); asked = bench.of(1), ++answered) {
    REQUIRE(asked.size() == 1);
    CHECK(bench.answer(asked[0], size4) == Taken::kept);
  }
  CHECK(answered == 4);
}

TEST_CASE("several peers share the work, each piece asked of one") {
  Bench bench;
  for (std::uint32_t n = 1; n <= 4; ++n) bench.peer(n, size4);
  std::vector<std::uint32_t> pieces;
  for (const Request& request : bench.requests) pieces.push_back(request.piece);
  CHECK(pieces == std::vector<std::uint32_t>{0, 1, 2, 3});
}

TEST_CASE("a piece that is waited for is asked of another peer too, but not of a fourth") {
  Bench bench;
  bench.peer(1, 100);
  for (std::uint32_t n = 2; n <= 5; ++n) bench.peer(n, 100);
  CHECK(bench.requests.size() == 1);
  bench.pass(2900ms);
  CHECK(bench.requests.size() == 1);
  bench.pass(100ms);
  CHECK(bench.requests.size() == 2);
  bench.pass(10s);
  CHECK(bench.requests.size() == 3);
  const auto second = bench.requests[1];
  CHECK(bench.answer(second, 100) == Taken::kept);
  CHECK(bench.answer(bench.requests[0], 100) == Taken::useless);
}

TEST_CASE("who refuses is left alone for a minute, and others are asked") {
  Bench bench;
  bench.peer(1, 100);
  const Request request = bench.of(1).at(0);
  bench.reject(request);
  CHECK(bench.requests.empty());
  bench.peer(2, 100);
  CHECK(bench.of(2) == std::vector<Request>{{link(2), 0}});
  bench.reject({link(2), 0});
  bench.reject({link(1), 0});
  bench.reject({link(3), 0});
  bench.pass(59s);
  CHECK(bench.requests.empty());
  bench.pass(2s);
  CHECK(bench.requests.size() == 1);
}

TEST_CASE("a silent peer loses its request, and its late answer is welcome") {
  Bench bench;
  bench.peer(1, 100);
  const Request request = bench.of(1).at(0);
  bench.pass(19s);
  CHECK(bench.requests.empty());
  bench.peer(2, 200);
  bench.pass(2s);
  bench.peer(2, 100);
  CHECK(bench.of(2).back() == Request{link(2), 0});
  CHECK(bench.answer(request, 100) == Taken::kept);
  CHECK(bench.assembly.take_whole());
  CHECK(bench.answer(request, 100) == Taken::useless);
}

TEST_CASE("what nobody asked for is not taken") {
  Bench bench;
  bench.peer(1, size4);
  CHECK(bench.answer({link(1), 3}, size4) == Taken::useless);
  CHECK(bench.answer({link(2), 0}, size4) == Taken::useless);
  CHECK(bench.assembly.bytes_held() == 0);
}

TEST_CASE("peers that have no metadata, or too much, are not asked") {
  Bench bench;
  bench.peer(1, 0);
  bench.peer(2, limits::metadata_bytes_max + 1);
  CHECK(bench.requests.empty());
  bench.peer(3, limits::metadata_bytes_max);
  CHECK(bench.requests.size() == 1);
  CHECK(bench.assembly.bytes_held() == 0);
  bench.peer(3, 0);
  CHECK_FALSE(bench.assembly.deadline());
  CHECK(bench.assembly.progress().of == 0);
}

TEST_CASE("sizes are kept apart, and a false one costs the honest nothing") {
  Bench bench;
  for (std::uint32_t n = 1; n <= 3; ++n) bench.peer(n, limits::metadata_bytes_max);
  bench.peer(4, 100);
  const auto asked = bench.of(4);
  REQUIRE(asked.size() == 1);
  CHECK(bench.answer(asked[0], 100) == Taken::kept);
  CHECK(bench.assembly.take_whole());
  CHECK(bench.hashed(true).empty());
}

TEST_CASE("the size of the most peers has the first turn, and all get theirs") {
  Bench bench;
  // Not drained until all are there.
  for (std::uint32_t n = 1; n <= 20; ++n)
    bench.assembly.on_peer(link(n), address(n), 100 + n, bench.now);
  bench.assembly.on_peer(link(21), address(21), 500, bench.now);
  bench.assembly.on_peer(link(22), address(22), 500, bench.now);
  bench.drain();
  CHECK(bench.requests.size() == MetadataAssembly::at_once_max);
  CHECK(bench.requests[0].peer == link(21));
  // All are silent: their places go to the next.
  bench.pass(3min);
  for (std::uint32_t n = 1; n <= 20; ++n) {
    INFO(n);
    CHECK_FALSE(bench.of(n).empty());
  }
}

TEST_CASE("an effort that trickles gives its place up and keeps its pieces") {
  Bench bench;
  const std::uint32_t large = 100 * kib16;
  for (std::uint32_t n = 1; n <= 4; ++n) bench.peer(n, large + n);
  bench.peer(5, 100);
  CHECK(bench.of(5).empty());
  // A new piece every 15 s is no stall, but a turn ends.
  for (int i = 0; i < 12 && bench.of(5).empty(); ++i) {
    for (std::uint32_t n = 1; n <= 4; ++n) bench.answer(bench.of(n).at(0), large + n);
    bench.pass(15s);
    if (i == 7) REQUIRE(bench.now - Instant{1000s} >= 110s);
  }
  CHECK(bench.assembly.bytes_held() >= 4 * 7 * kib16);
  CHECK(bench.now - Instant{1000s} <= 120s);
}

TEST_CASE("who contradicts the size it told is out") {
  Bench bench;
  bench.peer(1, size4);
  CHECK(bench.answer(bench.of(1).at(0), size4 + 1) == Taken::contradiction);
  bench.peer(1, size4);
  CHECK(bench.requests.empty());
  bench.peer(2, size4);
  CHECK(bench.assembly.on_piece(link(2), 0, size4, Buffer(5), bench.now) == Taken::contradiction);
  bench.assembly.on_gone(link(2), bench.now);
  bench.requests.clear();
  bench.peer(2, size4);
  CHECK(bench.requests.size() == 1);
}

TEST_CASE("who tells one size after another is out") {
  Bench bench;
  for (std::uint32_t size = 1; size <= 4; ++size) {
    bench.peer(1, size);
    CHECK(bench.of(1).size() == 1);
  }
  bench.peer(1, 5);
  CHECK(bench.of(1).empty());
  CHECK_FALSE(bench.assembly.deadline());
}

TEST_CASE("a wrong whole of one peer convicts it, and the others go on") {
  Bench bench;
  bench.peer(1, 100);
  bench.peer(2, 100);
  bench.serve(1, 100, 'y');
  REQUIRE(bench.assembly.take_whole());
  CHECK(bench.requests.empty());
  CHECK(bench.hashed(false) == std::vector<Liar>{liar(1)});
  CHECK(bench.of(1).empty());
  bench.serve(2, 100);
  REQUIRE(bench.assembly.take_whole());
  CHECK(bench.hashed(true).empty());
}

TEST_CASE("a liar that is the only one is asked no more") {
  Bench bench;
  bench.peer(1, 100);
  bench.serve(1, 100, 'y');
  REQUIRE(bench.assembly.take_whole());
  CHECK(bench.hashed(false) == std::vector<Liar>{liar(1)});
  bench.peer(1, 100);
  bench.pass(5min);
  CHECK(bench.requests.empty());
}

TEST_CASE("of several one lied: each is asked alone, and the liar is found when one is right") {
  for (const std::uint32_t honest : {1U, 2U}) {
    Bench bench;
    const std::uint32_t guilty = 3 - honest;
    fail_together(bench, honest == 1 ? 'x' : 'y', honest == 2 ? 'x' : 'y');
    bench.serve(honest, size4);
    REQUIRE(bench.assembly.take_whole());
    CHECK(bench.hashed(true) == std::vector<Liar>{liar(guilty)});
    CHECK(bench.assembly.done());
  }
}

TEST_CASE("alone a liar convicts itself, and its place goes to the next") {
  Bench bench;
  fail_together(bench, 'x', 'y');
  bench.serve(2, size4, 'y');
  REQUIRE(bench.assembly.take_whole());
  CHECK(bench.hashed(false) == std::vector<Liar>{liar(2)});
  bench.serve(1, size4);
  REQUIRE(bench.assembly.take_whole());
  CHECK(bench.hashed(true) == std::vector<Liar>{liar(2)});
}

TEST_CASE("who comes after a wrong whole of that size is asked alone too") {
  Bench bench;
  fail_together(bench, 'x', 'y');
  bench.peer(3, size4);
  bench.serve(3, size4);
  REQUIRE(bench.assembly.take_whole());
  CHECK(bench.hashed(true) == std::vector<Liar>{liar(2)});
}

TEST_CASE("who gave pieces of a whole of another size is guilty") {
  Bench bench;
  fail_together(bench, 'x', 'x');
  bench.peer(3, 100);
  bench.serve(3, 100);
  REQUIRE(bench.assembly.take_whole());
  CHECK(bench.hashed(true) == std::vector<Liar>{liar(1), liar(2)});
}

TEST_CASE("a contributor that has gone is named, and its pieces are of use meanwhile") {
  Bench bench;
  bench.peer(1, size4);
  bench.answer(bench.of(1).at(0), size4);
  bench.assembly.on_gone(link(1), bench.now);
  CHECK(bench.assembly.bytes_held() == kib16);
  bench.requests.clear();
  bench.peer(2, size4);
  CHECK(bench.requests == std::vector<Request>{{link(2), 1}});
  bench.serve(2, size4, 'y');
  REQUIRE(bench.assembly.take_whole());
  CHECK(bench.hashed(false).empty());
  bench.serve(2, size4, 'x');
  REQUIRE(bench.assembly.take_whole());
  CHECK(bench.hashed(true) == std::vector<Liar>{liar(2)});
}

TEST_CASE("what peers left behind is bounded") {
  Bench bench;
  for (std::uint32_t n = 1; n <= 50; ++n) {
    bench.peer(n, size4 + n);
    bench.answer(bench.of(n).at(0), size4 + n);
    bench.assembly.on_gone(link(n), bench.now);
    bench.requests.clear();
  }
  CHECK(bench.assembly.bytes_held() == MetadataAssembly::orphans_max * kib16);
}

TEST_CASE("all efforts together hold no more than one whole may be, and the last gives way") {
  Bench bench;
  const std::uint32_t large = limits::metadata_bytes_max;
  for (std::uint32_t n = 1; n <= 3; ++n) bench.peer(n, large - n + 1);
  bench.peer(4, large);  // two tell this one
  std::size_t most = 0;
  for (int i = 0; i < 4000 && !bench.requests.empty(); ++i) {
    const Request request = bench.requests.front();
    bench.requests.erase(bench.requests.begin());
    bench.answer(request, request.peer == link(4) ? large : large - request.peer.slot + 1);
    most = std::max(most, bench.assembly.bytes_held());
  }
  CHECK(most <= MetadataAssembly::held_bytes_max);
  CHECK(most > MetadataAssembly::held_bytes_max - 2 * kib16);
  const auto whole = bench.assembly.take_whole();
  REQUIRE(whole);
  CHECK(bench.hashed(true).empty());
}

TEST_CASE("a verdict without a whole says nothing") {
  Bench bench;
  CHECK(bench.hashed(false).empty());
  CHECK(bench.hashed(true).empty());
  CHECK_FALSE(bench.assembly.done());
}

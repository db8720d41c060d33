// uTP over simulated lines: how much of them it uses, what queue it makes, and to whom it yields.
//
// SEED_SIM_UTP=1 runs the whole grid, and prints its figures as a table; SEED_SIM_UTP=100,400,1 one
// cell of it.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/sim/utp/hosts.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::sim;

namespace {

const Endpoint left_at = *Endpoint::parse("10.0.0.1:1");
const Endpoint right_at = *Endpoint::parse("10.0.0.2:2");

LinkPlan line(double megabits, Duration round_trip, double loss = 0) {
  LinkPlan out;
  out.bytes_per_second = megabits * 125'000;
  out.delay = round_trip / 2;
  out.loss = loss;
  return out;
}

struct Cell {
  double megabits = 0;
  Duration round_trip{};
  double loss = 0;
};

struct Figures {
  double share = 0;  ///< of the line's rate, payload
  double reno = 0;   ///< what Reno's formula gives
  Duration queue{};  ///< longest
  utp::Facts facts;
  std::uint64_t digest = 0;
};

/// Payload of one flow, after `warm`, for `span`.
Figures measure(const Cell& cell, Duration warm, Duration span) {
  const LinkPlan plan = line(cell.megabits, cell.round_trip, cell.loss);
  Network network(plan, plan, 1);
  UtpHost left(network, left_at, {}, true), right(network, right_at, {}, false);
  left.send_to(right_at);
  network.run(warm);
  network.forth().longest_waiting(network.now());
  const std::uint64_t before = right.received();
  network.run(span);
  Figures out;
  out.share =
      static_cast<double>(right.received() - before) / seconds_of(span) / plan.bytes_per_second;
  if (cell.loss > 0)
    out.reno = std::min(1.0, 1.22 * 1452 / (seconds_of(cell.round_trip) * std::sqrt(cell.loss)) /
                                 plan.bytes_per_second);
  out.queue = network.forth().longest_waiting(network.now());
  out.facts = left.facts().value_or(utp::Facts{});
  out.digest = network.digest();
  CHECK(right.wrong() == 0);
  return out;
}

void print(const Cell& cell, const Figures& is) {
  std::printf("| %g | %g | %g | %.0f | %.0f | %.0f | %llu | %llu |\n", cell.megabits,
              seconds_of(cell.round_trip) * 1e3, cell.loss * 100, is.share * 100, is.reno * 100,
              seconds_of(is.queue) * 1e3, static_cast<unsigned long long>(is.facts.packets_resent),
              static_cast<unsigned long long>(is.facts.timeouts));
  std::fflush(stdout);
}

void print_head() {
  std::printf(
      "| Mbit/s | round trip ms | loss %% | goodput %% | Reno %% | queue ms | resent | timeouts |\n"
      "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n");
}

void judge(const Cell& cell, const Figures& is) {
  INFO(cell.megabits << " Mbit/s, " << seconds_of(cell.round_trip) << " s, loss " << cell.loss);
  if (cell.loss == 0) CHECK(is.share >= 0.85);
  // Reno's formula knows no line; of a line that it would fill, as much as without loss.
  if (cell.loss == 0.01) CHECK(is.share >= std::max(0.6, std::min(is.reno, 0.85)));
}

/// SEED_SIM_UTP="100,400,1": that cell alone, Mbit/s, ms, % lost.
std::optional<Cell> one_cell() {
  const char* is = std::getenv("SEED_SIM_UTP");
  Cell out;
  double milliseconds = 0;
  if (is == nullptr || std::sscanf(is, "%lf,%lf,%lf", &out.megabits, &milliseconds, &out.loss) != 3)
    return std::nullopt;
  out.round_trip =
      std::chrono::duration_cast<Duration>(std::chrono::duration<double, std::milli>(milliseconds));
  out.loss /= 100;
  return out;
}

bool whole_grid() { return std::getenv("SEED_SIM_UTP") != nullptr; }

}  // namespace

TEST_CASE("a stream fills lines of any rate and length") {
  std::vector<Cell> cells = {
      {1, 100ms, 0}, {10, 10ms, 0}, {10, 100ms, 0}, {10, 100ms, 0.01}, {100, 400ms, 0.01}};
  if (whole_grid()) {
    cells.clear();
    for (const double megabits : {1.0, 10.0, 100.0})
      for (const Duration round_trip : {Duration(10ms), Duration(100ms), Duration(400ms)})
        for (const double loss : {0.0, 0.01, 0.05}) cells.push_back({megabits, round_trip, loss});
  }
  if (const auto cell = one_cell()) cells = {*cell};
  print_head();
  std::uint64_t digest = 0;
  for (const Cell& cell : cells) {
    const Duration warm = whole_grid() ? 30s : 15s;
    const Figures is = measure(cell, warm, whole_grid() ? 120s : 30s);
    print(cell, is);
    judge(cell, is);
    digest = digest * 31 + is.digest;
  }
  std::printf("digest %016llx\n", static_cast<unsigned long long>(digest));
}

TEST_CASE("the queue on an idle line stays near the target") {
  const LinkPlan plan = line(20, 40ms);
  Network network(plan, plan, 2);
  UtpHost left(network, left_at, {}, true), right(network, right_at, {}, false);
  left.send_to(right_at);
  network.run(60s);
  const Duration longest = network.forth().longest_waiting(network.now());
  std::printf("queue at 20 Mbit/s: %.0f ms\n", seconds_of(longest) * 1e3);
  CHECK(longest < 120ms);
  CHECK(longest > 50ms);
}

TEST_CASE("TCP gets the most of a line that both want") {
  for (const Duration queue : {Duration(300ms), Duration(150ms), Duration(20ms)}) {
    LinkPlan plan = line(20, 40ms);
    plan.queue = queue;
    Network network(plan, line(20, 40ms), 3);
    UtpHost left(network, left_at, {}, true), right(network, right_at, {}, false);
    const Endpoint tcp_at = *Endpoint::parse("10.0.0.3:3"),
                   sink_at = *Endpoint::parse("10.0.0.4:4");
    RenoHost tcp(network, tcp_at, sink_at);
    RenoSink sink(network, sink_at);
    network.add(tcp, true);
    network.add(sink, false);
    left.send_to(right_at);
    network.run(10s);
    tcp.start();
    network.run(10s);
    const std::uint64_t ours = right.received(), theirs = tcp.delivered();
    network.run(60s);
    const double utp = static_cast<double>(right.received() - ours);
    const double reno = static_cast<double>(tcp.delivered() - theirs);
    std::printf("queue of %.0f ms: TCP %.0f %%, uTP %.0f %%\n", seconds_of(queue) * 1e3,
                reno / 1.5e6, utp / 1.5e6);
    CHECK(reno > utp);
    CHECK(reno + utp > 0.8 * 60 * 2.5e6);
  }
}

TEST_CASE("two streams share a line, also when one comes late") {
  for (const Duration after : {Duration(0), Duration(20s)}) {
    const LinkPlan plan = line(20, 40ms);
    Network network(plan, plan, 4);
    UtpHost a(network, left_at, {}, true), to_a(network, right_at, {}, false);
    const Endpoint b_at = *Endpoint::parse("10.0.0.3:3"), to_b_at = *Endpoint::parse("10.0.0.4:4");
    UtpHost b(network, b_at, {}, true), to_b(network, to_b_at, {}, false);
    a.send_to(right_at);
    network.run(after);
    b.send_to(to_b_at);
    network.run(60s);
    const std::uint64_t first = to_a.received(), second = to_b.received();
    network.run(60s);
    const double of_a = static_cast<double>(to_a.received() - first);
    const double of_b = static_cast<double>(to_b.received() - second);
    std::printf("two streams, one %.0f s later: %.0f %% and %.0f %%\n", seconds_of(after),
                of_a / (of_a + of_b) * 100, of_b / (of_a + of_b) * 100);
    CHECK(std::min(of_a, of_b) >= 0.3 * (of_a + of_b));
    CHECK(of_a + of_b > 0.8 * 60 * 2.5e6);
  }
}

TEST_CASE("reordered and doubled packets cost little") {
  LinkPlan plan = line(10, 40ms);
  plan.duplicates = 0.01;
  plan.reorders = 0.01;
  Network network(plan, plan, 5);
  UtpHost left(network, left_at, {}, true), right(network, right_at, {}, false);
  left.send_to(right_at);
  network.run(30s);
  CHECK(right.wrong() == 0);
  CHECK(static_cast<double>(right.received()) > 0.5 * 30 * 1.25e6);
}

TEST_CASE("a path of 1400 octets is found, and used") {
  LinkPlan plan = line(10, 40ms, 0.001);
  plan.mtu = 1400;
  Network network(plan, plan, 6);
  UtpHost left(network, left_at, {}, true), right(network, right_at, {}, false);
  left.send_to(right_at);
  network.run(20s);
  CHECK(left.facts()->packet_bytes > 1400 - 28 - 17);
  CHECK(left.facts()->packet_bytes <= 1400 - 28);
}

TEST_CASE("a stream over a bad line runs the same way twice") {
  const auto digest_of = [](std::uint64_t seed) {
    LinkPlan plan = line(5, 60ms, 0.02);
    plan.duplicates = 0.01;
    plan.reorders = 0.02;
    Network network(plan, plan, seed);
    UtpHost left(network, left_at, {}, true), right(network, right_at, {}, false);
    left.send_to(right_at);
    network.run(20s);
    return network.digest();
  };
  CHECK(digest_of(7) == digest_of(7));
  CHECK(digest_of(7) != digest_of(8));
}

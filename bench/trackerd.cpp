// bench_trackerd: how many announces the embedded tracker answers in a second of one core, and what
// memory its peers take, in swarms of several shapes. A line each.
//
// Usage: bench_trackerd [PEERS]     a million of them by default
#include <malloc.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>

#include "core/trackerd/http_answers.h"
#include "core/trackerd/udp_answers.h"

using namespace seed;
using namespace seed::trackerd;

namespace {

constexpr Instant start = Instant{} + 1h;

/// Of this thread's processor time: others on the machine cost it nothing.
double now_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// What malloc has given out, heads and roundings included.
std::size_t bytes_in_use() {
  const auto info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

struct Shape {
  std::string name;
  std::uint32_t peers = 0;
  std::uint32_t swarms = 1;
  bool v6 = false;
  bool nearest_first = false;
};

Sha1 hash_of(std::uint32_t number) {
  Sha1 out;
  Rng(number).fill(out.octets);
  return out;
}

/// All addresses differ, and are public.
Endpoint endpoint_of(std::uint32_t number, bool v6) {
  if (!v6) return {IpAddress::v4(0x20000000 + number * 97), 6881};
  std::array<std::uint8_t, 16> octets{0x2a};
  store_u32(MutableBytes(octets).subspan(2), number * 97);
  octets[15] = 1;
  return {*IpAddress::from_octets(octets), 6881};
}

Buffer datagram_of(const Tracker& tracker, const Shape& shape, std::uint32_t number, Instant now) {
  const Endpoint from = endpoint_of(number, shape.v6);
  ByteWriter out;
  out.reserve(98);
  out.u64(tracker.connection_ids().make(from.address, now)).u32(1).u32(number);
  out.put(hash_of(number % shape.swarms).bytes());
  PeerId id;
  store_u32(id.octets, number);
  // `started`, so that none is too early, and 50 peers are wanted.
  out.put(id.bytes()).u64(0).u64(number % 4).u64(0).u32(2).u32(0).u32(0).u32(50).u16(6881);
  return out.take();
}

Tracker::Options options_of(const Shape& shape) {
  Tracker::Options out;
  out.nearest_first = shape.nearest_first;
  out.bounds.peers_per_swarm_max = out.bounds.peers_max;
  return out;
}

struct Batch {
  std::vector<Buffer> datagrams;
  std::vector<Endpoint> sources;

  void add(const Tracker& tracker, const Shape& shape, std::uint32_t number, Instant now) {
    datagrams.push_back(datagram_of(tracker, shape, number, now));
    sources.push_back(endpoint_of(number, shape.v6));
  }
  void clear() { datagrams.clear(), sources.clear(); }
  /// Seconds for an announce, connection ids and all.
  double answer(Tracker& tracker, Instant now, std::size_t& octets) const {
    const double begin = now_seconds();
    for (std::size_t i = 0; i < datagrams.size(); ++i)
      if (const auto answer = answer_datagram(tracker, datagrams[i], sources[i], now))
        octets += answer->size();
    return (now_seconds() - begin) / static_cast<double>(datagrams.size());
  }
};

void print_rates(const char* name, std::vector<double>& each, double octets) {
  std::ranges::sort(each);
  std::printf("  %-34s %9.0f a second  (best %.0f, worst %.0f; %.0f octets each)\n", name,
              1 / each[each.size() / 2], 1 / each.front(), 1 / each.back(), octets);
}

/// Of peers by dice that are there already.
void measure_renewals(Tracker& tracker, const Shape& shape, Instant now) {
  constexpr std::size_t rounds = 40, in_round = 5000;
  std::size_t octets = 0;
  std::vector<double> each;
  Rng rng(1);
  Batch batch;
  for (std::size_t round = 0; round < rounds; ++round) {
    batch.clear();
    for (std::size_t i = 0; i < in_round; ++i)
      batch.add(tracker, shape, static_cast<std::uint32_t>(rng.below(shape.peers)), now);
    each.push_back(batch.answer(tracker, now, octets));
  }
  print_rates("announces by UDP, peers known", each,
              static_cast<double>(octets) / (rounds * in_round));
}

/// Sweeps in which nobody is too old, then one in which all are.
void measure_sweeps(Tracker& tracker, Instant now) {
  for (const bool all_old : {false, true}) {
    if (all_old) now += 2h;
    std::vector<double> each;
    for (const Instant end = now + 2min; tracker.deadline() <= end;) {
      const Instant due = std::max(now, tracker.deadline());
      const double begin = now_seconds();
      tracker.on_deadline(due);
      each.push_back(now_seconds() - begin);
    }
    std::ranges::sort(each);
    std::printf("  %-34s %9.0f us a call  (99 of 100 less than %.0f, the longest of %zu %.0f)\n",
                all_old ? "a sweep that drops all" : "two sweeps that drop none",
                each[each.size() / 2] * 1e6, each[each.size() * 99 / 100] * 1e6, each.size(),
                each.back() * 1e6);
  }
}

void measure(const Shape& shape) {
  std::printf("%s\n", shape.name.c_str());
  const std::size_t before = bytes_in_use();
  std::optional<Tracker> tracker;
  tracker.emplace(KeyedHash::Key{1}, Rng(1), options_of(shape));
  std::vector<double> each;
  std::size_t octets = 0;
  Batch batch;
  for (std::uint32_t number = 0; number < shape.peers; ++number) {
    batch.add(*tracker, shape, number, start);
    if (batch.sources.size() < 1000 && number + 1 < shape.peers) continue;
    each.push_back(batch.answer(*tracker, start, octets));
    batch.clear();
  }
  const std::size_t taken = bytes_in_use() - before;
  const auto now = tracker->stats().now;
  print_rates("announces by UDP, peers new", each, static_cast<double>(octets) / shape.peers);
  std::printf("  %-34s %9.1f octets a peer, %.1f MiB for %zu peers in %zu swarms\n", "memory",
              static_cast<double>(taken) / shape.peers, static_cast<double>(taken) / 1048576.0,
              now.peers[0] + now.peers[1], now.swarms);
  measure_renewals(*tracker, shape, start + 10min);
  measure_sweeps(*tracker, start + 12min);
  std::printf("  %-34s %9.1f MiB\n", "memory when all are gone",
              static_cast<double>(bytes_in_use() - before) / 1048576.0);
}

void measure_http() {
  Tracker tracker({1}, Rng(1), {});
  constexpr std::uint32_t rounds = 40, in_round = 5000;
  std::size_t octets = 0;
  std::vector<double> each;
  for (std::uint32_t round = 0; round < rounds; ++round) {
    const double begin = now_seconds();
    for (std::uint32_t i = 0; i < in_round; ++i) {
      const std::string query =
          "info_hash=%12%34%56%78%9a%bc%de%f1%23%45%67%89%ab%cd%ef%124Vx%9a&peer_id=-XX0001-" +
          std::to_string(100'000'000'000 + i % 1000) +
          "&port=6881&uploaded=0&downloaded=0&left=1&key=ABCDEF01&compact=1&numwant=50&event="
          "started";
      const Endpoint from = endpoint_of(i % 1000, false);
      octets += answer_request(tracker, "/announce", query, from.address, start).body.size();
    }
    each.push_back((now_seconds() - begin) / in_round);
  }
  std::printf("one swarm of 1000\n");
  print_rates("announces by HTTP", each, static_cast<double>(octets) / (rounds * in_round));
}

}  // namespace

int main(int argc, char** argv) {
  const auto peers = static_cast<std::uint32_t>(argc > 1 ? std::atoi(argv[1]) : 1'000'000);
  for (const bool v6 : {false, true}) {
    const std::string family = v6 ? "IPv6, " : "IPv4, ";
    measure({family + "1000 swarms", peers, 1000, v6});
    measure({family + "one swarm", peers, 1, v6});
    measure({family + "each peer in a swarm of its own", peers, peers, v6});
  }
  measure({"IPv4, 1000 swarms, the nearest first", peers, 1000, false, true});
  measure_http();
}

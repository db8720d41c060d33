// Two muxes back to back over virtual time, and what happened to each.
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "core/utp/mux.h"
#include "core/utp/packet.h"

namespace seed::utp::test {

struct Side {
  Mux mux;
  Endpoint at;
  std::vector<Event> events;
  Buffer received;
  SocketId id{};  ///< of the last Accepted or Connected
  std::size_t sent = 0;
  bool reads = true;

  Side(const Limits& limits, std::uint64_t seed, std::string_view endpoint)
      : mux(limits, Rng(seed)), at(*Endpoint::parse(endpoint)) {}

  void read(Instant now) {
    for (;;) {
      const MutableBytes bytes = mux.readable(id);
      if (bytes.empty()) return;
      received.insert(received.end(), bytes.begin(), bytes.end());
      mux.consume(id, bytes.size(), now);
    }
  }
  void hear(Instant now) {
    while (auto event = mux.next_event()) {
      if (const auto* accepted = std::get_if<Accepted>(&*event)) id = accepted->id;
      if (const auto* sent_now = std::get_if<Sent>(&*event)) sent += sent_now->octets;
      if (std::holds_alternative<Readable>(*event)) {
        if (reads) read(now);
        continue;
      }
      if (!std::holds_alternative<Sent>(*event)) events.push_back(*event);
    }
  }
  template <typename T>
  std::size_t count() const {
    return static_cast<std::size_t>(std::ranges::count_if(
        events, [](const Event& event) { return std::holds_alternative<T>(event); }));
  }
  std::optional<Ending> ending() const {
    for (const Event& event : events)
      if (const auto* ended = std::get_if<Ended>(&event)) return ended->why;
    return std::nullopt;
  }
};

inline Buffer pattern(std::size_t size) {
  Buffer out(size);
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<std::uint8_t>(i * 31 + i / 251);
  return out;
}
inline ByteQueue queue_of(Bytes bytes) {
  ByteQueue out;
  out.append(bytes);
  return out;
}

/// Packets take `delay` each way; `drops` judges each and may change it.
struct Pair {
  Side a, b;
  Instant now{1h};
  Duration delay = 10ms;
  std::function<bool(const Packet&, Buffer&, bool from_a)> drops;
  std::size_t packets = 0;
  std::size_t octets[2] = {};
  std::vector<bool> fragile;  ///< of each datagram of a: it may not be fragmented
  std::size_t path_bytes = 1472;

  explicit Pair(const Limits& limits = {}) : Pair(limits, limits) {}
  Pair(const Limits& of_a, const Limits& of_b)
      : a(of_a, 1, "10.0.0.1:1001"), b(of_b, 2, "10.0.0.2:1002") {}

  struct Flight {
    Instant at;
    Buffer octets;
    bool from_a;
  };
  std::deque<Flight> flights;

  void give(Side& from) {
    const bool from_a = &from == &a;
    while (auto out = from.mux.next_datagram()) {
      ++packets;
      octets[from_a ? 0 : 1] += out->bytes.size();
      Buffer copy = to_buffer(out->bytes);
      if (from_a) fragile.push_back(out->dont_fragment);
      if (out->dont_fragment && copy.size() > path_bytes) continue;
      const auto packet = parse(copy);
      if (drops && packet && drops(*packet, copy, from_a)) continue;
      flights.push_back({now + delay, std::move(copy), from_a});
    }
  }
  void turn() {
    for (Side* side : {&a, &b}) {
      for (int i = 0; i < 3; ++i) {
        side->mux.flush(now);
        give(*side);
        side->hear(now);
      }
    }
  }
  /// The next thing that happens, not after `end`.
  bool step(Instant end) {
    turn();
    Instant next = end;
    if (!flights.empty()) next = std::min(next, flights.front().at);
    for (Side* side : {&a, &b})
      if (auto due = side->mux.deadline()) next = std::min(next, std::max(*due, now));
    if (next >= end) {
      now = end;
      return false;
    }
    now = next;
    while (!flights.empty() && flights.front().at <= now) {
      Flight flight = std::move(flights.front());
      flights.pop_front();
      Side& to = flight.from_a ? b : a;
      to.mux.on_datagram(flight.octets, flight.from_a ? a.at : b.at, now);
      to.hear(now);
    }
    for (Side* side : {&a, &b}) side->mux.on_deadline(now);
    return true;
  }
  void pass(Duration span) {
    const Instant end = now + span;
    while (step(end)) continue;
    turn();
  }
  bool pass_until(const std::function<bool()>& done, Duration bound = 10min) {
    const Instant end = now + bound;
    while (!done())
      if (!step(end)) return done();
    return true;
  }
  /// a dials b; true when both have heard of it.
  bool connect() {
    a.id = *a.mux.connect(b.at, now);
    return pass_until([this] { return a.count<Connected>() == 1 && b.count<Accepted>() == 1; },
                      1min);
  }
  void write(Side& from, Bytes bytes) { from.mux.write(from.id, queue_of(bytes), now); }
};

}  // namespace seed::utp::test

// Helpers for tests of wire::mse::Handshake: two back to back, and one against written octets.
#pragma once

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "core/base/rng.h"
#include "core/wire/mse/handshake.h"

namespace seed::wire::mse::test {

inline SecretBytes secret(std::uint64_t number) {
  SecretBytes out;
  Rng(number).fill(out.octets);
  return out;
}
inline Sha1 info_hash() {
  Sha1 out;
  out.octets.fill(0xaa);
  return out;
}

inline Buffer drained(ByteQueue& queue) {
  Buffer out;
  while (!queue.empty()) {
    std::array<Bytes, 1> front;
    queue.front(front);
    out.insert(out.end(), front[0].begin(), front[0].end());
    queue.consume(front[0].size());
  }
  return out;
}

inline void append(Buffer& out, Bytes more) { out.insert(out.end(), more.begin(), more.end()); }

/// One end and all that was seen of it; answers SkeyWanted when told what it is to be.
struct End {
  Handshake machine;
  std::optional<Sha1> skey;
  std::vector<Event> log;
  Buffer payload;  ///< in clear
  Buffer sent;

  void feed(Bytes octets) {
    Buffer copy = to_buffer(octets);
    MutableBytes rest(copy);
    machine.on_bytes(rest);
    append(payload, rest);
    drain();
  }
  void drain() {
    while (auto event = machine.next_event()) {
      log.push_back(*event);
      if (std::get_if<SkeyWanted>(&*event) != nullptr && skey)
        append(payload, machine.set_skey(*skey));
    }
    append(sent, drained(machine.outgoing()));
  }
  void say(Bytes octets) {
    Buffer copy = to_buffer(octets);
    machine.encrypt(copy);
    append(sent, copy);
  }
  std::optional<Failure> failure() const {
    if (log.empty()) return std::nullopt;
    const auto* failed = std::get_if<Failed>(&log.back());
    return failed == nullptr ? std::nullopt : std::optional(failed->why);
  }
};

inline End dialler(const Methods& methods = {}, std::uint64_t number = 1,
                   Buffer initial = to_buffer("ahead")) {
  End out{Handshake(methods, secret(number), info_hash(), std::move(initial)), {}, {}, {}, {}};
  out.drain();
  return out;
}
inline End dialled(const Methods& methods = {}, std::uint64_t number = 2) {
  return {Handshake(methods, secret(number)), info_hash(), {}, {}, {}};
}

/// Octets both ways until nobody has any.
inline void carry(End& a, End& b) {
  while (!a.sent.empty() || !b.sent.empty()) {
    b.feed(std::exchange(a.sent, {}));
    a.feed(std::exchange(b.sent, {}));
  }
}

/// An end that is written by hand: it derives what an honest one would, and says what it likes.
struct Script {
  SecretBytes ours = secret(77);
  Number768 shared;
  bool dials = false;

  /// Takes the other end's first 96 octets.
  void on_key(Bytes theirs) {
    shared = *shared_secret(ours, *Number768::from(theirs.first(Number768::size)));
  }
  /// Steps 1 and 3 up to where encryption begins.
  Buffer name(const Sha1& about = info_hash()) const {
    Buffer out = to_buffer(req1_hash(shared).bytes());
    const Sha1 mask = req3_hash(shared);
    const Sha1 name = req2_hash(about);
    for (std::size_t i = 0; i < Sha1::size; ++i)
      out.push_back(static_cast<std::uint8_t>(name.octets[i] ^ mask.octets[i]));
    return out;
  }
  Buffer sealed(Buffer clear, const Sha1& about = info_hash()) const {
    cipher_of(dials ? "keyA" : "keyB", shared, about).apply(clear);
    return clear;
  }
};

/// VC, crypto_provide or crypto_select, and padding.
inline ByteWriter methods_field(std::uint32_t methods, std::uint16_t padding,
                                std::uint64_t verification = 0) {
  ByteWriter out;
  out.u64(verification).u32(methods).u16(padding);
  out.put(Buffer(padding, 0x55));
  return out;
}

}  // namespace seed::wire::mse::test

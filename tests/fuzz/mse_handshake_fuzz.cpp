// LINK: seed::wire
// One end of Message Stream Encryption against any octets: the first octet draws the end, what it
// takes, and how much of an honest handshake comes before; the rest is what the peer sends, in
// clear, and is encrypted where an honest peer would. Cut by its own content.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>

#include "core/base/rng.h"
#include "core/wire/mse/handshake.h"

using namespace seed;
using namespace seed::wire::mse;

namespace {

constexpr std::size_t greeting_bytes = 68;

SecretBytes secret_of(std::uint64_t number) {
  SecretBytes out;
  Rng(number).fill(out.octets);
  return out;
}

Sha1 info_hash() {
  Sha1 out;
  out.octets.fill(0xaa);
  return out;
}

Handshake end_of(std::uint8_t draw) {
  const Methods methods{(draw & 2) != 0, (draw & 2) == 0 || (draw & 4) != 0,
                        (draw & 8) == 0 ? Method::plain : Method::rc4};
  if ((draw & 1) == 0) return {methods, secret_of(1)};
  return {methods, secret_of(1), info_hash(), Buffer(greeting_bytes, 'g')};
}

struct Run {
  Handshake end;
  bool late;  ///< the torrent is named with the next octets only
  std::size_t given = 0;
  std::size_t payload = 0;
  std::size_t sent = 0;
  bool asked = false;
  bool failed = false;

  void answer() {
    if (!std::exchange(asked, false)) return;
    payload += end.set_skey(info_hash()).size();
    drain();
  }
  void drain() {
    while (const auto event = end.next_event()) {
      if (failed) std::abort();
      failed = std::get_if<Failed>(&*event) != nullptr;
      if (std::get_if<SkeyWanted>(&*event) != nullptr) asked = true;
      if (std::get_if<Established>(&*event) != nullptr && !end.established()) std::abort();
    }
    sent += end.outgoing().size();
    end.outgoing().clear();
    if (!late) answer();
  }
  void feed(Bytes octets) {
    answer();
    Buffer copy = to_buffer(octets);
    MutableBytes rest(copy);
    const bool before = end.established();
    end.on_bytes(rest);
    if (before && rest.size() != copy.size()) std::abort();
    if (!end.established() && !rest.empty()) std::abort();
    given += copy.size();
    payload += rest.size();
    drain();
    if (failed && end.established()) std::abort();
  }
};

/// The octets that an honest peer would have sent: its key, then HASH('req1') and the name.
std::optional<Rc4> greet(Run& run, bool run_dials, unsigned steps) {
  if (steps == 0) return std::nullopt;
  const SecretBytes theirs = secret_of(2);
  const Number768 shared = *shared_secret(theirs, public_key(secret_of(1)));
  run.feed(public_key(theirs).bytes());
  if (steps == 1) return std::nullopt;
  if (!run_dials) {
    run.feed(req1_hash(shared).bytes());
    Sha1 name = req2_hash(info_hash());
    const Sha1 mask = req3_hash(shared);
    for (std::size_t i = 0; i < Sha1::size; ++i) name.octets[i] ^= mask.octets[i];
    run.feed(name.bytes());
  }
  Rc4 cipher = cipher_of(run_dials ? "keyB" : "keyA", shared, info_hash());
  if (steps == 3) {
    std::array<std::uint8_t, 8> verification{};
    cipher.apply(verification);
    run.feed(verification);
  }
  return cipher;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  Run run{end_of(data[0]), (data[0] & 16) != 0};
  run.drain();
  auto cipher = greet(run, (data[0] & 1) != 0, data[0] >> 6);
  Bytes rest(data + 1, size - 1);
  while (!rest.empty()) {
    const std::uint8_t draw = rest.front();
    const std::size_t count =
        std::min<std::size_t>(rest.size(), draw == 0 ? 4096u : draw * 4u - 3u);
    Buffer part = to_buffer(rest.first(count));
    rest = rest.subspan(count);
    if (cipher) cipher->apply(part);
    run.feed(part);
    if (run.end.established()) run.end.encrypt(part);
  }
  if (run.payload > run.given) std::abort();
  // Keys, names, methods, our greeting, and three paddings at the most.
  if (run.sent > 300 + greeting_bytes + 3 * padding_bytes_max) std::abort();
  run.answer();
  run.end.refuse();
  run.drain();
  return 0;
}

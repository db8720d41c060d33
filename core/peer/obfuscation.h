// Obfuscation: Message Stream Encryption (core/wire/mse) within one connection, by our policy:
// first its handshake, then the payload both ways. A plain connection has none.
//
//   outgoing: begins with the dial; our handshake of BEP 3 goes ahead with it
//   incoming: begins when the first octets are no handshake of BEP 3; asks SkeyWanted
//
// | policy    | a dial provides | of what an incoming peer provides is selected |
// | allowed   | both            | plain, else RC4                               |
// | preferred | RC4             | RC4, else plain                               |
// | required  | RC4             | RC4                                           |
//
// A dial that prefers RC4 provides nothing else: libtorrent would select plain (Transmission 4 does
// the same). Who takes only plain is dialled again.
#pragma once

#include <cstddef>
#include <optional>

#include "core/base/byte_queue.h"
#include "core/base/bytes.h"
#include "core/base/digest.h"
#include "core/peer/event.h"
#include "core/peer/facts.h"
#include "core/peer/local.h"
#include "core/wire/mse/handshake.h"

namespace seed::peer {

class Obfuscation {
 public:
  /// `local.secret` is there; outgoing: `local.torrent` too.
  Obfuscation(Role role, const Local& local);

  /// Takes the handshake's octets off the front of `received`; what is left is payload in clear.
  void on_bytes(MutableBytes& received) { machine_.on_bytes(received); }
  /// Answers SkeyWanted; nothing refuses. Returns the payload, in clear, that has come already.
  Buffer offer_skey(const std::optional<Sha1>& info_hash);
  /// SkeyWanted, or a Violation as the last. At most one an input or order.
  std::optional<Event> next_event();
  /// What the handshake has to say.
  ByteQueue& outgoing() { return machine_.outgoing(); }
  /// Encrypts payload from octet `from` of `queue` on, in place: its blocks are nobody else's. Only
  /// when established.
  void encrypt(ByteQueue& queue, std::size_t from);

  /// The peer has shown that it speaks MSE about our torrent.
  bool established() const { return machine_.established(); }
  /// Only when established.
  const Sha1& info_hash() const { return machine_.info_hash(); }
  Encrypted encrypted() const;

 private:
  bool dials_;
  wire::mse::Handshake machine_;
};

}  // namespace seed::peer

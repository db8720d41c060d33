// Handshake: Message Stream Encryption (MSE/PE), by which two peers hide what they speak: its
// handshake, either end, and what passes through it afterwards.
//
// No BEP: wiki.vuze.com, "Message Stream Encryption", version 1.0. E() is RC4, || follows at once:
//
//   A dials                                                             B is dialled
//     Ya || PadA                                                   -->
//                                                                  <--  Yb || PadB
//     HASH('req1', S) || HASH('req2', SKEY) ^ HASH('req3', S) ||
//     E(VC, crypto_provide, len(PadC), PadC, len(IA), IA)          -->
//                                                                  <--  E(VC, crypto_select,
//                                                                         len(PadD), PadD) ||
//                                                                         payload
//     payload                                                      -->
//
//   outgoing: [key] --Yb--> [verify] --E(VC)--> [select] --PadD--> [established]
//   incoming: [key] --Ya--> [sync] --HASH('req1', S)--> [name] --SkeyWanted--> [asking]
//             [asking] --set_skey()--> [provide] --len(IA)--> [established]
//   any:      --bad octets, refuse()--> [failed]
//
// SKEY is the info-hash. PadA and PadB are noise, PadC and PadD zeros as the specification asks
// for. IA, the payload that A sends ahead, is always under RC4; all other payload is if
// crypto_select says so. Its octets are taken as payload as they come, so none are kept here.
//
// Bounds: paddings padding_bytes_max; what comes in [asking] `held_bytes_max`; IA 65535 octets, by
// its field. Time: none of its own; whoever contains it has limits::handshake_timeout for all
// handshakes together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "core/base/byte_queue.h"
#include "core/base/bytes.h"
#include "core/base/digest.h"
#include "core/base/limits.h"
#include "core/base/modular_power.h"
#include "core/wire/mse/failure.h"
#include "core/wire/mse/keys.h"
#include "core/wire/mse/rc4.h"

namespace seed::wire::mse {

/// Octets kept while SKEY is asked for: two reads. Beyond: failed.
inline constexpr std::size_t held_bytes_max = 2 * limits::read_buffer_bytes;
/// Octets of payload that can be sent ahead: its length is 16 bits. libtorrent takes 68.
inline constexpr std::size_t initial_bytes_max = 65535;

/// How payload is sent, as crypto_provide and crypto_select number it.
enum class Method : std::uint32_t { plain = 1, rc4 = 2 };

/// Which methods are provided or taken; at least one.
struct Methods {
  bool plain = true;
  bool rc4 = true;
  Method preferred = Method::rc4;  ///< what is selected of two that A provides
};

/// Incoming: who is it about? Answer with set_skey() or refuse(); until then nothing goes on.
struct SkeyWanted {
  Sha1 req2;  ///< req2_hash() of the info-hash
  bool operator==(const SkeyWanted&) const = default;
};
/// The handshake is over; payload follows.
struct Established {
  Sha1 info_hash;
  Method method = Method::plain;
  bool operator==(const Established&) const = default;
};
/// Always the last event.
struct Failed {
  Failure why = Failure::not_encrypted;
  bool operator==(const Failed&) const = default;
};
using Event = std::variant<SkeyWanted, Established, Failed>;

class Handshake {
 public:
  /// Ours is the end that is dialled.
  Handshake(const Methods& methods, const SecretBytes& secret);
  /// Ours is the end that dials, about `info_hash`; `initial` is the payload that goes ahead, at
  /// most initial_bytes_max.
  Handshake(const Methods& methods, const SecretBytes& secret, const Sha1& info_hash,
            Buffer initial);

  /// Takes the handshake's octets off the front of `received`, and all of them unless it is
  /// established. What is left is payload, decrypted in place.
  void on_bytes(MutableBytes& received);
  /// Answers SkeyWanted. Returns the payload, in clear, that has come already.
  Buffer set_skey(const Sha1& info_hash);
  /// Answers SkeyWanted: there is no such torrent here.
  void refuse();
  /// In place, payload in the order in which it is sent. Only when established.
  void encrypt(MutableBytes payload);

  /// At most one an input or order.
  std::optional<Event> next_event();
  /// What the handshake itself has to say.
  ByteQueue& outgoing() { return outgoing_; }
  bool established() const { return state_ == State::established; }
  /// Only when established.
  Method method() const { return method_; }
  const Sha1& info_hash() const { return info_hash_; }

 private:
  enum class State : std::uint8_t {
    key,
    verify,
    select,
    sync,
    name,
    asking,
    provide,
    padding,
    initial,
    established,
    failed
  };

  // One step for each state: false when more octets are needed.
  bool step(MutableBytes& received);
  bool gather(MutableBytes& received, std::size_t count);
  bool take_key(MutableBytes& received);
  bool search(MutableBytes& received, Bytes wanted, State next);
  bool take_name(MutableBytes& received);
  bool take_methods(MutableBytes& received);
  bool pass_padding(MutableBytes& received);
  bool take_initial_length(MutableBytes& received);
  bool hold(MutableBytes& received);

  std::optional<Method> method_of(std::uint32_t field);
  void on_shared();
  void send_key(std::string_view padding);
  void send_methods(std::uint32_t methods, std::string_view padding, Bytes rest);
  void set_ciphers();
  void decrypt(MutableBytes payload);
  void establish();
  void fail(Failure why);

  bool dials_;
  State state_ = State::key;
  Methods methods_;
  Method method_ = Method::plain;
  SecretBytes secret_;  ///< until established, as shared_
  Number768 shared_;    ///< S
  Sha1 info_hash_;
  Sha1 sync_;                     ///< what is searched for: HASH('req1', S), or E(VC) and zeros
  Buffer initial_;                ///< IA that we send
  std::size_t initial_left_ = 0;  ///< octets of IA that are to come
  std::size_t padding_left_ = 0;  ///< octets of PadC or PadD that are
  std::optional<Rc4> encrypt_;
  std::optional<Rc4> decrypt_;
  Buffer gathered_;  ///< one field of the handshake as far as it came, or what was searched
  Buffer held_;      ///< what came in [asking]
  std::optional<Event> event_;
  ByteQueue outgoing_;
};

}  // namespace seed::wire::mse

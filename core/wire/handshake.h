// Handshake: the first 68 octets of a peer connection, each way.
//
// BEP 3 "peer protocol"; reserved bits: BEP 5 (DHT), BEP 6 (fast), BEP 10 (extension protocol),
// BEP 52 (v2 upgrade). Fixed size: no bound to name.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/base/byte_queue.h"
#include "core/base/bytes.h"
#include "core/base/digest.h"
#include "core/base/result.h"

namespace seed::wire {

/// Octets of a handshake, and of its fixed beginning (length octet and protocol name).
inline constexpr std::size_t handshake_bytes = 68;
inline constexpr std::string_view handshake_prefix =
    "\x13"
    "BitTorrent protocol";

/// The 8 reserved octets, by what their bits say. Bits nobody here knows are kept as they came.
struct Reserved {
  std::array<std::uint8_t, 8> octets{};

  bool dht() const { return (octets[7] & 0x01) != 0; }
  bool fast() const { return (octets[7] & 0x04) != 0; }
  bool v2() const { return (octets[7] & 0x10) != 0; }
  bool extended() const { return (octets[5] & 0x10) != 0; }
  Reserved& set_dht(bool on) { return set(7, 0x01, on); }
  Reserved& set_fast(bool on) { return set(7, 0x04, on); }
  Reserved& set_v2(bool on) { return set(7, 0x10, on); }
  Reserved& set_extended(bool on) { return set(5, 0x10, on); }

  bool operator==(const Reserved&) const = default;

 private:
  Reserved& set(std::size_t octet, std::uint8_t bit, bool on);
};

struct Handshake {
  Reserved reserved;
  Sha1 info_hash;
  PeerId peer_id;

  bool operator==(const Handshake&) const = default;
};

/// True as long as `received`, the first octets of a connection, may still become a handshake.
bool begins_handshake(Bytes received);
/// Exactly handshake_bytes octets. Fault: malformed.
Result<Handshake> parse_handshake(Bytes octets);
void encode_handshake(const Handshake& handshake, ByteQueue& out);

}  // namespace seed::wire

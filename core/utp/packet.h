// The header of a uTP packet, read and written (BEP 29, "header format"), with its one extension
// that matters: selective acknowledgements; and with one of our own, which goes on where those end
// (docs/adr/0029-acknowledgements-past-2016-packets.md).
//
// Sequence numbers are 16 bits and wrap: compare them with steps().
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/base/bytes.h"

namespace seed::utp {

enum class PacketType : std::uint8_t { data = 0, fin = 1, state = 2, reset = 3, syn = 4 };

inline constexpr std::size_t header_bytes = 20;
/// The extension's length is one octet and a multiple of four (BEP 29, "selective ack").
inline constexpr std::size_t sack_bytes_max = 252;
/// What one selective acknowledgement can tell of, from the second packet behind ack on.
inline constexpr int sack_packets_max = 8 * sack_bytes_max;
/// As long as that one, less the two octets that say where it begins.
inline constexpr std::size_t further_bytes_max = sack_bytes_max - 2;
/// The largest packet without payload: header, two extensions with their own two octets each.
inline constexpr std::size_t state_bytes_max = header_bytes + 2 * (2 + sack_bytes_max);

struct Header {
  PacketType type = PacketType::data;
  std::uint16_t connection = 0;
  std::uint32_t timestamp = 0;             ///< the sender's clock, microseconds
  std::uint32_t timestamp_difference = 0;  ///< how long the last one took, by both clocks; 0: none
  std::uint32_t window = 0;                ///< octets that its sender can take
  std::uint16_t sequence = 0;
  std::uint16_t ack = 0;  ///< the last sequence number that came with all before it

  bool operator==(const Header&) const = default;
};

/// Our extension: what came of packets that are further ahead than `sack` reaches.
struct Further {
  std::uint16_t first = 0;  ///< sequence number of bit 0 of octet 0
  Bytes bits;               ///< empty: none
};

struct Packet {
  Header header;
  Bytes sack;  ///< empty: none; bit 0 of octet 0 is sequence number ack + 2
  Further further;
  MutableBytes payload;
};

/// How many steps `to` is behind `from`; negative when it is before it.
constexpr int steps(std::uint16_t from, std::uint16_t to) {
  return static_cast<std::int16_t>(static_cast<std::uint16_t>(to - from));
}
constexpr std::uint16_t plus(std::uint16_t sequence, int count) {
  return static_cast<std::uint16_t>(sequence + count);
}

/// Long enough, version 1, and a type that there is: a cheap look at one octet. What begins like
/// bencoding ('d') or a UDP tracker's answer (0) is none.
bool is_packet(Bytes datagram);

/// Nothing when an extension goes past the end, or the selective acknowledgement has a length that
/// it may not have. Views into `datagram`. Unknown extensions are passed over.
std::optional<Packet> parse(MutableBytes datagram);

/// Writes the header over the first octets of `out`, without an extension.
void encode(const Header& header, MutableBytes out);

/// The same with a selective acknowledgement of 4 to 252 octets, a multiple of 4, or without if it
/// is empty; and behind it, if it is not, what goes further, if that is not empty, 1 to
/// further_bytes_max octets. Returns how many octets were written; `out` has state_bytes_max.
std::size_t encode(const Header& header, Bytes sack, MutableBytes out);
std::size_t encode(const Header& header, Bytes sack, const Further& further, MutableBytes out);

}  // namespace seed::utp

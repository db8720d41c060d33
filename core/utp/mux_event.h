// What the uTP multiplexer tells its driver, what bounds it, and what there is to know of a socket.
#pragma once

#include <cstddef>
#include <cstdint>
#include <variant>

#include "core/base/bytes.h"
#include "core/base/endpoint.h"
#include "core/base/ids.h"
#include "core/base/instant.h"

namespace seed::utp {

using SocketId = SlotId<struct SocketTag>;

struct Limits {
  /// Octets in flight of one socket: 100 Mbit/s at 400 ms with a queue of 200 ms.
  std::size_t window_bytes_max = 8u << 20;
  /// Octets of one socket that have come and are not consumed, in order and not. Beyond: dropped,
  /// and the other side knows, as it is told how much may come. Less when many have much
  /// (Receiver::share).
  std::size_t receive_window_bytes = 8u << 20;
  /// Sockets in all. Beyond: connect() gives busy, and who dials us is not answered.
  std::size_t sockets_max = 8192;
  /// Of these, dialled by others who have not yet shown that our answer reached them. Beyond: the
  /// oldest is forgotten.
  std::size_t half_open_max = 256;
  /// Packets in flight and octets received, of all sockets together. Beyond: what is new waits, and
  /// what comes is dropped (and sent again).
  std::size_t buffers_bytes_max = 128u << 20;
};

/// Somebody dialled us, and has shown that it gets what we send (its address is its own).
struct Accepted {
  SocketId id;
  Endpoint from;
  bool operator==(const Accepted&) const = default;
};

/// A socket of connect() is connected.
struct Connected {
  SocketId id;
  bool operator==(const Connected&) const = default;
};

/// There is something in Mux::readable(). Told again only after more has come and the last one was
/// taken from next_event(): read until it is empty, or remember that it is not.
struct Readable {
  SocketId id;
  bool operator==(const Readable&) const = default;
};

/// So many octets of what was written have been put into packets since the last such event.
struct Sent {
  SocketId id;
  std::size_t octets = 0;
  bool operator==(const Sent&) const = default;
};

enum class Ending : std::uint8_t {
  closed,     ///< the other side has sent all (FIN), and all of it was consumed
  reset,      ///< it says that there is no such connection (RESET)
  timed_out,  ///< it does not answer, neither when connecting nor later
  refused,    ///< RESET while connecting
};

/// The last of a socket; its id finds nothing from now on. Not told of a socket that was closed or
/// aborted by order.
struct Ended {
  SocketId id;
  Ending why = Ending::closed;
  bool operator==(const Ended&) const = default;
};

using Event = std::variant<Accepted, Connected, Readable, Sent, Ended>;

/// A datagram to send.
struct Outgoing {
  Endpoint to;
  Bytes bytes;
  /// It asks how much the path takes: to be sent whole or not at all. All others may be fragmented.
  bool dont_fragment = false;
};

/// A copy, for display.
struct Facts {
  Endpoint remote;
  bool connected = false;
  Duration rtt{};                ///< smoothed; 0: not known
  Duration queueing_delay{};     ///< what LEDBAT believes to be ours or others' queue, one way
  std::size_t window = 0;        ///< octets we let ourselves have in flight
  std::size_t peer_window = 0;   ///< octets the other side lets us
  std::size_t flight = 0;        ///< octets in flight
  std::size_t unsent = 0;        ///< written and in no packet yet
  std::size_t unread = 0;        ///< received in order and not consumed
  std::size_t packet_bytes = 0;  ///< of a full packet, as UDP payload
  std::uint64_t packets_sent = 0;
  std::uint64_t packets_received = 0;
  std::uint64_t packets_resent = 0;
  std::uint64_t losses = 0;    ///< packets found missing by what came after them
  std::uint64_t timeouts = 0;  ///< times when nothing came at all
};

/// Of all sockets, since the mux was made.
struct MuxFacts {
  std::size_t sockets = 0;
  std::size_t half_open = 0;
  std::size_t buffer_bytes = 0;  ///< in use
  std::uint64_t malformed = 0;   ///< uTP by its first octet, and nothing we can read
  std::uint64_t unknown = 0;     ///< for no socket of ours
  std::uint64_t resets_sent = 0;
};

}  // namespace seed::utp

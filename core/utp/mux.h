// Mux: all uTP connections over one UDP port: streams over datagrams that give way to what else
// uses the line (BEP 29, and LEDBAT: RFC 6817).
//
//   on_datagram, on_deadline, orders --> sockets --> flush() --> next_datagram() --> next_event()
//
// A machine. In a turn: any number of inputs and orders; then flush(), which decides what goes out
// (one acknowledgement for all that came in the turn); then drain next_datagram(), then
// next_event(); after orders given meanwhile, flush() and drain again. Inputs may also be drained
// of their events one by one, before flush(): nothing waits for it but what goes out.
//
// Datagrams of one socket come one after the other, and its full packets have one size, so runs of
// them go out in one system call (UDP GSO); the last of a run may be shorter.
//
// The driver sends what next_datagram() gives, or drops it; a lost one is sent again in time.
// Whatever arrives is judged here: on_datagram() takes any octets from anybody.
//
// Bounds: Limits. Who has not shown that our packets reach it gets one packet of 20 octets for each
// of its own. A socket at rest takes some hundred octets; the packet path allocates nothing once
// its buffers are there, and looks up one hash table.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/base/byte_queue.h"
#include "core/base/bytes.h"
#include "core/base/endpoint.h"
#include "core/base/fifo.h"
#include "core/base/ids.h"
#include "core/base/instant.h"
#include "core/base/result.h"
#include "core/base/rng.h"
#include "core/utp/buffer_pool.h"
#include "core/utp/mux_event.h"
#include "core/utp/packet.h"
#include "core/utp/resets.h"
#include "core/utp/wakeups.h"

namespace seed::utp {

class Socket;
class SocketTable;

class Mux {
 public:
  /// A view of next_datagram() holds until so many more were taken, or anything else is called.
  static constexpr std::size_t datagrams_held = 64;

  explicit Mux(const Limits& limits, Rng rng);
  ~Mux();
  Mux(const Mux&) = delete;
  Mux& operator=(const Mux&) = delete;

  /// False: no uTP packet (the first octet says so: never a message of the DHT or of a tracker),
  /// and nothing was done. The octets are not needed any more when it returns.
  bool on_datagram(MutableBytes datagram, const Endpoint& from, Instant now);
  /// What is due is done; harmless at any time.
  void on_deadline(Instant now);
  /// The system did not take a datagram to that endpoint; `too_big`: EMSGSIZE. Other reasons need
  /// not be told.
  void on_send_failed(const Endpoint& to, bool too_big, Instant now);

  /// Dials: Connected or Ended follows, 15 s later at most. Fault busy: Limits::sockets_max.
  Result<SocketId> connect(const Endpoint& to, Instant now);
  /// Takes all of `bytes`, also before Connected; they go out in order. The caller looks at
  /// unsent().
  void write(SocketId id, ByteQueue&& bytes, Instant now);
  /// The next octets received, in order; may be changed in place. Empty: none, or a stale id. Holds
  /// until the next call for this socket. There may be more behind it: consume, then ask again.
  MutableBytes readable(SocketId id);
  /// The first `octets` of readable() are done with. What is not consumed keeps the window closed;
  /// when it opens again the other side is told.
  void consume(SocketId id, std::size_t octets, Instant now);
  /// What was written still goes out, then FIN; then it is forgotten. What comes is thrown away.
  /// The id finds nothing from now on.
  void close(SocketId id, Instant now);
  /// At once, with a RESET. The id finds nothing from now on.
  void abort(SocketId id, Instant now);

  /// Octets written that are in no packet yet; 0 for a stale id.
  std::size_t unsent(SocketId id) const;
  /// Octets received in order and not consumed.
  std::size_t unread(SocketId id) const;
  /// Nothing for a stale id.
  std::optional<Facts> facts(SocketId id) const;
  MuxFacts facts() const;
  /// False: who dials us is not answered. True at first.
  void set_accepting(bool accepting) { accepting_ = accepting; }

  /// Decides what goes out: see above. To be called in each turn in which anything else was.
  void flush(Instant now);
  std::optional<Outgoing> next_datagram();
  std::optional<Event> next_event();
  /// When on_deadline() is due.
  std::optional<Instant> deadline() const;

 private:
  void on_socket(Socket& socket, const Packet& packet);
  void on_unknown(const Packet& packet, const Endpoint& from);
  void on_syn(const Header& syn, const Endpoint& from);
  void touch(Socket& socket);
  void tell(Socket& socket);
  void settle(Socket& socket);
  void arm(Socket& socket);
  void see(Instant now) { now_ = std::max(now_, now); }
  MutableBytes scratch() { return scratch_[scratch_at_ % datagrams_held]; }

  Limits limits_;
  Rng rng_;
  bool accepting_ = true;
  std::uint32_t clock_base_;
  Instant now_{};
  Budget budget_;
  BufferPool packets_;
  BufferPool chains_;
  std::unique_ptr<SocketTable> sockets_;
  std::vector<SocketId> dirty_;    ///< something may go out: looked at in the next flush
  std::vector<SocketId> sending_;  ///< of this flush
  std::size_t sending_at_ = 0;
  std::vector<SocketId> starved_;  ///< found no buffer
  Wakeups wakeups_;
  Resets resets_;
  Fifo<Event> events_;
  MuxFacts counts_;
  std::array<std::array<std::uint8_t, state_bytes_max>, datagrams_held> scratch_;
  std::size_t scratch_at_ = 0;
};

}  // namespace seed::utp

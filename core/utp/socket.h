// Socket: one uTP connection: what a Sender and a Receiver have to tell each other's other side,
// and how it begins and ends (BEP 29, "connection setup").
//
//   dialled by us:  connecting --STATE--> connected --.
//   dialled by it:  answered --any packet that knows our number--> connected --.
//                                                                              |
//        over <--FIN of both acknowledged, or 3 s after ours was--- closing <--'  close(), its FIN
//          ^-------- RESET, timeouts ------- in any state
//
// The id in packets to us is `receives`, in those from us `sends`; they differ by one, and the
// dialling side has the lower (as the one it receives). The first DATA of the answering side has
// the number that its STATE had: a STATE takes none.
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/byte_queue.h"
#include "core/base/endpoint.h"
#include "core/base/instant.h"
#include "core/utp/delay_history.h"
#include "core/utp/mux_event.h"
#include "core/utp/packet.h"
#include "core/utp/receiver.h"
#include "core/utp/sender.h"

namespace seed::utp {

class Socket {
 public:
  enum class State : std::uint8_t { connecting, answered, connected, closing, over };

  /// A SYN goes four times, 1, 2, 4 and 8 s apart: as long as a dial may take
  /// (limits::dial_timeout).
  static constexpr int syns_max = 4;
  /// Who dialled us shows within that time that it got our answer.
  static constexpr Duration answered_max = 15s;
  /// NATs forget who is silent after half a minute (RFC 4787, REQ-5 asks for two minutes; not all
  /// listen).
  static constexpr Duration keepalive_interval = 29s;
  /// After our FIN was acknowledged: time for its own.
  static constexpr Duration linger_max = 3s;
  /// What a clock may drift between two samples of a minute; larger steps are something else.
  static constexpr std::uint32_t drift_max_microseconds = 10'000;

  struct Pools {
    BufferPool& packets;
    BufferPool& chains;
  };
  struct Names {
    Endpoint remote;
    std::uint16_t receives = 0;
    std::uint16_t sends = 0;
    std::uint16_t first = 0;       ///< our first sequence number
    std::uint32_t clock_base = 0;  ///< what our clock is ahead of `now`
  };
  /// Dials.
  Socket(const Names& names, const Limits& limits, const Pools& pools, Instant now);
  /// Answers a SYN.
  Socket(const Names& names, const Header& syn, const Limits& limits, const Pools& pools,
         Instant now);

  /// One for this socket. What it changed shows in state(), take_readable() and dirty-ness, which
  /// is the caller's: each may need to send something afterwards.
  void on_packet(const Packet& packet, Instant now);
  void on_deadline(Instant now);
  Instant deadline() const;
  void write(ByteQueue&& bytes);
  MutableBytes readable() { return receiver_.readable(); }
  void consume(std::size_t octets);
  /// `drop`: what is not yet in a packet is thrown away.
  void close(bool drop);
  void on_probe_refused() { sender_.on_probe_refused(); }

  /// The next datagram to send. Packets without payload are written to `scratch`, of
  /// state_bytes_max octets.
  std::optional<Outgoing> next_datagram(MutableBytes scratch, Instant now);
  /// What says to the other side that there is no such connection: header_bytes octets.
  void write_reset(MutableBytes out, Instant now) const;

  State state() const { return state_; }
  Ending why_over() const { return why_; }
  /// FIN came, and all before it was consumed.
  bool at_end() const { return receiver_.ended() && receiver_.unread() == 0; }
  /// True once after more has come to be read.
  bool take_readable() { return std::exchange(more_, false); }
  std::size_t take_sent() { return sender_.take_sent(); }
  bool starved() const { return sender_.starved(); }
  const Names& names() const { return names_; }
  std::size_t unsent() const { return sender_.unsent(); }
  std::size_t unread() const { return receiver_.unread(); }
  Facts facts() const;

  // What the mux knows of it: kept here, so that a packet finds all in one place.
  SocketId id;
  bool owned = true;   ///< by the driver; else nobody hears of it any more
  bool dirty = false;  ///< looked at in the next flush
  bool told_readable = false;
  bool told_end = false;
  Instant armed_at = never;

 private:
  void on_answer(const Packet& packet, Instant now);
  void on_stream(const Packet& packet, Instant now);
  Duration take_delays(const Header& header, Instant now);
  void end(Ending why);
  void begin_syn(Instant now);
  std::uint32_t clock(Instant now) const;
  Header header(PacketType type, std::uint16_t sequence, Instant now) const;
  std::optional<Outgoing> next_syn(MutableBytes scratch, Instant now);
  Outgoing next_state(MutableBytes scratch, Instant now);

  Names names_;
  State state_;
  Ending why_ = Ending::closed;
  Sender sender_;
  Receiver receiver_;
  DelayHistory ours_;    ///< of what we send, as the other side measures it
  DelayHistory theirs_;  ///< of what comes
  std::uint32_t reply_delay_ = 0;
  bool ack_due_ = false;
  bool more_ = false;
  bool syn_due_ = false;
  int syns_ = 0;
  Instant syn_at_{};
  Instant state_ends_ = never;  ///< SYN again, or no longer waited for
  Instant sent_at_{};
  std::uint64_t packets_sent_ = 0;
  std::uint64_t packets_received_ = 0;
};

}  // namespace seed::utp

// Sender: one socket's way out: what is written becomes packets, as many as the window of LEDBAT
// and that of the other side let; what is lost is found and goes again; the path's size is
// searched.
//
//   write() --> next() --> SendRing --on_ack()--> gone
//                 ^            |
//                 '--- lost ---'   what was sent later has come, or nothing comes at all
//
// Bounds: packets in flight as below, octets by Limits::window_bytes_max. What is written is the
// caller's to bound.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "core/base/byte_queue.h"
#include "core/base/endpoint.h"
#include "core/base/instant.h"
#include "core/utp/buffer_pool.h"
#include "core/utp/ledbat.h"
#include "core/utp/mtu_search.h"
#include "core/utp/pacer.h"
#include "core/utp/packet.h"
#include "core/utp/rtt.h"
#include "core/utp/send_ring.h"

namespace seed::utp {

class Sender {
 public:
  /// Others keep 1024 packets that come out of order (libutp), and do not even read an
  /// acknowledgement that is further ahead; or as many full ones as the largest window has that it
  /// told of, if that is more.
  static constexpr std::size_t packets_in_flight = 1000;
  /// So many sent later have come: lost (RFC 5681, 3.2).
  static constexpr std::uint64_t reordered_max = 3;
  /// Or one, and so much more of the round trip has passed (RFC 8985): with few in flight, three
  /// would never come.
  static constexpr int patience_quarters = 5;
  /// Nothing came back so many times in a row: 0.5 s doubled eight times are two minutes.
  static constexpr int timeouts_max = 8;

  Sender(std::size_t window_max, const IpAddress& to, std::uint16_t first, BufferPool& pool);

  void write(ByteQueue&& bytes) { written_.append(std::move(bytes)); }
  /// FIN behind what is written; nothing may be written from then on.
  void finish() { finishing_ = true; }
  /// What is in no packet yet is thrown away.
  void drop_unsent() { written_.clear(); }
  std::size_t unsent() const { return written_.size(); }
  /// All is acknowledged, FIN too.
  bool finished() const { return fin_sent_ && ring_.empty(); }

  /// False: it acknowledges what was never sent, and nothing of that packet is to be believed.
  bool acceptable(std::uint16_t ack) const { return steps(ack, plus(ring_.next(), -1)) >= 0; }
  struct Ack {
    std::uint16_t ack = 0;
    Bytes sack;
    std::uint32_t window = 0;
    bool bare = false;  ///< it has no data, so it is there for nothing else
    Duration queueing{};
    Further further{};
  };
  /// Of an acceptable one.
  void on_ack(const Ack& ack, Instant now);
  /// False: the other side is gone.
  bool on_deadline(Instant now);
  Instant deadline() const { return std::min({timeout_at_, persist_at_, missing_at_, paced_at_}); }
  /// The system does not take a probe of the path's size.
  void on_probe_refused();
  /// How long a SYN took.
  void on_handshake(Duration rtt, std::uint32_t window);

  /// The next packet to send, and its sequence number: the header's octets are the caller's to
  /// write. Null: nothing may go now. It holds until the next call.
  SentPacket* next(std::uint16_t& sequence, Instant now);
  /// When more may go, if it is only too early for it; else `never`.
  Instant paced_at() const { return paced_at_; }
  /// Nothing is sent for a while.
  void rest() { ring_.rest(); }
  /// Octets that went into a packet for the first time since the last call.
  std::size_t take_sent() { return std::exchange(sent_, 0); }
  /// The pool was empty: to be tried again.
  bool starved() const { return starved_; }
  std::uint16_t next_sequence() const { return ring_.next(); }

  const Rtt& rtt() const { return rtt_; }
  const Ledbat& ledbat() const { return ledbat_; }
  const MtuSearch& mtu() const { return mtu_; }
  std::size_t flight() const { return ring_.flight(); }
  std::size_t peer_window() const { return peer_window_; }
  struct Counts {
    std::uint64_t resent = 0;
    std::uint64_t losses = 0;
    std::uint64_t timeouts = 0;
  };
  const Counts& counts() const { return counts_; }

 private:
  struct Came {
    std::size_t octets = 0;
    std::size_t packets = 0;
    std::uint64_t order = 0;  ///< one more than that of the latest sent
    Duration rtt{};           ///< 0: none was sent just once
  };

  void on_window(const Ack& ack, Instant now);
  void count(std::uint16_t sequence, SentPacket& packet, Came& came, Instant now);
  void take_acknowledged(std::uint16_t ack, Came& came, Instant now);
  void take_bits(std::uint16_t first, Bytes bits, Came& came, Instant now);
  void take_further(const Ack& ack, Came& came, Instant now);
  bool told(std::uint16_t sequence) const;
  void see_reach(const Ack& ack);
  void find_told(Instant now);
  void lose_untold(std::uint16_t after, std::uint16_t to, Instant now);
  void find_lost(Instant now);
  void count_bare(const Ack& ack, Instant now);
  void find_untold(Instant now);
  Duration patience() const;
  void lose(std::uint16_t sequence, bool speaks_of_congestion, Instant now);
  void on_timeout(Instant now);
  std::size_t room() const;
  std::size_t room_within(std::size_t window) const;
  std::size_t packets_max() const;
  bool paced(Instant now);
  SentPacket* resend(std::uint16_t& sequence, Instant now);
  bool waits_for_repairs() const;
  SentPacket* repeat(std::uint16_t& sequence, Instant now);
  SentPacket* send_new(std::uint16_t& sequence, Instant now);
  SentPacket* send_fin(std::uint16_t& sequence, Instant now);
  SentPacket* sent(SentPacket& packet, Instant now);
  void fill(SentPacket& packet, std::size_t size);
  std::size_t full() const { return mtu_.packet_bytes() - header_bytes; }
  Ledbat::Facts facts(std::size_t flight) const;

  BufferPool& pool_;
  ByteQueue written_;
  SendRing ring_;
  Rtt rtt_;
  Ledbat ledbat_;
  Pacer pacer_;
  MtuSearch mtu_;
  Duration queueing_{};
  std::size_t peer_window_ = 0;
  std::size_t peer_window_most_ = 0;
  std::size_t sent_ = 0;
  bool finishing_ = false;
  bool fin_sent_ = false;
  bool starved_ = false;

  std::uint64_t came_order_ = 0;    ///< one more than the latest sent that came
  std::uint64_t halved_order_ = 0;  ///< what was sent before the window was halved: the same loss
  std::uint16_t told_to_ = 0;       ///< of what has later numbers it cannot tell,
  std::uint16_t judged_to_ = 0;     ///< what was untold up to here is so no more
  bool told_all_ = true;            ///< unless it has told all,
  std::uint16_t further_ = 0;       ///< and but for these further ones
  int further_count_ = 0;
  Instant further_at_{};        ///< when any such were told of
  bool untold_ = false;         ///< it got something since, and told nothing
  std::size_t sack_most_ = 0;   ///< octets of its longest
  bool repeats_ = false;        ///< what was sent again last goes once more
  std::uint16_t repeated_ = 0;  ///< that one
  int bare_acks_ = 0;           ///< the same again, without anything new
  Instant timeout_at_ = never;
  Instant missing_at_ = never;  ///< when the first in flight is lost, as later ones have come
  Instant paced_at_ = never;    ///< when more may go
  int timeouts_ = 0;
  bool heard_ = false;          ///< anything, since the last timeout
  Instant persist_at_ = never;  ///< when a closed window is asked about
  int persists_ = 0;
  bool ask_window_ = false;
  Instant sent_at_{};
  Counts counts_;
};

}  // namespace seed::utp

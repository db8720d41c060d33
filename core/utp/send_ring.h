// SendRing: the packets that were sent and are not acknowledged, by sequence number, in one run of
// memory; and those in flight in the order in which they were sent (last), which tells what is
// lost.
//
//   in flight --acknowledged selectively--> done (keeps its place until all before it are)
//    |  |  ^                                  ^
//    |  v  '----- sent again ------ lost      |
//    |  '--------------------------> ^        |
//    '--> untold --------------------'--------'
//
// Untold is what left the line (what was sent later has come) to an end that nobody can tell yet.
//
// All is O(1). A packet's buffer goes back when it is acknowledged.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/base/instant.h"
#include "core/utp/buffer_pool.h"
#include "core/utp/packet.h"

namespace seed::utp {

struct SentPacket {
  enum class State : std::uint8_t { in_flight, untold, lost, done };

  BufferPool::Buffer buffer;  ///< header_bytes, then the payload
  Instant sent_at{};
  std::uint64_t order = 0;  ///< of all that were sent, the last time
  std::uint16_t payload = 0;
  std::uint16_t before = 0, behind = 0;  ///< sequence numbers of its neighbours in its list
  State state = State::in_flight;
  PacketType type = PacketType::data;
  bool resent = false;
  bool probe = false;  ///< of the path's size, and not sent again yet

  /// It may come yet, or have come, for all that is known.
  bool open() const { return state == State::in_flight || state == State::untold; }
};

class SendRing {
 public:
  /// Half the sequence numbers, and half again: who is behind and who is before must be clear.
  static constexpr std::size_t packets_max = 1u << 14;

  explicit SendRing(std::uint16_t first) : first_(first), next_(first) {}

  bool empty() const { return first_ == next_; }
  std::size_t size() const { return static_cast<std::uint16_t>(next_ - first_); }
  /// The oldest one's sequence number, and that of the next new one.
  std::uint16_t first() const { return first_; }
  std::uint16_t next() const { return next_; }
  /// Octets of payload in flight: not untold, not lost, not done.
  std::size_t flight() const { return flight_; }
  std::size_t in_flight() const { return flying_.count; }
  std::size_t untold() const { return untold_; }
  /// In flight or untold.
  std::size_t open() const { return flying_.count + untold_; }
  std::size_t lost() const { return lost_.count; }

  /// A new packet behind all others, in flight; less than packets_max are there.
  SentPacket& push(SentPacket packet, Instant now);
  /// Null when it is not there (any more).
  SentPacket* find(std::uint16_t sequence);
  /// Acknowledged selectively.
  void set_done(std::uint16_t sequence);
  /// Of one in flight.
  void set_untold(std::uint16_t sequence);
  /// Of one in flight or untold.
  void set_lost(std::uint16_t sequence);
  /// A lost one, sent again now.
  void set_resent(std::uint16_t sequence, Instant now);
  /// The oldest is acknowledged and forgotten; not of an empty ring.
  void pop();

  /// Sent before all others in flight; null: none is.
  SentPacket* sent_first(std::uint16_t& sequence);
  /// The one lost first; null: none is.
  SentPacket* lost_first(std::uint16_t& sequence);
  /// The order that the next one sent will have.
  std::uint64_t next_order() const { return order_; }
  void clear();
  /// Memory is given back if the ring is empty: nothing is sent for a while.
  void rest() {
    if (empty()) std::vector<SentPacket>().swap(packets_);
  }

 private:
  /// A list through the packets, by sequence numbers.
  struct List {
    std::uint16_t head = 0, tail = 0;
    std::size_t count = 0;
  };

  SentPacket& at(std::uint16_t sequence) { return packets_[sequence & (packets_.size() - 1)]; }
  void append(List& list, std::uint16_t sequence);
  void remove(List& list, std::uint16_t sequence);
  void leave(std::uint16_t sequence);
  void grow();

  std::vector<SentPacket> packets_;  ///< a power of two, or none yet
  std::uint16_t first_;
  std::uint16_t next_;
  List flying_;
  List lost_;
  std::size_t untold_ = 0;
  std::size_t flight_ = 0;
  std::uint64_t order_ = 0;
};

}  // namespace seed::utp

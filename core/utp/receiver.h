// Receiver: one socket's way in: what comes is put in order, what is missing is told (BEP 29,
// "selective ack"), and how much more may come.
//
//   on_packet() --in order--> ByteChain --> readable(), consume()
//        '-- ahead --> ring by sequence number, until what is before it has come
//
// Bounds: octets that are not consumed, in order or ahead, `window_max` and one packet (who probes
// a closed window sends one); how far ahead, as many packets of `packet_bytes_min` as the window
// has. Beyond: dropped, to be sent again. Buffers and ring are charged to the pools' budget.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/bytes.h"
#include "core/utp/buffer_pool.h"
#include "core/utp/byte_chain.h"
#include "core/utp/packet.h"

namespace seed::utp {

class Receiver {
 public:
  /// As sequence numbers are compared: SendRing::packets_max.
  static constexpr std::size_t ahead_max = 1u << 14;
  /// Of the pools' memory that is free or its own, one socket may hold so much: of many that fill
  /// up, none leaves the others without. What comes does not narrow the window that it came by.
  static constexpr std::size_t share = 16;
  static constexpr std::size_t share_least_bytes = 256u << 10;
  /// Smaller ones come where nobody knows the path yet, or where little is said.
  static constexpr std::size_t packet_bytes_min = 512;
  /// What a selective acknowledgement does not reach is told of, a part at a time, after so many
  /// packets: some hundred octets then, so a percent of what comes.
  static constexpr int further_packets = 16;

  Receiver(std::size_t window_max, BufferPool& packets, BufferPool& chains);
  ~Receiver();
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  /// The first packet that may come.
  void begin(std::uint16_t first) { next_ = first; }
  /// DATA or FIN. True when there is more to read than before, or the end has come.
  bool on_packet(PacketType type, std::uint16_t sequence, Bytes payload);

  MutableBytes readable() { return chain_.front(); }
  /// True when that let more come in order, which is to be acknowledged.
  bool consume(std::size_t octets);
  std::size_t unread() const { return chain_.size(); }
  /// FIN and all before it came; there may be something to read yet.
  bool ended() const { return ended_; }
  /// What comes from now on is acknowledged and thrown away.
  void discard();

  /// The last sequence number that came with all before it.
  std::uint16_t ack() const { return plus(next_, -1); }
  bool has_ahead() const { return ahead_count_ > 0; }
  /// What came ahead, written as the extension has it: returns how many octets, 0: nothing did.
  std::size_t sack(MutableBytes out) const;
  /// What came further ahead than sack() reaches, a part of it at each call in turn, if there is
  /// any and it is time for it. A view of `out`, which has further_bytes_max octets.
  Further further(MutableBytes out);
  /// How many octets may come now.
  std::size_t window() const;
  /// window() was told to the other side.
  void told() { told_ = window(); }
  /// The other side believes that it may send nothing, or little, and now it may.
  bool reopened() const;

 private:
  struct Ahead {
    BufferPool::Buffer buffer;  ///< null: it did not come
    std::uint16_t size = 0;
    bool came = false;
  };

  std::size_t limit() const;
  Ahead& at(std::uint16_t sequence) { return ahead_[sequence & (ahead_.size() - 1)]; }
  const Ahead& at(std::uint16_t sequence) const { return ahead_[sequence & (ahead_.size() - 1)]; }
  bool take(Bytes payload);
  void keep(std::uint16_t sequence, std::size_t distance, Bytes payload);
  void forget(Ahead& place);
  /// A bit for each of `bits` packets; `out` has room for just as many.
  MutableBytes write_came(std::uint16_t first, std::size_t bits, MutableBytes out) const;
  void follow();
  bool grow(std::size_t distance);
  void shrink();
  void check_end();

  std::size_t window_max_;
  BufferPool& pool_;
  ByteChain chain_;
  std::uint16_t next_ = 0;  ///< the sequence number that comes next
  std::vector<Ahead> ahead_;
  std::size_t ahead_count_ = 0;
  std::size_t ahead_bytes_ = 0;
  std::size_t ahead_buffers_ = 0;
  std::uint16_t ahead_last_ = 0;  ///< the furthest
  std::uint16_t further_at_ = 0;  ///< where the next part of what is further begins
  int further_count_ = 0;         ///< packets ahead that came since the last part
  std::optional<std::uint16_t> fin_;
  bool ended_ = false;
  bool discarding_ = false;
  std::size_t told_ = 0;
};

}  // namespace seed::utp

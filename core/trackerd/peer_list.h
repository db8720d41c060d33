// PeerList: the peers of one swarm and one family, packed one behind the other: those that still
// load first, the seeds behind them, so that either kind can be drawn from without a look at it.
//
//   | address, port  6 or 18 | peer id  20 | stamp  2 |   28 octets a peer, or 40
//
// A peer is named by its position, which changes as others come and go; each call says through
// `moved(from, to)` whose did. The stamp is when it announced last, in ticks of four seconds that
// begin anew after 18 hours, and two flags.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "core/base/bytes.h"
#include "core/base/digest.h"
#include "core/base/instant.h"

namespace seed::trackerd {

enum class Family : std::uint8_t { v4, v6 };

class PeerList {
 public:
  using Position = std::uint32_t;
  static constexpr std::size_t id_bytes = PeerId::size;
  /// Fine enough for intervals of minutes, and as coarse as 14 bits need for the longest of them.
  static constexpr Duration tick = 4s;
  static constexpr std::uint16_t tick_mask = 0x3fff;
  static constexpr Duration tick_span = tick * (tick_mask + 1);
  static constexpr std::uint16_t completed_flag = 0x8000;
  static constexpr std::uint16_t private_flag = 0x4000;

  struct Stamp {
    std::uint16_t ticks = 0;  ///< of 14 bits
    bool completed = false;   ///< it told us of its download, which has been counted
    bool is_private = false;  ///< its address is of some local network
    bool operator==(const Stamp&) const = default;
  };
  static std::uint16_t ticks_at(Instant now) {
    return static_cast<std::uint16_t>(now.time_since_epoch() / tick) & tick_mask;
  }

  explicit PeerList(Family family) : width_(family == Family::v4 ? 6 : 18) {}

  Position size() const { return static_cast<Position>(records_.size() / record_bytes()); }
  bool empty() const { return records_.empty(); }
  Position seeds() const { return seeds_; }
  /// Those before the seeds.
  Position leechers() const { return size() - seeds_; }
  bool is_seed(Position at) const { return at >= leechers(); }

  /// BEP 23 and BEP 7: address and port, as they are sent.
  Bytes endpoint(Position at) const { return record(at).first(width_); }
  Bytes address(Position at) const { return record(at).first(width_ - 2u); }
  Bytes peer_id(Position at) const { return record(at).subspan(width_, id_bytes); }
  Stamp stamp(Position at) const {
    const Bytes octets = record(at).last<2>();
    const auto all = static_cast<std::uint16_t>(octets[0] << 8 | octets[1]);
    return {static_cast<std::uint16_t>(all & tick_mask), (all & completed_flag) != 0,
            (all & private_flag) != 0};
  }
  void set_stamp(Position at, Stamp stamp);
  /// Has the processor fetch it from memory: of a large store most peers that are told are not in
  /// its caches, and it can wait for all of them at once.
  void fetch(Position at) const {
    __builtin_prefetch(record(at).data());
    __builtin_prefetch(&record(at).back());
  }
  /// Since it announced last, as far as ticks can tell.
  Duration age(Position at, Instant now) const {
    return tick * ((ticks_at(now) - stamp(at).ticks) & tick_mask);
  }
  /// The same peer by another name; `endpoint` is of the family's width.
  void set_peer(Position at, Bytes endpoint, const PeerId& id);

  struct Newcomer {
    Bytes endpoint;  ///< of the family's width
    PeerId id;
    Stamp stamp;
    bool seed = false;
  };
  /// Where it is then.
  template <typename Moved>
  Position add(const Newcomer& newcomer, Moved moved) {
    const Position last = append(newcomer);
    if (newcomer.seed) {
      ++seeds_;
      return last;
    }
    const Position first_seed = last - seeds_;
    exchange(first_seed, last);
    if (first_seed != last) moved(first_seed, last);
    return first_seed;
  }
  template <typename Moved>
  void remove(Position at, Moved moved) {
    if (is_seed(at)) {
      --seeds_;
    } else {
      at = fill(at, leechers() - 1, moved);
    }
    fill(at, size() - 1, moved);
    drop_last();
  }
  /// Where it is then.
  template <typename Moved>
  Position set_seed(Position at, bool seed, Moved moved) {
    if (is_seed(at) == seed) return at;
    const Position other = seed ? leechers() - 1 : leechers();
    seeds_ = seed ? seeds_ + 1 : seeds_ - 1;
    if (other == at) return at;
    exchange(at, other);
    moved(at, other);
    moved(other, at);
    return other;
  }

 private:
  std::size_t record_bytes() const { return width_ + id_bytes + 2; }
  Bytes record(Position at) const {
    return Bytes(records_).subspan(at * record_bytes(), record_bytes());
  }
  MutableBytes record(Position at) {
    return MutableBytes(records_).subspan(at * record_bytes(), record_bytes());
  }
  Position append(const Newcomer& newcomer);
  void exchange(Position one, Position other);
  void copy(Position from, Position to);
  void drop_last();
  /// Puts `from` where `hole` is, and says where the hole is then.
  template <typename Moved>
  Position fill(Position hole, Position from, Moved& moved) {
    if (from == hole) return hole;
    copy(from, hole);
    moved(from, hole);
    return from;
  }

  Buffer records_;
  Position seeds_ = 0;
  std::uint8_t width_;
};

}  // namespace seed::trackerd

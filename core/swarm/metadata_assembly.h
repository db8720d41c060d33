// MetadataAssembly: gathers the info dictionary of a magnet from several peers at once, and finds
// out who lied about it (BEP 9).
//
// Each peer says how long the whole is and may lie, so each size told is an effort of its own, and
// a false size costs the honest nothing. Of one size, all pieces are asked of all its peers:
//
//   together --whole, hash right--> done
//      |  \--whole, hash wrong, all from one peer--> that one is out, again together
//      \--whole, hash wrong, from several--> each alone
//   alone --hash right--> done: whoever gave other pieces before is guilty
//      \--hash wrong--> that one is out
//
// Each round but the first thus ends the search or removes a liar, and nobody is named without
// proof. Efforts take turns: at most at_once_max are asked for, those of the most peers first; one
// that stalls, or is slow while others wait, goes behind them and keeps what it has.
//
// Bounds: held_bytes_max over all efforts, where the last in rank gives way; outstanding_max
// requests a peer, 1 until it has answered; copies_max peers for one piece. Memory follows what was
// received, never what was announced: a few hundred octets a link besides.
//
// The driver feeds it the links that take ut_metadata, hashes wholes (a Job: 16 MiB take 30 ms) and
// bans whom it is told.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/endpoint.h"
#include "core/base/fifo.h"
#include "core/base/ids.h"
#include "core/base/instant.h"
#include "core/base/limits.h"
#include "core/base/rng.h"
#include "core/swarm/metadata_effort.h"

namespace seed::swarm {

class MetadataAssembly {
 public:
  static constexpr std::size_t held_bytes_max = limits::metadata_bytes_max;
  static constexpr std::size_t at_once_max = 4;
  /// 3 pieces a round trip of 0.3 s are 160 KiB/s; more is for those who flood.
  static constexpr std::size_t outstanding_max = 3;
  static constexpr std::uint32_t copies_max = 3;
  /// When nothing else is left, a piece asked for so long ago is asked of another peer as well.
  static constexpr Duration doubt_after = 3s;
  /// A request unanswered for so long is asked of another; an answer is still welcome.
  static constexpr Duration answer_timeout = 20s;
  /// A peer that refused or was silent is left alone for so long (BEP 9, flood protection).
  static constexpr Duration pause = 1min;
  /// An effort without a new piece for so long, or at work for longer than a turn, goes behind
  /// others that wait. A turn is enough for 32 KiB/s.
  static constexpr Duration stall_max = 30s;
  static constexpr Duration turn_min = 60s;
  static constexpr Duration turn_per_piece = 500ms;
  /// Sizes a peer may tell one after another. Beyond: out.
  static constexpr int claims_max = 4;
  /// Wrong wholes of several peers that are remembered. Beyond: the oldest is forgotten, its liars
  /// stay unnamed.
  static constexpr std::size_t failures_max = 8;
  /// Efforts whose peers have all gone that are kept. Beyond: the one with the fewest pieces goes.
  static constexpr std::size_t orphans_max = 4;

  struct Request {
    LinkId peer;
    std::uint32_t piece = 0;
    bool operator==(const Request&) const = default;
  };
  struct Liar {
    LinkId peer;  ///< may be gone
    IpAddress address;
    auto operator<=>(const Liar&) const = default;
  };
  enum class Taken : std::uint8_t {
    kept,
    useless,        ///< nobody asked, it is there already, or there is no room
    contradiction,  ///< not the size it told, or the wrong length: the peer is out
  };
  struct Progress {
    std::uint32_t pieces = 0;  ///< held
    std::uint32_t of = 0;      ///< 0 while no size is known
  };

  explicit MetadataAssembly(Rng rng) : rng_(rng) {}

  /// The link takes ut_metadata and told `metadata_size` octets; again when it tells another. 0, or
  /// beyond limits::metadata_bytes_max: it has none.
  /// `at_once`: of what is asked of it, at most outstanding_max.
  void on_peer(LinkId peer, const IpAddress& address, std::uint32_t metadata_size, Instant now,
               std::size_t at_once = outstanding_max);
  void on_gone(LinkId peer, Instant now);
  Taken on_piece(LinkId peer, std::uint32_t piece, std::uint32_t total_size, Buffer data,
                 Instant now);
  void on_reject(LinkId peer, std::uint32_t piece, Instant now);
  void on_deadline(Instant now);

  /// What to ask whom; it counts as asked. To be drained after each input.
  std::optional<Request> next_request(Instant now);
  /// A whole to be hashed, its pieces in order; then nothing until on_hashed().
  std::optional<std::vector<Buffer>> take_whole();
  /// Whether that was right. Returns who is guilty beyond doubt, each once; of them nothing is
  /// asked again. When it was right, all ends here.
  std::vector<Liar> on_hashed(bool right, Instant now);

  /// When on_deadline is due.
  std::optional<Instant> deadline() const;
  bool done() const { return done_; }
  /// Of the effort that is nearest to its end.
  Progress progress() const;
  std::size_t bytes_held() const;

 private:
  /// Size, and the one peer it is of if it is of one alone.
  using Key = std::pair<std::uint32_t, LinkId>;
  struct Peer {
    IpAddress address;
    Key key;
    std::map<std::uint32_t, Instant> outstanding;  ///< by piece, when it was asked
    std::vector<std::uint32_t> late;               ///< not answered in time, or asked before
    Instant waits_until = Instant::min();
    int claims = 1;
    std::size_t at_once = outstanding_max;
    bool answered = false;
    std::uint64_t asked = 0;
  };
  struct Effort {
    MetadataEffort pieces;
    std::size_t peers = 0;
    std::size_t able = 0;     ///< of them, those that may be asked now; see choose
    std::uint64_t turns = 0;  ///< taken from it
    std::uint64_t dice = 0;   ///< decides between equals
    bool active = false;
    bool hashing = false;
    bool crowded_out = false;  ///< gave way, and waits for room
    Instant turn_ends{};
    Instant progress_at{};
  };
  using Peers = std::map<LinkId, Peer>;
  using Efforts = std::map<Key, Effort>;
  struct Failure {
    std::uint32_t size = 0;
    std::vector<MetadataShare> shares;
  };

  void at(Instant now) { now_ = now; }
  Effort& effort_of(const Peer& peer) { return efforts_.at(peer.key); }
  void join(LinkId id, Peer& peer, std::uint32_t size);
  void leave(Peer& peer);
  void exclude(LinkId id);
  void drop_orphans();
  bool unasked(Peer& peer, std::uint32_t piece);
  bool make_room(Effort& effort, std::size_t bytes);
  static bool before(const Effort& one, const Effort& other);
  void choose();
  Effort* first_waiting(bool crowded_out_too);
  void on_room();
  void activate(Effort& effort);
  std::optional<Request> request_of(Effort& effort, const Key& key);
  std::optional<std::uint32_t> piece_for(Effort& effort, const Key& key, const Peer& peer) const;
  bool may_ask(const Peer& peer) const;
  void split(std::uint32_t size);
  std::vector<Liar> on_right(const Failure& truth);
  std::vector<Liar> on_wrong(const Key& key, Failure failure);

  Rng rng_;
  Instant now_{};
  bool done_ = false;
  Peers peers_;
  std::set<LinkId> out_;
  Efforts efforts_;
  std::optional<std::pair<Key, Failure>> hashing_;
  Fifo<Failure> failures_;
};

}  // namespace seed::swarm

// Picker: which blocks to ask of whom (BEP 3, "piece downloading strategy"; BEP 6).
//
// Told what peers have, what we have and what is wanted, it answers pick() in about O(1) a block
// whatever the number of pieces and peers. By rank of Want, highest first; within a rank, pieces
// already started, then new ones: those the peer suggested, then rarest first with a random choice
// among equals, or at random while we have fewer than `random_pieces`; or in order in sequential
// mode. When every wanted block
// is asked of somebody it is endgame: blocks are asked of up to three links.
//
//   a piece:  unwanted <-> queued -> started -> complete -> had      (failed: started again, alone)
//   a block:  free -> requested -> received -> written               (taken back: free again)
//
// Bounds: about 25 octets a piece beyond the bitfields; block states of started pieces only.
// Exactly rarest first while the rarest piece of a link is found within `probes_max` looks, from
// the availability below which it had nothing last time. Else its `hints_max` rarest are computed
// at once and stay good for `hints_age_max`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "core/base/bitfield.h"
#include "core/base/ids.h"
#include "core/base/instant.h"
#include "core/base/piece.h"
#include "core/base/rng.h"
#include "core/swarm/partial_piece.h"
#include "core/swarm/piece_queue.h"
#include "core/swarm/shape.h"
#include "core/swarm/suggestions.h"
#include "core/swarm/wants.h"

namespace seed::swarm {

/// How fast a link is among ours; endgame asks again for the blocks of slow ones first.
enum class SpeedClass : std::uint8_t { slow, medium, fast };

/// The link that blocks are picked for.
struct PickFor {
  LinkId link;
  const Bitfield& pieces;  ///< what it has; the size of our torrent
  /// While it chokes us, only pieces it allowed (BEP 6) can be asked for: none if this is empty.
  bool choked = false;
  std::span<const PieceIndex> allowed_fast = {};
  SpeedClass speed = SpeedClass::medium;
  /// After the first, start only pieces that can be asked for to their end: fewer pieces are then
  /// in the making, in memory, at once.
  bool whole_pieces = false;
};

/// Whom a run is taken for: somebody that has all pieces but some, and gives octets in order.
struct RunFor {
  LinkId link;
  /// Pieces it has not; of no size: it has all.
  const Bitfield& lacks;
  std::uint64_t bytes_max = 0;       ///< octets; one piece may be more
  std::optional<PieceIndex> next{};  ///< where its last run ended, to be gone on with
};

/// A request that is to be cancelled on a link.
struct Cancel {
  LinkId link;
  BlockRef block;
  auto operator<=>(const Cancel&) const = default;
};

enum class Received : std::uint8_t {
  accepted,   ///< keep it
  duplicate,  ///< asked of this link, but we have it already: drop it
  unwanted,   ///< never asked of this link, or no such block: never store it
};

struct ReceivedBlock {
  Received verdict = Received::unwanted;
  bool piece_complete = false;    ///< it was the last block: time to verify
  std::vector<LinkId> cancel_at;  ///< other links that were asked for it (endgame)
};

/// Why a request came to nothing.
enum class TakenBack : std::uint8_t {
  choked,     ///< the link choked us: it may be asked again as soon as it unchokes
  rejected,   ///< it refused this one (BEP 6): not asked again for rejected_hold
  stalled,    ///< we gave up waiting: not asked again for stalled_hold
  cancelled,  ///< our own wish: nothing held against the link
  gone,       ///< the link is closed: nothing can come any more
};

/// What a restored partial piece became.
enum class Restored : std::uint8_t { ignored, started, complete };

class Picker {
 public:
  static constexpr std::uint32_t random_pieces = 4;     ///< BEP 3: the first ones at random
  static constexpr std::size_t requesters_max = 3;      ///< links one block is asked of in endgame
  static constexpr std::size_t endgame_depth_max = 16;  ///< a link deeper than this asks no doubles
  static constexpr Duration stalled_hold = 60s;
  static constexpr Duration rejected_hold = 10s;
  static constexpr std::size_t probes_max = 256;
  static constexpr std::size_t hints_max = 256;
  static constexpr Duration hints_age_max = 10s;
  static constexpr std::size_t doubles_scanned_max = 4096;  ///< blocks looked at in one pick
  static constexpr std::size_t started_scanned_max = 512;  ///< started pieces looked at in one pick

  /// All pieces missing and wanted at normal priority. `shape` must be valid().
  Picker(const Shape& shape, Rng rng);

  // --- what we have and want ---------------------------------------------------------------------
  /// At the start: what was verified earlier; the same size as the torrent. O(pieces).
  void set_have(const Bitfield& have);
  /// One Want a piece. Requests for pieces no longer wanted are given up: cancel those returned.
  /// O(pieces).
  std::vector<Cancel> set_wants(std::span<const Want> wants);
  /// In order from `from` to the end, then from the start; ranks still go first.
  void set_sequential(bool on, PieceIndex from = {});

  /// Verified and stored. Also for pieces that were never started (a recheck).
  void on_piece_passed(PieceIndex piece);
  /// Its hash was wrong: all blocks are free again, and the piece is on parole: asked of one link
  /// alone while that can be. Returns the links that sent parts of it, without doubles.
  std::vector<LinkId> on_piece_failed(PieceIndex piece);
  /// A piece we had, or were verifying, is gone (I/O error, file cut short): it is missing again.
  void on_piece_missing(PieceIndex piece);
  /// A received block is on disk, so a resume may claim it (see snapshot()).
  void on_block_written(BlockRef block);
  /// A received block was lost before its piece was complete: it is free again.
  void on_block_lost(BlockRef block);

  // --- peers -------------------------------------------------------------------------------------
  /// Once a link, when its bitfield is known (also an empty one). A peer with everything is counted
  /// apart: O(1). Else O(its pieces). A second call for the same link is ignored.
  void on_peer_pieces(LinkId link, const Bitfield& pieces);
  /// A `have` that was news: the driver's bitfield did not hold it. O(1).
  void on_peer_have(LinkId link, PieceIndex piece);
  /// The peer would like to be asked for it (BEP 6). O(1).
  void on_suggested(LinkId link, PieceIndex piece);
  /// The peer has the piece no more; it was told here before. Returns the requests for it that this
  /// ends: cancel them. O(blocks of the piece) when there are such requests, O(pieces) the first
  /// time for a peer that was counted as having everything, else O(1).
  std::vector<BlockRef> on_peer_lost(LinkId link, PieceIndex piece, Instant now);
  /// The link is gone; `pieces` is its bitfield as it was told here. Its requests are free again.
  void on_peer_gone(LinkId link, const Bitfield& pieces);

  // --- blocks ------------------------------------------------------------------------------------
  /// Appends up to `count` blocks to `out` and marks them requested of the link. Returns how many.
  std::size_t pick(const PickFor& peer, std::size_t count, Instant now, std::vector<BlockRef>& out);
  /// Blocks that follow each other, marked requested of the link: whole pieces that were not
  /// started, of the highest priority that has some, on from `next`, or from the start of the
  /// longest gap; the first of all from anywhere in it (BEP 19, "HTTP and FTP Optimizations"). Else
  /// what is left of one that nobody is asked for. Give them back by on_all_taken_back(). O(pieces
  /// / 64), and the gaps.
  std::vector<BlockRef> take_run(const RunFor& run);
  ReceivedBlock on_received(BlockRef block, LinkId link);
  /// A request without a result; unknown ones are ignored.
  void on_taken_back(BlockRef block, LinkId link, TakenBack why, Instant now);
  /// The same for all requests of the link. Call it at each choke of a peer without the Fast
  /// extension, and when the link stalls. Returns them.
  std::vector<BlockRef> on_all_taken_back(LinkId link, TakenBack why, Instant now);

  // --- interest ----------------------------------------------------------------------------------
  /// Wanted and not had: such a `have` makes a peer interesting. O(1).
  bool wants(PieceIndex piece) const { return wanted_missing_.test(piece); }
  /// True when `pieces` holds a wanted missing piece. O(1) nearly always: remembers a witness, and
  /// that there was none, for each link. `link` must have been told by on_peer_pieces.
  bool interesting(LinkId link, const Bitfield& pieces);
  const Bitfield& wanted_missing() const { return wanted_missing_; }
  const Bitfield& have() const { return have_; }
  /// Nothing wanted is missing.
  bool done() const { return wanted_missing_.none(); }
  /// Octets of the pieces that are wanted and missing and that some peer has. O(1).
  std::uint64_t wanted_available_bytes() const {
    return seeds_ > 0 ? missing_bytes_ : offered_bytes_;
  }

  // --- for resume, display and tests -------------------------------------------------------------
  /// `blocks`: one bit a block of `piece`; those set are on disk.
  Restored restore_partial(PieceIndex piece, const Bitfield& blocks);
  /// Started pieces in order, with the state of each block.
  std::vector<PartialSnapshot> snapshot() const;
  Want want(PieceIndex piece) const;
  const Shape& shape() const { return shape_; }
  /// How many connected peers have it, those with everything included.
  std::uint32_t availability(PieceIndex piece) const;
  bool in_endgame() const;
  /// Requests outstanding on the link.
  std::size_t outstanding(LinkId link) const;
  /// Who sent each block of a started piece; LinkId{} for blocks not received or restored.
  std::vector<LinkId> contributors(PieceIndex piece) const;

 private:
  struct Hints {
    std::vector<PieceIndex> pieces;  ///< rarest last
    std::uint8_t rank = 0;
    Instant made{};
  };
  struct Asked {
    PieceIndex piece;
    std::uint32_t blocks = 0;
  };
  struct Peer {
    bool counted = false;  ///< on_peer_pieces was told
    bool counted_as_seed = false;
    SpeedClass speed = SpeedClass::medium;
    std::vector<Asked> asked;  ///< pieces with requests outstanding on it
    std::size_t outstanding = 0;
    Hints hints;
    Suggestions suggested;
    std::uint32_t floor = 0;  ///< nothing it can serve of floor_rank is rarer than this
    std::uint8_t floor_rank = 0;
    std::uint64_t floor_epoch = 0;  ///< good while rarer_epoch_ is this
    PieceIndex witness;             ///< a piece that made it interesting
    std::uint64_t bored_epoch = 0;  ///< epoch_ at which nothing was interesting; 0 never
    std::uint32_t bored_count = 0;  ///< how many pieces it had then
  };

  struct Double {
    std::uint32_t cost = 0;
    PartialPiece* partial = nullptr;
    std::uint32_t block = 0;
  };

  void settle(PieceIndex piece);
  void count_bytes(PieceIndex piece, bool missing);
  void raise(PieceIndex piece);
  void lower(PieceIndex piece);
  void forget_started(PieceIndex piece);
  Peer* find_peer(LinkId link);
  void note_unasked(LinkId link, PieceIndex piece);
  std::vector<BlockRef> take_back_all(PartialPiece& partial, LinkId link, TakenBack why,
                                      Instant now);
  void take_back(PartialPiece& partial, std::uint32_t block, LinkId link, TakenBack why,
                 Instant now);
  void gather_usable(const PickFor& peer, Instant now);
  std::size_t request_free(PartialPiece& partial, const PickFor& peer, std::size_t count,
                           Instant now, std::vector<BlockRef>& out);
  void request(PartialPiece& partial, std::uint32_t block, Peer& peer, LinkId link,
               std::vector<BlockRef>& out);
  struct Gap {
    std::uint32_t first = 0;
    std::uint32_t end = 0;
    std::uint32_t size() const { return end - first; }
  };
  Gap gap_at(const RunFor& run, std::uint8_t rank, std::uint32_t from) const;
  Gap gap_for(const RunFor& run, std::uint8_t rank);
  std::vector<BlockRef> take_rest(const RunFor& run);
  std::optional<PieceIndex> next_piece(const PickFor& peer, std::uint8_t rank, Instant now);
  std::optional<PieceIndex> rarest_piece(const PickFor& peer, std::uint8_t rank, Instant now);
  void set_floor(Peer& peer, std::uint8_t rank, std::uint32_t availability);
  std::optional<PieceIndex> hinted_piece(const PickFor& peer, Hints& hints);
  void make_hints(const PickFor& peer, std::uint8_t rank, Instant now, Hints& hints);
  std::size_t pick_allowed_fast(const PickFor& peer, std::size_t count, Instant now,
                                std::vector<BlockRef>& out);
  std::size_t pick_doubles(const PickFor& peer, std::size_t count, Instant now,
                           std::vector<BlockRef>& out);
  void gather_doubles(const PickFor& peer, Instant now, std::vector<Double>& found);

  Shape shape_;
  Rng rng_;
  Bitfield have_;
  Bitfield wanted_missing_;
  std::vector<Want> wants_;
  PieceQueue queue_;
  PartialPieces partials_;
  std::unordered_map<LinkId, Peer, SlotIdHash<struct LinkTag>> peers_;  ///< never walked
  std::vector<PartialPiece*> usable_;                                   ///< scratch of pick()
  std::uint32_t seeds_ = 0;          ///< peers counted as having everything
  std::uint64_t missing_bytes_ = 0;  ///< of the pieces of wanted_missing_
  std::uint64_t offered_bytes_ = 0;  ///< of them, what peers other than seeds_ have
  std::uint64_t epoch_ = 1;          ///< grows when something becomes wanted and missing
  std::uint64_t rarer_epoch_ = 1;    ///< grows when a piece got rarer or was queued again
  bool sequential_ = false;
  PieceIndex sequential_from_;
};

}  // namespace seed::swarm

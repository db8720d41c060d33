// PartialPiece: a started piece and the state of each of its blocks. PartialPieces: all of them.
//
//   free -> requested (up to three links) -> received (by one) -> written (on disk)
//
// Bounds: 28 octets a block, for started pieces only; `memories_max` notes a piece of who was asked
// and is no longer.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/base/ids.h"
#include "core/base/instant.h"
#include "core/base/piece.h"

namespace seed::swarm {

enum class BlockState : std::uint8_t { free, requested, received, written };

/// A started piece as resume and display see it.
struct PartialSnapshot {
  PieceIndex piece;
  std::vector<BlockState> blocks;
};

class PartialPiece {
 public:
  static constexpr std::size_t requesters_max = 3;
  static constexpr std::size_t memories_max = 128;
  static constexpr Duration owner_hold = 60s;

  PartialPiece(PieceIndex piece, std::uint32_t block_count);

  PieceIndex piece() const { return piece_; }
  std::uint32_t block_count() const { return static_cast<std::uint32_t>(blocks_.size()); }
  std::uint32_t free_count() const { return free_; }
  std::uint32_t present_count() const { return present_; }  ///< received or written
  bool complete() const { return present_ == block_count(); }
  BlockState state(std::uint32_t block) const { return blocks_[block].state; }
  bool present(std::uint32_t block) const { return blocks_[block].state >= BlockState::received; }
  std::size_t requester_count(std::uint32_t block) const { return blocks_[block].requesters; }
  LinkId requester(std::uint32_t block, std::size_t i) const { return blocks_[block].links[i]; }
  bool requested_of(std::uint32_t block, LinkId link) const;
  /// Who sent it; LinkId{} when it is not here or was restored.
  LinkId sender(std::uint32_t block) const;
  /// The first free block at or after `from`; block_count() when there is none.
  std::uint32_t next_free(std::uint32_t from) const;

  /// Asks one more link; there must be room for it, and the block not present.
  void request(std::uint32_t block, LinkId link);
  /// The link no longer has the request; false when it had none.
  bool unrequest(std::uint32_t block, LinkId link);
  /// It came from `link` (LinkId{}: from an earlier run). All its requests are over.
  void receive(std::uint32_t block, LinkId link, BlockState as);
  void set_written(std::uint32_t block);
  /// A present block is free again.
  void lose(std::uint32_t block);
  /// All blocks free, nobody asked.
  void reset();

  /// Remembers that `link` was asked for the block and is no longer, and not again before `until`
  /// (Instant::min(): nothing against it). A new hold ends those of other links on the block: this
  /// one has had its chance.
  void remember(std::uint32_t block, LinkId link, Instant until);
  bool was_asked(std::uint32_t block, LinkId link) const;
  bool held_back(std::uint32_t block, LinkId link, Instant now) const;
  bool has_memories() const { return !memories_.empty(); }

  /// Nobody was asked, nothing is here and nothing is to be remembered.
  bool untouched() const { return free_ == block_count() && !parole_ && memories_.empty(); }

  /// On parole one link alone is asked, so that the guilty one shows: the first that takes a block
  /// owns the piece until `owner_hold` after its last request.
  void put_on_parole() { parole_ = true; }
  bool on_parole() const { return parole_; }
  bool may_ask(LinkId link, Instant now) const {
    return !parole_ || !owner_ || owner_ == link || now >= owned_until_;
  }
  void own(LinkId link, Instant now) {
    owner_ = link;
    owned_until_ = now + owner_hold;
  }
  /// The owner cannot go on.
  void disown(LinkId link) {
    if (owner_ == link) owner_ = {};
  }

 private:
  friend class PartialPieces;
  struct Block {
    std::array<LinkId, requesters_max> links;  ///< requesters, or the sender first
    std::uint8_t requesters = 0;
    BlockState state = BlockState::free;
  };
  struct Memory {
    std::uint32_t block = 0;
    LinkId link;
    Instant until{};
  };

  PieceIndex piece_;
  std::vector<Block> blocks_;
  std::vector<Memory> memories_;
  std::uint32_t free_ = 0;
  std::uint32_t present_ = 0;
  std::uint32_t first_free_ = 0;  ///< no free block is before this one
  std::uint32_t place_ = 0;       ///< index in its list
  bool open_ = false;             ///< which list
  bool parole_ = false;
  LinkId owner_;
  Instant owned_until_{};
};

/// Owns the started pieces in two lists: open ones, wanted and with a free block, and the others.
class PartialPieces {
 public:
  explicit PartialPieces(std::uint32_t piece_count) : by_piece_(piece_count, nullptr) {}

  PartialPiece* find(PieceIndex piece) const {
    return piece.value < by_piece_.size() ? by_piece_[piece.value] : nullptr;
  }
  /// The piece must not be started.
  PartialPiece& start(PieceIndex piece, std::uint32_t block_count);
  void erase(PieceIndex piece);
  /// Puts it in the list where it belongs.
  void file(PartialPiece& partial, bool open);
  const std::vector<std::unique_ptr<PartialPiece>>& open() const { return open_; }
  const std::vector<std::unique_ptr<PartialPiece>>& closed() const { return closed_; }
  std::size_t size() const { return open_.size() + closed_.size(); }

 private:
  std::unique_ptr<PartialPiece> detach(PartialPiece& partial);
  void attach(std::unique_ptr<PartialPiece> partial, bool open);

  std::vector<PartialPiece*> by_piece_;
  std::vector<std::unique_ptr<PartialPiece>> open_;
  std::vector<std::unique_ptr<PartialPiece>> closed_;
};

}  // namespace seed::swarm

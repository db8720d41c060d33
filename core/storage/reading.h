// Reading: blocks for peers: coalesces what links ask for into runs, reads ahead for links that go
// through a piece in order, waits when memory for uploads is full.
//
// The page cache is the cache: a hit in memory of our own would cost the loop a copy of 2 us a
// block, no less than the worker's pread. Read-ahead exists to make jobs large (1 MiB costs a job's
// 10 us once), belongs to one link and is moved out of, never copied. It ends at the piece's end,
// for pieces are asked for in any order, and is dropped when unused for ahead_idle_max.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "core/base/block.h"
#include "core/base/ids.h"
#include "core/base/instant.h"
#include "core/base/piece.h"
#include "core/base/result.h"
#include "core/storage/block_memory.h"

namespace seed::storage {

struct ReadBlock {
  BlockRef ref;
  Block block;
};
using ReadToken = std::uint64_t;

/// Octets one job reads at most.
inline constexpr std::uint32_t read_job_bytes = 1u << 20;
/// Read-ahead not asked for by then is dropped.
inline constexpr Duration ahead_idle_max = 10s;

class Reading {
 public:
  explicit Reading(BlockMemory& memory) : memory_(memory) {}
  ~Reading();
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;

  /// What one job is to read, in order; `number` names it when its result comes.
  struct Order {
    std::uint64_t number = 0;
    std::vector<BlockRef> blocks;
  };
  struct Outcome {
    ReadToken token = 0;
    LinkId reader;
    Result<std::vector<ReadBlock>> blocks;
  };

  /// Asks for blocks; those in memory go to `ready`. 0: all were.
  /// `piece_size` of the piece a block is in decides how far reading ahead may go.
  ReadToken ask(LinkId reader, std::span<const BlockRef> blocks,
                std::span<const std::uint32_t> piece_sizes, Instant now,
                std::vector<ReadBlock>& ready);
  /// The next job to submit, as far as memory goes; counts it as read.
  std::optional<Order> next_order();
  /// A job's result: blocks in the order's order, or what went wrong. Gives what is now complete.
  std::vector<Outcome> on_result(std::uint64_t number, Result<std::vector<Block>> blocks);
  void forget(LinkId reader);
  /// Drops what was read ahead and not asked for in time.
  void on_deadline(Instant now);
  std::optional<Instant> deadline() const;
  /// Blocks asked for and not yet ordered: memory is full.
  bool waiting() const { return !queue_.empty(); }
  std::size_t orders_under_way() const { return orders_.size(); }

 private:
  struct Wanted {
    BlockRef ref;
    ReadToken token = 0;   ///< 0: read ahead
    std::size_t slot = 0;  ///< in Pending::blocks
    LinkId reader;
  };
  struct Pending {
    LinkId reader;
    std::vector<ReadBlock> blocks;
    std::size_t missing = 0;
  };
  struct Stream {
    BlockRef last{};           ///< the last block asked for
    std::uint32_t window = 0;  ///< octets to have ahead
    std::deque<ReadBlock> ahead;
    std::size_t ahead_bytes = 0;        ///< in `ahead`, queued or under way
    std::uint32_t ahead_end = 0;        ///< offset in last.piece up to which was read ahead
    std::vector<std::uint64_t> orders;  ///< that read ahead for it
    Instant used{};
  };

  bool take_ahead(Stream& stream, BlockRef ref, std::vector<ReadBlock>& ready);
  bool claim_under_way(Stream& stream, BlockRef ref, ReadToken token, std::size_t slot);
  void follow(Stream& stream, BlockRef ref);
  void extend(LinkId reader, Stream& stream, std::uint32_t piece_size);
  void drop_ahead(Stream& stream);

  BlockMemory& memory_;
  std::map<LinkId, Stream> streams_;
  std::map<ReadToken, Pending> pending_;
  std::deque<Wanted> queue_;
  std::map<std::uint64_t, std::vector<Wanted>> orders_;
  std::optional<Instant> idle_check_;
  ReadToken last_token_ = 0;
  std::uint64_t last_order_ = 0;
};

}  // namespace seed::storage

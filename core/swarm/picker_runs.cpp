// Picker's runs: what a web seed is asked for. Peers are asked for the rarest pieces, one by one;
// who can give all of them in order is asked for what lies together.
#include <algorithm>

#include "core/swarm/picker.h"

namespace seed::swarm {

namespace {

std::uint32_t next_of(const Bitfield& pieces, std::uint32_t from, std::uint32_t none) {
  return pieces.size() == 0 ? none : pieces.next_set(from);
}

}  // namespace

/// The pieces at or behind `from` that follow each other, are queued at `rank` or the one above,
/// and that it has. Those two ranks are one priority: the edges of files would else be runs of
/// their own.
Picker::Gap Picker::gap_at(const RunFor& run, std::uint8_t rank, std::uint32_t from) const {
  const std::uint32_t none = shape_.piece_count;
  const Bitfield& plain = queue_.bitmap(rank);
  const Bitfield& early = queue_.bitmap(rank + 1);
  const bool lacks_some = run.lacks.size() == none;
  const auto next = [&](std::uint32_t at) {
    return std::min(next_of(plain, at, none), next_of(early, at, none));
  };
  std::uint32_t first = next(from);
  while (first < none && lacks_some && run.lacks.test({first}))
    first = next(run.lacks.next_clear(first));
  std::uint32_t end = first;
  while (end < none && next(end) == end) {
    const bool is_plain = plain.size() > 0 && plain.test({end});
    end = (is_plain ? plain : early).next_clear(end);
  }
  if (lacks_some && first < none) end = std::min(end, run.lacks.next_set(first));
  return {first, end};
}

/// What is left of a gap from where the run is to begin.
Picker::Gap Picker::gap_for(const RunFor& run, std::uint8_t rank) {
  const std::uint32_t none = shape_.piece_count;
  if (sequential_) {
    const Gap ahead = gap_at(run, rank, sequential_from_.value % none);
    return ahead.first < none ? ahead : gap_at(run, rank, 0);
  }
  if (run.next && run.next->value < none)
    if (const Gap on = gap_at(run, rank, run.next->value); on.first == run.next->value) return on;
  Gap longest{none, none};
  for (Gap gap = gap_at(run, rank, 0); gap.first < none; gap = gap_at(run, rank, gap.end))
    if (gap.size() > longest.size()) longest = gap;
  // Others begin at the same time: each with other pieces has something for the rest.
  if (have_.none() && longest.size() > 1)
    longest.first += static_cast<std::uint32_t>(rng_.below(longest.size() - 1));
  return longest;
}

std::vector<BlockRef> Picker::take_run(const RunFor& run) {
  std::vector<BlockRef> out;
  for (const Priority priority : {Priority::high, Priority::normal, Priority::low}) {
    const Gap gap = gap_for(run, Want::of(priority).rank);
    std::uint64_t bytes = 0;
    for (PieceIndex piece{gap.first}; piece.value < gap.end; ++piece.value) {
      const std::uint32_t length = shape_.length_of(piece);
      if (bytes > 0 && bytes + length > run.bytes_max) break;
      bytes += length;
      const std::uint32_t blocks = shape_.blocks_of(piece);
      PartialPiece& partial = partials_.start(piece, blocks);
      for (std::uint32_t block = 0; block < blocks; ++block)
        request(partial, block, peers_[run.link], run.link, out);
      settle(piece);
    }
    if (!out.empty()) return out;
  }
  return take_rest(run);
}

/// The first stretch of free blocks of a started piece that nobody is asked for.
std::vector<BlockRef> Picker::take_rest(const RunFor& run) {
  std::vector<BlockRef> out;
  const auto& open = partials_.open();
  const std::size_t looks = std::min(open.size(), started_scanned_max);
  for (std::size_t i = 0; i < looks; ++i) {
    PartialPiece& partial = *open[i];
    const PieceIndex piece = partial.piece();
    const bool lacked = run.lacks.size() == shape_.piece_count && run.lacks.test(piece);
    if (lacked || partial.free_count() + partial.present_count() < partial.block_count()) continue;
    for (std::uint32_t block = partial.next_free(0); block < partial.block_count(); ++block) {
      if (partial.state(block) != BlockState::free) break;
      request(partial, block, peers_[run.link], run.link, out);
    }
    settle(piece);
    return out;
  }
  return out;
}

}  // namespace seed::swarm

// BlockMemory: how many octets the whole session holds in Blocks, and what follows from it.
//
// Three uses count: `incoming` (received, not yet written), `reading` (read or being read for
// peers, read-ahead included) and `unsent` (handed to links, not yet taken by the system).
// Bound: the setting block_memory_mib. Uploads (reading and unsent) may hold half of it, and what
// they hold beyond is not held against downloads, so that peers who do not read cannot stop them;
// what uploads leave free, downloads may use. Of what
// downloads hold, incomplete pieces may be three eighths (spill_mark): beyond it PieceStores write
// blocks early, so pressure always has a job under way that ends it.
//
//   free --take--> under pressure (links stop reading) --give_back--> relieved (take_relief() once)
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace seed::storage {

enum class MemoryUse : std::uint8_t { incoming, reading, unsent };

class BlockMemory {
 public:
  explicit BlockMemory(std::size_t bytes_max) : max_(bytes_max) {}

  void set_max(std::size_t bytes_max) { max_ = bytes_max; }
  std::size_t max() const { return max_; }
  std::size_t held(MemoryUse use) const { return held_[index(use)]; }
  std::size_t held() const { return held_[0] + held_[1] + held_[2]; }

  /// Always counts: what is here is here. Asking first is the caller's part.
  void take(MemoryUse use, std::size_t bytes);
  /// `bytes` at most what is held for that use.
  void give_back(MemoryUse use, std::size_t bytes);

  /// Links stop reading piece data.
  bool under_pressure() const { return pressing() >= max_; }
  /// True once after pressure came and went (to seven eighths): links may read again.
  bool take_relief();
  /// Whether `bytes` more may be read for peers; always when uploads hold nothing.
  bool may_read(std::size_t bytes) const;
  /// Whether `bytes` more may be read ahead of what was asked: a quarter of the whole at most.
  bool may_read_ahead(std::size_t bytes) const;
  /// Octets of incomplete pieces that may lie in memory before some are written early.
  std::size_t spill_mark() const { return max_ / 8 * 3; }

 private:
  static std::size_t index(MemoryUse use) { return static_cast<std::size_t>(use); }
  std::size_t pressing() const;
  std::size_t uploads() const { return held(MemoryUse::reading) + held(MemoryUse::unsent); }

  std::size_t max_;
  std::array<std::size_t, 3> held_{};
  bool pressed_ = false;
};

}  // namespace seed::storage

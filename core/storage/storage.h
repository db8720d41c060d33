// Storage: what the stores of all torrents share: workers, memory, open files, roots, the checker;
// and the index by which results of jobs find their PieceStore.
//
// One per session; the session destroys it last and after the workers are idle or gone.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>

#include "core/base/ids.h"
#include "core/base/instant.h"
#include "core/io/clock.h"
#include "core/io/entropy.h"
#include "core/io/workers.h"
#include "core/storage/arrivals.h"
#include "core/storage/block_memory.h"
#include "core/storage/checker.h"
#include "core/storage/open_files.h"
#include "core/storage/roots.h"
#include "core/storage/unfinished.h"

namespace seed::storage {

struct StorageOptions {
  std::size_t block_memory_bytes = 64u << 20;  ///< block_memory_mib
  std::size_t open_files_max = 512;
  std::size_t checks_max = 4;  ///< torrents checked at once, one on each device
};

class Storage {
 public:
  Storage(io::Workers& workers, io::Clock& clock, io::Entropy& entropy, StorageOptions options);
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  io::Workers& workers() { return workers_; }
  Instant now() const { return clock_.now(); }
  BlockMemory& memory() { return memory_; }
  Arrivals& arrivals() { return arrivals_; }
  Unfinished& unfinished() { return unfinished_; }
  OpenFiles& open_files() { return open_files_; }
  Roots& roots() { return roots_; }
  Checker& checker() { return checker_; }

  /// nullptr when that store is gone.
  PieceStore* find(StoreId id);
  /// Where a job on that root is to run.
  io::Lane lane(const SafePath& root) { return roots_.lane(root); }
  /// In step Out of each turn: goes on with reads for which there was no memory.
  void on_turn_end();
  /// While incomplete pieces hold more than the spill mark: has the store that holds most of them
  /// write some early.
  void spill_if_due();

 private:
  friend class PieceStore;
  StoreId enter(PieceStore* store) { return stores_.insert(store); }
  void leave(StoreId id);
  void set_thirsty(StoreId id, bool thirsty);

  io::Workers& workers_;
  io::Clock& clock_;
  BlockMemory memory_;
  Arrivals arrivals_;
  Unfinished unfinished_;
  OpenFiles open_files_;
  Roots roots_;
  SlotMap<PieceStore*, PieceStore> stores_;
  Checker checker_;
  std::deque<StoreId> thirsty_;     ///< reads wait there for memory
  std::size_t buffered_bytes_ = 0;  ///< of incomplete pieces, in all stores
};

}  // namespace seed::storage

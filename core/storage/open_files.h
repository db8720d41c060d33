// OpenFiles: the session's table of open files, bounded, least recently used first out.
//
// The table only keeps handles: jobs open (that blocks) and their results bring the handles here.
// A running job holds its handle too, so putting one out closes it when the last job is done.
// A handle still works when its file was deleted or replaced, so after a while it is put out and
// the file opened again by its name.
// Bound: the setting open_files_max.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <unordered_map>

#include "core/base/ids.h"
#include "core/base/instant.h"
#include "core/base/piece.h"
#include "core/io/files.h"

namespace seed::storage {

class PieceStore;
/// Names a PieceStore to jobs under way; one that is gone is not found.
using StoreId = SlotId<PieceStore>;

class OpenFiles {
 public:
  /// Short enough that a user who deleted a file soon sees that it is missed.
  static constexpr Duration trusted_for = 15s;

  explicit OpenFiles(std::size_t files_max) : max_(files_max) {}

  /// A handle good for reading, or one good for writing; nullptr when there is none.
  std::shared_ptr<io::File> find(StoreId store, FileIndex file, bool writable, Instant now);
  /// Keeps a handle opened just now; the least recently used goes when the table is full.
  void keep(StoreId store, FileIndex file, bool writable, std::shared_ptr<io::File> handle,
            Instant now);
  /// Drops one file's handles, or all of a store's.
  void forget(StoreId store, FileIndex file);
  void forget(StoreId store);
  std::size_t size() const { return entries_.size(); }

 private:
  struct Key {
    StoreId store;
    FileIndex file;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const;
  };
  struct Entry {
    Key key;
    bool writable;
    std::shared_ptr<io::File> handle;
    Instant opened;
  };
  using Order = std::list<Entry>;

  std::size_t max_;
  Order order_;  ///< most recently used first
  std::unordered_map<Key, Order::iterator, KeyHash> entries_;
};

}  // namespace seed::storage

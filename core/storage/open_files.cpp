#include "core/storage/open_files.h"

namespace seed::storage {

std::size_t OpenFiles::KeyHash::operator()(const Key& key) const {
  const auto mixed = (SlotIdHash<PieceStore>{}(key.store) ^ (std::size_t{key.file.value} << 20)) *
                     std::size_t{0x9e3779b97f4a7c15};
  return mixed ^ (mixed >> 31);
}

std::shared_ptr<io::File> OpenFiles::find(StoreId store, FileIndex file, bool writable,
                                          Instant now) {
  const auto found = entries_.find({store, file});
  if (found == entries_.end() || (writable && !found->second->writable)) return nullptr;
  if (now - found->second->opened >= trusted_for) {
    forget(store, file);
    return nullptr;
  }
  order_.splice(order_.begin(), order_, found->second);
  return found->second->handle;
}

void OpenFiles::keep(StoreId store, FileIndex file, bool writable, std::shared_ptr<io::File> handle,
                     Instant now) {
  const Key key{store, file};
  const auto found = entries_.find(key);
  if (found != entries_.end()) {
    order_.splice(order_.begin(), order_, found->second);
    // One that can write also reads: it is never exchanged for one that only reads.
    if (writable || !found->second->writable)
      *found->second = Entry{key, writable, std::move(handle), now};
    return;
  }
  if (max_ == 0) return;
  if (entries_.size() >= max_) {
    entries_.erase(order_.back().key);
    order_.pop_back();
  }
  order_.push_front({key, writable, std::move(handle), now});
  entries_.emplace(key, order_.begin());
}

void OpenFiles::forget(StoreId store, FileIndex file) {
  const auto found = entries_.find({store, file});
  if (found == entries_.end()) return;
  order_.erase(found->second);
  entries_.erase(found);
}

void OpenFiles::forget(StoreId store) {
  for (auto at = order_.begin(); at != order_.end();) {
    if (at->key.store != store) {
      ++at;
      continue;
    }
    entries_.erase(at->key);
    at = order_.erase(at);
  }
}

}  // namespace seed::storage

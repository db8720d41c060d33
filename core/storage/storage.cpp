#include "core/storage/storage.h"

#include <algorithm>

#include "core/storage/piece_store.h"

namespace seed::storage {

Storage::Storage(io::Workers& workers, io::Clock& clock, io::Entropy& entropy,
                 StorageOptions options)
    : workers_(workers),
      clock_(clock),
      memory_(options.block_memory_bytes),
      open_files_(options.open_files_max),
      roots_(workers, entropy),
      checker_(*this, options.checks_max) {}

PieceStore* Storage::find(StoreId id) {
  auto* found = stores_.find(id);
  return found == nullptr ? nullptr : *found;
}

void Storage::leave(StoreId id) {
  checker_.stop(id);
  arrivals_.give_back(id);
  open_files_.forget(id);
  std::erase(thirsty_, id);
  stores_.erase(id);
}

void Storage::set_thirsty(StoreId id, bool thirsty) {
  const auto found = std::ranges::find(thirsty_, id);
  if (thirsty == (found != thirsty_.end())) return;
  if (thirsty) {
    thirsty_.push_back(id);
  } else {
    thirsty_.erase(found);
  }
}

void Storage::on_turn_end() {
  // Each once, and who still waits goes to the end: all get their turn at what memory there is.
  for (std::size_t left = thirsty_.size(); left > 0; --left) {
    const StoreId id = thirsty_.front();
    thirsty_.pop_front();
    if (auto* store = find(id)) store->pump_reads();
  }
}

void Storage::spill_if_due() {
  // Down to half the mark, so that an early write is worth its job.
  if (buffered_bytes_ <= memory_.spill_mark()) return;
  while (buffered_bytes_ > memory_.spill_mark() / 2) {
    PieceStore* fullest = nullptr;
    stores_.each([&](StoreId, PieceStore* store) {
      if (store->can_spill() &&
          (fullest == nullptr || store->buffered_bytes() > fullest->buffered_bytes()))
        fullest = store;
    });
    if (fullest == nullptr || !fullest->spill()) return;
  }
}

}  // namespace seed::storage

// Wakeups: when which socket is due: a heap that is not touched while deadlines only move away, as
// those of busy sockets do with each acknowledgement. What comes out early is put back.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <vector>

#include "core/base/instant.h"
#include "core/utp/mux_event.h"

namespace seed::utp {

class Wakeups {
 public:
  struct Entry {
    Instant when;
    SocketId id;
    bool operator>(const Entry& other) const {
      return when != other.when ? when > other.when : id > other.id;
    }
  };

  bool empty() const { return heap_.empty(); }
  std::size_t size() const { return heap_.size(); }
  Instant next() const { return heap_.empty() ? never : heap_.front().when; }
  void add(Instant when, SocketId id) {
    heap_.push_back({when, id});
    std::push_heap(heap_.begin(), heap_.end(), std::greater<>());
  }
  /// The earliest; not of an empty heap.
  Entry take() {
    std::pop_heap(heap_.begin(), heap_.end(), std::greater<>());
    const Entry out = heap_.back();
    heap_.pop_back();
    return out;
  }
  /// Drops those that `stale(entry)` names.
  template <typename Stale>
  void purge(Stale&& stale) {
    std::erase_if(heap_, stale);
    std::make_heap(heap_.begin(), heap_.end(), std::greater<>());
  }

 private:
  std::vector<Entry> heap_;
};

}  // namespace seed::utp

// NumberIndex: torrents by the number that the RPC uses, in order of it. A list walks all of them,
// so they stand side by side in memory.
//
// Numbers only grow, so a new one is at the end. One that is taken out leaves a hole; when half are
// holes they are closed, but not while somebody walks. Finding is O(log n), taking out O(log n) and
// now and then O(n).
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "core/base/ids.h"
#include "core/session/snapshot.h"

namespace seed::session {

class NumberIndex {
 public:
  /// `number` is above all there ever were.
  void append(TorrentNumber number, TorrentId id) {
    items_.emplace_back(number, id);
    ++size_;
  }
  /// An id that names nothing when there is none.
  TorrentId find(TorrentNumber number) const {
    const std::size_t found = at(number);
    return found < items_.size() && items_[found].first == number ? items_[found].second
                                                                  : TorrentId{};
  }
  void erase(TorrentNumber number) {
    if (!find(number)) return;
    items_[at(number)].second = {};
    --size_;
    if (walkers_ == 0 && size_ * 2 < items_.size())
      std::erase_if(items_, [](const Item& item) { return !item.second; });
  }
  std::size_t size() const { return size_; }
  /// visit(id) for those with numbers above `after`, in order, until it returns false. It may take
  /// out and append.
  template <typename Visit>
  void each_after(TorrentNumber after, Visit&& visit) {
    ++walkers_;
    for (std::size_t i = at(after + 1); i < items_.size(); ++i)
      if (items_[i].second && !visit(items_[i].second)) break;
    --walkers_;
  }

 private:
  using Item = std::pair<TorrentNumber, TorrentId>;
  /// The first that is not below `number`.
  std::size_t at(TorrentNumber number) const {
    return static_cast<std::size_t>(std::ranges::lower_bound(items_, number, {}, &Item::first) -
                                    items_.begin());
  }

  std::vector<Item> items_;  ///< a hole has an id that names nothing
  std::size_t size_ = 0;     ///< without holes
  int walkers_ = 0;
};

}  // namespace seed::session

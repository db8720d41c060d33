// QueueOrder: how orders move torrents in the queue (contract, section 6). Facts in, decision out:
// `T` is whatever names a torrent, best first.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <vector>

#include "core/session/session.h"

namespace seed::session {

/// Those chosen keep their order among themselves. One step up or down stops at another chosen one,
/// so that a block at the end stays a block.
template <typename T>
void move_in_queue(std::vector<T>& order, const std::vector<T>& chosen, QueueMove move) {
  const std::set<T> them(chosen.begin(), chosen.end());
  const auto is_chosen = [&](const T& one) { return them.contains(one); };
  switch (move) {
    case QueueMove::top:
      std::stable_partition(order.begin(), order.end(), is_chosen);
      break;
    case QueueMove::bottom:
      std::stable_partition(order.begin(), order.end(),
                            [&](const T& one) { return !is_chosen(one); });
      break;
    case QueueMove::up:
      for (std::size_t i = 1; i < order.size(); ++i)
        if (is_chosen(order[i]) && !is_chosen(order[i - 1])) std::swap(order[i], order[i - 1]);
      break;
    case QueueMove::down:
      for (std::size_t i = order.size(); i-- > 1;)
        if (is_chosen(order[i - 1]) && !is_chosen(order[i])) std::swap(order[i], order[i - 1]);
      break;
  }
}

/// Puts those chosen, in their order, at that position of the others; beyond the ends: at the end.
template <typename T>
void place_in_queue(std::vector<T>& order, const std::vector<T>& chosen, std::int64_t position) {
  const std::set<T> them(chosen.begin(), chosen.end());
  std::erase_if(order, [&](const T& one) { return them.contains(one); });
  const auto at = std::clamp<std::int64_t>(position, 0, static_cast<std::int64_t>(order.size()));
  order.insert(order.begin() + at, chosen.begin(), chosen.end());
}

}  // namespace seed::session

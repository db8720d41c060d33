#include "core/session/torrent_index.h"

#include <algorithm>
#include <unordered_set>
#include <variant>

namespace seed::session {

bool is_shown(const torrent::Torrent& torrent, const std::vector<std::string>& labels) {
  if (labels.empty()) return true;
  const auto& own = torrent.record().options.labels;
  return std::ranges::any_of(
      own, [&](const auto& label) { return std::ranges::find(labels, label) != labels.end(); });
}

std::vector<torrent::Torrent*> TorrentIndex::choose(const Selection& which, Instant now) {
  std::vector<torrent::Torrent*> chosen;
  if (which.kind == Selection::Kind::all) {
    chosen.reserve(size());
    each([&](torrent::Torrent& torrent) {
      if (is_shown(torrent, which.only_labels)) chosen.push_back(&torrent);
    });
    return chosen;
  }
  std::unordered_set<TorrentNumber> seen;
  if (which.kind == Selection::Kind::recently_active)
    each([&](torrent::Torrent& torrent) {
      if (now - torrent.changed_at() > recently || !is_shown(torrent, which.only_labels)) return;
      seen.insert(torrent.number());
      chosen.push_back(&torrent);
    });
  for (const auto& item : which.listed) {
    torrent::Torrent* found = std::holds_alternative<Sha1>(item)
                                  ? find(std::get<Sha1>(item))
                                  : find(std::get<TorrentNumber>(item));
    if (found != nullptr && is_shown(*found, which.only_labels) &&
        seen.insert(found->number()).second)
      chosen.push_back(found);
  }
  return chosen;
}

std::vector<torrent::Torrent*> TorrentIndex::in_queue_order() {
  std::vector<torrent::Torrent*> order;
  order.reserve(size());
  each([&](torrent::Torrent& torrent) { order.push_back(&torrent); });
  std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
    return a->record().queue_rank < b->record().queue_rank;
  });
  return order;
}

}  // namespace seed::session

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
    each_newest([&](const Entry& entry) {
      if (now - entry.torrent->changed_at() > recently) return false;
      if (is_shown(*entry.torrent, which.only_labels)) chosen.push_back(entry.torrent.get());
      return true;
    });
  std::ranges::sort(chosen, {}, &torrent::Torrent::number);
  for (const auto* torrent : chosen) seen.insert(torrent->number());
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

void TorrentIndex::unlink(Entry& entry, TorrentId id) {
  Entry* newer = entries_.find(entry.newer);
  Entry* older = entries_.find(entry.older);
  if (newer != nullptr) newer->older = entry.older;
  if (older != nullptr) older->newer = entry.newer;
  if (newest_ == id) newest_ = entry.older;
  entry.newer = entry.older = {};
}

Result<void> TorrentIndex::add_names(TorrentId id, const InfoHashes& hashes) {
  const torrent::Torrent* other = nullptr;
  each_name(hashes, [&](const Sha1& name) {
    if (auto* found = find(name); found != nullptr && found->id() != id) other = found;
  });
  if (other != nullptr)
    return fail(FaultCode::exists, "it is the same torrent as " + other->record().name +
                                       ", which is here by its other hash; remove one of them");
  put_names(id, hashes);
  return {};
}

void TorrentIndex::note_change(TorrentId id) {
  Entry* entry = entries_.find(id);
  // One that is leaving is nobody's business any more.
  if (entry == nullptr || newest_ == id || (entry->torrent && id_of(entry->number) != id)) return;
  unlink(*entry, id);
  if (Entry* before = entries_.find(newest_)) before->newer = id;
  entry->older = std::exchange(newest_, id);
}

std::size_t TorrentIndex::active(std::uint64_t sequence) {
  each_changed(active_at_, [&](Entry& entry) {
    const bool active = entry.torrent->active();
    active_ += active ? 1 : 0;
    active_ -= std::exchange(entry.active, active) ? 1 : 0;
  });
  active_at_ = sequence;
  return active_;
}

const TorrentCounts& TorrentIndex::counts(std::uint64_t sequence) {
  each_changed(tally_at_, [&](Entry& entry) {
    tally_.update(entry.share, entry.torrent->snapshot({.swarm = true}));
  });
  tally_at_ = sequence;
  return tally_.counts();
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

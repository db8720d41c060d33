#include "core/session/pending_saves.h"

#include <algorithm>

namespace seed::session {

void PendingSaves::want(TorrentId id, torrent::SaveNeeds needs, Instant now) {
  const Instant due = now + (needs.progress ? progress_after : record_after);
  auto [found, is_new] = pending_.try_emplace(id, Pending{needs, due});
  if (is_new) return;
  auto& pending = found->second;
  pending.needs.record = pending.needs.record || needs.record;
  pending.needs.progress = pending.needs.progress || needs.progress;
  pending.due = std::min(pending.due, due);
}

std::vector<PendingSaves::Due> PendingSaves::take_due(Instant now) {
  std::vector<Due> due;
  for (const auto& [id, pending] : pending_)
    if (pending.due <= now) due.push_back({id, pending.needs});
  std::sort(due.begin(), due.end(), [](const Due& a, const Due& b) { return a.id < b.id; });
  for (const auto& one : due) pending_.erase(one.id);
  return due;
}

}  // namespace seed::session

// Announcer: what is shown of its trackers, and what is kept of them for a restart.
#include <algorithm>
#include <utility>

#include "core/tracker/announcer.h"

namespace seed::tracker {

std::vector<TrackerFacts> Announcer::facts() const {
  std::vector<const Row*> rows;
  for (const auto& [id, row] : roster_.rows())
    if (!row.removed) rows.push_back(&row);
  std::ranges::sort(rows, {}, &Row::place);
  std::vector<TrackerFacts> out;
  for (const Row* row : rows) {
    TrackerFacts facts = facts_of(*row);
    const auto current = in_use(channel_of(*row));
    facts.is_backup = current.has_value() && *current != row->id;
    if (running_ && current == row->id && !row->announcing()) {
      facts.announce.state = AskState::waiting;
      facts.announce.next = channels_[channel_of(*row)].due;
    }
    out.push_back(std::move(facts));
  }
  return out;
}

const Row* Announcer::complaining() const {
  const Row* found = nullptr;
  for (const auto& [id, row] : roster_.rows()) {
    if (row.removed || !row.announce.has_happened()) continue;
    if (!row.refuses() && row.warning.empty()) continue;
    const bool worse = found == nullptr || (row.refuses() && !found->refuses()) ||
                       (row.refuses() == found->refuses() && row.place < found->place);
    if (!worse) continue;
    const auto current = in_use(channel_of(row));
    if (!current || *current == id) found = &row;
  }
  return found;
}

std::optional<Instant> Announcer::reannounce_at(Instant now) const {
  if (!running_) return std::nullopt;
  Instant first = never;
  for (std::size_t c = 0; c < channels_.size(); ++c) {
    const auto next = usable_at(c, now, true);
    const Instant allowed =
        next ? std::max(now, roster_.find(*next)->allowed_at) : earliest_retry(c);
    first = std::min(first, allowed);
  }
  if (first == never) return std::nullopt;
  return first;
}

std::vector<TrackerMemory> Announcer::memory(Instant now) const {
  std::vector<TrackerMemory> out;
  const bool owing = completed_memory().unheard;
  for (const auto& [id, row] : roster_.rows()) {
    const bool known = row.announce.has_happened() || row.listed_before || row.failures > 0 ||
                       row.never || row.allowed_at > now || owing;
    if (row.removed || !known) continue;
    TrackerMemory kept;
    kept.url = row.url;
    const Instant due = channels_[channel_of(row)].due;
    kept.completed_owed = channels_[channel_of(row)].owes_completed();
    kept.listed = row.lists_us();
    if (kept.listed && due != never) kept.until_next = std::max(Duration::zero(), due - now);
    const Instant allowed = row.failures > 0 ? row.blocked_until : row.allowed_at;
    kept.until_allowed = std::max(Duration::zero(), allowed - now);
    kept.failures = row.failures;
    kept.refused_for_good = row.never;
    kept.tracker_id = row.tracker_id;
    out.push_back(std::move(kept));
  }
  return out;
}

CompletedMemory Announcer::completed_memory() const {
  const bool unheard = std::ranges::any_of(channels_, &Channel::owes_completed);
  return {.said = completed_said_, .unheard = unheard};
}

}  // namespace seed::tracker

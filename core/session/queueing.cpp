#include "core/session/queueing.h"

#include <iterator>
#include <utility>

namespace seed::session {

void Queueing::reset(const QueueTerms& terms) {
  lines_ = {};
  lines_[0].limited = terms.downloads_limited;
  lines_[0].places = terms.downloads;
  lines_[1].limited = terms.seeds_limited;
  lines_[1].places = terms.seeds;
  known_.clear();
  fresh_.clear();
  decided_.clear();
}

void Queueing::put(TorrentId id, std::int64_t rank, const torrent::QueueFacts& facts) {
  const Known known{{rank, id}, facts.done, facts.forced, !facts.stalled && !facts.preparing};
  Line& line = lines_[facts.done ? 1 : 0];
  const auto found = known_.find(id);
  if (found != known_.end() && facts.running && line.limited && found->second == known) return;
  erase(id);
  if (!facts.running || facts.forced || !line.limited) decided_.push_back({id, facts.running});
  if (!facts.running || !line.limited) return;
  known_.emplace(id, known);
  if (known.forced) {
    line.taken_past += known.taker ? 1 : 0;
    return;
  }
  line.waiting.insert(known.place);
  if (known.taker) line.takers.insert(known.place);
  fresh_.push_back(id);
}

void Queueing::erase(TorrentId id) {
  const auto found = known_.find(id);
  if (found == known_.end()) return;
  const Known& known = found->second;
  Line& line = lines_[known.done ? 1 : 0];
  if (known.forced) {
    line.taken_past -= known.taker ? 1 : 0;
  } else {
    line.waiting.erase(known.place);
    line.takers.erase(known.place);
  }
  known_.erase(found);
}

std::vector<Queueing::Permission> Queueing::settle() {
  auto out = std::exchange(decided_, {});
  for (Line& line : lines_)
    if (line.limited) move_boundary(line, out);
  for (const TorrentId id : std::exchange(fresh_, {})) {
    const auto found = known_.find(id);
    if (found == known_.end() || found->second.forced) continue;
    out.push_back({id, found->second.place <= lines_[found->second.done ? 1 : 0].last});
  }
  return out;
}

std::vector<TorrentId> Queueing::allowed() const {
  std::vector<TorrentId> out;
  for (const auto& [id, known] : known_)
    if (known.forced || known.place <= lines_[known.done ? 1 : 0].last) out.push_back(id);
  return out;
}

std::map<TorrentId, Queueing::Standing> Queueing::standings(
    const std::vector<TorrentId>& of) const {
  std::array<std::set<Place>, 2> sought;
  for (const TorrentId id : of) {
    const auto found = known_.find(id);
    if (found == known_.end() || found->second.forced) continue;
    const std::size_t line = found->second.done ? 1 : 0;
    if (lines_[line].last < found->second.place) sought[line].insert(found->second.place);
  }
  std::map<TorrentId, Standing> out;
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    if (sought[i].empty()) continue;
    const auto& waiting = lines_[i].waiting;
    std::size_t place = 0;
    auto next = sought[i].begin();
    for (auto at = waiting.upper_bound(lines_[i].last); at != waiting.end(); ++at) {
      ++place;
      if (next == sought[i].end() || *next != *at) continue;
      out[at->id].place = place;
      ++next;
    }
    for (const Place& one : sought[i]) out[one.id].of = place;
  }
  return out;
}

Queueing::Place Queueing::last_allowed(const Line& line) {
  if (line.taken_past >= line.places) return before_all;
  const std::size_t free = line.places - line.taken_past;
  if (line.takers.size() < free) return behind_all;
  return *std::next(line.takers.begin(), static_cast<std::ptrdiff_t>(free) - 1);
}

/// Tells those between where it was and where it is.
void Queueing::move_boundary(Line& line, std::vector<Permission>& out) {
  const Place before = std::exchange(line.last, last_allowed(line));
  const bool forward = before < line.last;
  const auto& [from, to] = forward ? std::pair(before, line.last) : std::pair(line.last, before);
  for (auto it = line.waiting.upper_bound(from); it != line.waiting.end() && *it <= to; ++it)
    out.push_back({it->id, forward});
}

}  // namespace seed::session

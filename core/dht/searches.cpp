#include "core/dht/searches.h"

#include <algorithm>
#include <utility>

namespace seed::dht {

bool Searches::add(SearchId id, SearchGoal goal, bool urgent, Instant now) {
  if (waiting() >= waiting_max) return false;
  const Place place{!urgent, next_number_++};
  if (!places_.emplace(id.value, place).second) return false;
  waiting_.emplace(place, Waiting{id, std::move(goal), now});
  return true;
}

void Searches::cancel(SearchId id) {
  if (const auto found = places_.find(id.value); found != places_.end())
    take(waiting_.find(found->second));
  std::optional<SearchSlot> gone;
  all_.each([&](SearchSlot slot, const Entry& entry) {
    if (!entry.own && entry.search->id() == id) gone = slot;
  });
  if (gone) take(*gone);
}

std::optional<Searches::Waiting> Searches::next_waiting() {
  if (!can_start()) return std::nullopt;
  return take(waiting_.begin());
}

std::optional<Searches::Waiting> Searches::next_impatient(Instant now) {
  for (const bool may_wait : {false, true}) {
    const auto at = first(may_wait);
    if (at != waiting_.end() && at->second.since + patience <= now) return take(at);
  }
  return std::nullopt;
}

Instant Searches::impatient_at() const {
  Instant out = never;
  for (const bool may_wait : {false, true})
    if (const auto at = first(may_wait); at != waiting_.end())
      out = std::min(out, at->second.since + patience);
  return out;
}

Searches::Queue::const_iterator Searches::first(bool may_wait) const {
  return waiting_.lower_bound({may_wait, 0});
}

Searches::Waiting Searches::take(Queue::const_iterator at) {
  auto node = waiting_.extract(at);
  places_.erase(node.mapped().id.value);
  return std::move(node.mapped());
}

SearchSlot Searches::run(std::unique_ptr<Search> search, bool own) {
  if (!own) ++running_;
  return all_.insert({std::move(search), own});
}

Search* Searches::find(SearchSlot slot) {
  Entry* entry = all_.find(slot);
  return entry == nullptr ? nullptr : entry->search.get();
}

std::optional<Searches::Turn> Searches::next_turn(Instant now) {
  // From the one behind who asked last to the end, then from the start.
  const std::uint32_t last = last_turn_;
  const auto try_after = [&](bool wrapped) {
    std::optional<Turn> out;
    all_.each([&](SearchSlot slot, const Entry& entry) {
      if (out || (slot.slot > last) == wrapped) return;
      if (auto ask = entry.search->next_query(now)) out = Turn{slot, std::move(*ask)};
    });
    return out;
  };
  auto turn = try_after(false);
  if (!turn) turn = try_after(true);
  if (turn) last_turn_ = turn->slot.slot;
  return turn;
}

std::optional<Searches::Done> Searches::take_done() {
  std::optional<SearchSlot> done;
  all_.each([&](SearchSlot slot, const Entry& entry) {
    if (!done && entry.search->done()) done = slot;
  });
  return done ? take(*done) : std::nullopt;
}

std::optional<Searches::Done> Searches::take(SearchSlot slot) {
  auto entry = all_.take(slot);
  if (!entry) return std::nullopt;
  if (!entry->own) --running_;
  return Done{std::move(entry->search), entry->own};
}

}  // namespace seed::dht

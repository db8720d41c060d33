#include "core/dht/searches.h"

#include <algorithm>
#include <utility>

namespace seed::dht {

bool Searches::add(SearchId id, SearchGoal goal, bool urgent, Instant now) {
  if (waiting() >= waiting_max) return false;
  (urgent ? urgent_ : others_).push_back({id, std::move(goal), now});
  return true;
}

void Searches::cancel(SearchId id) {
  for (auto* queue : {&urgent_, &others_}) {
    const auto found = std::ranges::find(*queue, id, &Waiting::id);
    if (found != queue->end()) queue->erase(found);
  }
  std::optional<SearchSlot> gone;
  all_.each([&](SearchSlot slot, const Entry& entry) {
    if (!entry.own && entry.search->id() == id) gone = slot;
  });
  if (gone) take(*gone);
}

std::optional<Searches::Waiting> Searches::next_waiting() {
  if (!can_start()) return std::nullopt;
  return (urgent_.empty() ? others_ : urgent_).take_front();
}

std::optional<Searches::Waiting> Searches::next_impatient(Instant now) {
  for (auto* queue : {&urgent_, &others_})
    if (!queue->empty() && queue->front().since + patience <= now) return queue->take_front();
  return std::nullopt;
}

Instant Searches::impatient_at() const {
  Instant out = never;
  for (const auto* queue : {&urgent_, &others_})
    if (!queue->empty()) out = std::min(out, queue->begin()->since + patience);
  return out;
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

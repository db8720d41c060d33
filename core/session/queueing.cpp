#include "core/session/queueing.h"

#include <algorithm>
#include <numeric>

namespace seed::session {

namespace {

bool takes_place(const torrent::QueueFacts& facts) {
  return facts.running && !facts.stalled && !facts.checking;
}

}  // namespace

std::vector<bool> plan_queue(std::span<const QueueEntry> entries, const QueueTerms& terms) {
  std::vector<std::size_t> order(entries.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return entries[a].position < entries[b].position;
  });
  std::size_t downloads = 0;
  std::size_t seeds = 0;
  for (const auto& entry : entries)
    if (entry.facts.forced && takes_place(entry.facts)) ++(entry.facts.done ? seeds : downloads);
  std::vector<bool> allowed(entries.size(), false);
  for (const std::size_t i : order) {
    const auto& facts = entries[i].facts;
    if (!facts.running) continue;
    if (facts.forced) {
      allowed[i] = true;
      continue;
    }
    std::size_t& taken = facts.done ? seeds : downloads;
    const bool limited = facts.done ? terms.seeds_limited : terms.downloads_limited;
    const std::size_t places = facts.done ? terms.seeds : terms.downloads;
    if (limited && taken >= places) continue;
    allowed[i] = true;
    if (takes_place(facts)) ++taken;
  }
  return allowed;
}

}  // namespace seed::session

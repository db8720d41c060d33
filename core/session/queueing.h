// Queueing: which of the torrents that want to run may. A policy: facts in, decision out.
//
// Downloads and seeds have queues of their own (settings download_queue_*, seed_queue_*), in the
// order of queue positions. Stalled ones take no place; those started past the queue run anyway and
// take one. One that is still to be checked takes no place: who waits need not wait for that too.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/torrent/torrent.h"

namespace seed::session {

struct QueueTerms {
  bool downloads_limited = true;
  std::size_t downloads = 5;
  bool seeds_limited = false;
  std::size_t seeds = 10;
};

struct QueueEntry {
  std::int64_t position = 0;
  torrent::QueueFacts facts;
};

/// One answer an entry, in their order: may it run?
std::vector<bool> plan_queue(std::span<const QueueEntry> entries, const QueueTerms& terms);

}  // namespace seed::session

#include "core/trackerd/hash_index.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"

namespace seed::trackerd {
namespace {

/// A cache line of entries: fewer are not worth a table.
constexpr std::size_t places_min = 8;

}  // namespace

void HashIndex::insert(std::uint64_t hash, std::uint32_t value) {
  SEED_CHECK(value != no_value);
  Shard& shard = shards_[shard_of(hash)];
  const std::size_t places = shard.entries.size();
  if ((shard.used + 1) * 5 > places * 4) shard.resize(std::max(places_min, places + places / 2));
  shard.put({tag_of(hash), value});
  ++shard.used;
  ++size_;
}

void HashIndex::erase(std::uint64_t hash, std::uint32_t value) {
  Shard& shard = shards_[shard_of(hash)];
  if (shard.used == 0) return;
  const std::uint32_t tag = tag_of(hash);
  std::size_t at = shard.home(tag);
  while (shard.entries[at].tag != tag || shard.entries[at].value != value) {
    if (shard.entries[at].value == no_value) return;
    at = shard.next(at);
  }
  shard.vacate(at);
  --shard.used;
  --size_;
  // Half full then, so that the next change does not turn it back.
  if (shard.used * 4 < shard.entries.size()) shard.resize(shard.used * 2);
}

void HashIndex::Shard::put(Entry entry) {
  std::size_t at = home(entry.tag);
  while (entries[at].value != no_value) at = next(at);
  entries[at] = entry;
}

void HashIndex::Shard::resize(std::size_t places) {
  std::vector<Entry> before(used == 0 && places < places_min ? 0 : std::max(places, places_min));
  before.swap(entries);
  for (const Entry& entry : before)
    if (entry.value != no_value) put(entry);
}

/// What lies behind and could not have its home moves up, so that no search ends too early.
void HashIndex::Shard::vacate(std::size_t hole) {
  for (std::size_t at = next(hole); entries[at].value != no_value; at = next(at)) {
    if (distance(home(entries[at].tag), at) < distance(hole, at)) continue;
    entries[hole] = entries[at];
    hole = at;
  }
  entries[hole] = {};
}

}  // namespace seed::trackerd

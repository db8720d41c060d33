#include "core/dht/item_store.h"

#include <algorithm>
#include <utility>

#include "core/dht/holder.h"

namespace seed::dht {
namespace {

std::size_t bytes_of(const Item& item) {
  return item.value.size() + (item.changing ? item.changing->salt.size() : 0);
}

/// Whether a put of `item` only makes `present` young again: the same value, and of a mutable one
/// the same sequence number (BEP 44: "the node SHOULD reset its timeout counter").
bool repeats(const Item& present, const Item& item) {
  if (present.changing.has_value() != item.changing.has_value()) return false;
  return present.value == item.value &&
         (!item.changing || present.changing->seq == item.changing->seq);
}

std::optional<PutRefusal> refusal_by(const Item& present, const Item& item,
                                     std::optional<std::int64_t> cas) {
  // A value can be spelled as some key and salt: what is there first stays.
  if (present.changing.has_value() != item.changing.has_value()) return PutRefusal::seq_too_low;
  if (!item.changing) return std::nullopt;
  const std::int64_t seq = present.changing->seq;
  if (cas && *cas != seq) return PutRefusal::cas_mismatch;
  if (item.changing->seq <= seq && !repeats(present, item)) return PutRefusal::seq_too_low;
  return std::nullopt;
}

}  // namespace

Sha1 Item::target() const {
  if (!changing) return sha1(value);
  ByteWriter name;
  name.put(changing->key.bytes()).put(changing->salt);
  return sha1(name.bytes());
}

std::optional<PutRefusal> ItemStore::refusal(const Item& item, std::optional<std::int64_t> cas,
                                             const Endpoint& from) const {
  if (item.value.size() > value_bytes_max) return PutRefusal::value_too_big;
  if (item.changing && item.changing->salt.size() > salt_bytes_max) return PutRefusal::salt_too_big;
  const Entry* present = entry_of(item.target());
  if (present != nullptr)
    if (const auto why = refusal_by(present->item, item, cas)) return why;
  const Endpoint source = payer_of(present, item, from);
  const auto count = count_of_.find(source);
  const bool counted = present != nullptr && present->source == source;
  if (!counted && count != count_of_.end() && count->second >= items_per_source_max)
    return PutRefusal::too_many;
  return std::nullopt;
}

std::optional<PutRefusal> ItemStore::put(Item item, std::optional<std::int64_t> cas,
                                         const Endpoint& from, Instant now) {
  expire(now);
  if (const auto why = refusal(item, cas, from)) return why;
  const Sha1 target = item.target();
  const Endpoint source = payer_of(entry_of(target), item, from);
  drop(target);
  make_room(bytes_of(item));
  const Serial serial = next_serial_++;
  bytes_ += bytes_of(item);
  ++count_of_[source];
  order_.emplace(serial, target);
  entries_.emplace(target, Entry{std::move(item), source, serial, now});
  return std::nullopt;
}

const Item* ItemStore::find(const Sha1& target, Instant now) const {
  const Entry* entry = entry_of(target);
  return entry != nullptr && later(entry->at, lifetime) > now ? &entry->item : nullptr;
}

void ItemStore::expire(Instant now) {
  while (deadline() <= now) drop(Sha1(order_.begin()->second));
}

Instant ItemStore::deadline() const {
  return order_.empty() ? never : later(entry_of(order_.begin()->second)->at, lifetime);
}

/// Whose account an item is on: who keeps alive what another has put pays nothing.
Endpoint ItemStore::payer_of(const Entry* present, const Item& item, const Endpoint& from) {
  return present != nullptr && repeats(present->item, item) ? present->source : holder_of(from);
}

const ItemStore::Entry* ItemStore::entry_of(const Sha1& target) const {
  const auto found = entries_.find(target);
  return found == entries_.end() ? nullptr : &found->second;
}

void ItemStore::make_room(std::size_t bytes) {
  while (!order_.empty() && (entries_.size() >= items_max || bytes_ + bytes > bytes_max))
    drop(Sha1(order_.begin()->second));
}

void ItemStore::drop(const Sha1& target) {
  const auto found = entries_.find(target);
  if (found == entries_.end()) return;
  const Entry& entry = found->second;
  bytes_ -= bytes_of(entry.item);
  order_.erase(entry.serial);
  const auto count = count_of_.find(entry.source);
  if (--count->second == 0) count_of_.erase(count);
  entries_.erase(found);
}

}  // namespace seed::dht

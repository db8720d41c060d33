#include "core/trackerd/swarm_store.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "core/base/check.h"

namespace seed::trackerd {
namespace {

/// Octets of one address that all of its source have.
Bytes source_of(Bytes address, bool is_private) {
  // RFC 6177: each line has a /64 at least.
  constexpr std::size_t line_bytes = 8;
  return address.size() == 4 || is_private ? address : address.first(line_bytes);
}
Bytes source_of(const IpAddress& address) {
  return source_of(address.octets(), address.is_private());
}

/// BEP 23, BEP 7: address and port, in a buffer that costs nothing.
struct Compact {
  std::array<std::uint8_t, 18> octets{};
  std::size_t size = 0;

  explicit Compact(const Endpoint& endpoint) {
    const Bytes address = endpoint.address.octets();
    std::ranges::copy(address, octets.begin());
    octets[address.size()] = static_cast<std::uint8_t>(endpoint.port >> 8);
    octets[address.size() + 1] = static_cast<std::uint8_t>(endpoint.port & 0xff);
    size = address.size() + 2;
  }
  Bytes bytes() const { return Bytes(octets).first(size); }
};

void append(Buffer& out, Bytes octets) { out.insert(out.end(), octets.begin(), octets.end()); }

}  // namespace

void Told::clear() {
  counts = {};
  peers4.clear(), peers6.clear(), ids4.clear(), ids6.clear();
}

SwarmStore::SwarmStore(const KeyedHash::Key& secret, Rng rng, const Bounds& bounds)
    : hash_(secret), rng_(rng), bounds_(bounds) {}

std::expected<bool, Refusal> SwarmStore::announce(const Announce& announce, const Wanted& wanted,
                                                  Instant now, Told& told) {
  told.clear();
  Slot slot = find_swarm(announce.info_hash);
  const Family family = family_of(announce.peer.address);
  const Found found = slot == HashIndex::no_value ? Found{} : find_peer(slot, announce, now);
  if (announce.event == Event::stopped) {
    if (found.itself) remove_peer({slot, family, *found.itself});
    told.counts = this->counts(announce.info_hash);
    return false;
  }
  if (!found.itself)
    if (const auto refusal = admit(announce, slot, found, now)) return std::unexpected(*refusal);

  bool early = false;
  Position at = 0;
  if (found.itself) {
    // BEP 15: not again "until interval seconds have passed or an event has occurred".
    early = announce.event == Event::none &&
            list_of(slot, family).age(*found.itself, now) < wanted.early;
    at = renew_peer(slot, announce, *found.itself, now);
  } else {
    if (swarms_ == 0) sweep_at_ = now + sweep_time;
    // What gave way may have been all there was.
    slot = find_swarm(announce.info_hash);
    if (slot == HashIndex::no_value) slot = add_swarm(announce.info_hash);
    at = add_peer(slot, announce,
                  {PeerList::ticks_at(now), false, announce.peer.address.is_private()});
  }
  count_download(slot, family, at, announce);
  tell(slot, announce, wanted, early ? std::min(wanted.peers_if_early, wanted.peers) : wanted.peers,
       told);
  return early;
}

SwarmCounts SwarmStore::counts(const Sha1& info_hash) {
  const Slot slot = find_swarm(info_hash);
  return slot == HashIndex::no_value ? SwarmCounts{} : counts_of(slot);
}

SwarmCounts SwarmStore::counts_of(Slot slot) {
  const auto& [v4, v6] = swarm(slot).lists;
  return {v4.seeds() + v6.seeds(), v4.leechers() + v6.leechers(), swarm(slot).downloads};
}

SwarmStore::Totals SwarmStore::totals() const {
  Totals out = totals_;
  out.swarms = swarms_;
  return out;
}

PeerList& SwarmStore::list_of(Slot slot, Family family) {
  return swarm(slot).lists[std::to_underlying(family)];
}

// --- swarms --------------------------------------------------------------------------------------

/// no_value when it is not there.
SwarmStore::Slot SwarmStore::find_swarm(const Sha1& info_hash) {
  const auto* slot = by_hash_.find(hash_(info_hash.bytes()), [&](std::uint32_t candidate) {
    return swarm(candidate).info_hash == info_hash;
  });
  return slot == nullptr ? HashIndex::no_value : *slot;
}

SwarmStore::Slot SwarmStore::add_swarm(const Sha1& info_hash) {
  while (room_from_ < blocks_.size() && blocks_[room_from_].in_use.all()) ++room_from_;
  if (room_from_ == blocks_.size()) blocks_.emplace_back();
  Block& block = blocks_[room_from_];
  if (!block.rows) block.rows = std::make_unique<Swarm[]>(rows_in_block);
  std::size_t row = 0;
  while (block.in_use[row]) ++row;
  block.in_use.set(row);
  const auto slot = static_cast<Slot>(room_from_ * rows_in_block + row);
  swarm(slot).info_hash = info_hash;
  by_hash_.insert(hash_(info_hash.bytes()), slot);
  ++swarms_;
  return slot;
}

void SwarmStore::drop_swarm(Slot slot) {
  by_hash_.erase(hash_(swarm(slot).info_hash.bytes()), slot);
  swarm(slot) = Swarm{};
  const std::size_t number = slot / rows_in_block;
  blocks_[number].in_use.reset(slot % rows_in_block);
  // So that what a flood has taken is given back, and not all at once.
  if (blocks_[number].in_use.none()) blocks_[number].rows.reset();
  room_from_ = std::min(room_from_, number);
  if (--swarms_ == 0) swept_ = sweep_begin;
}

// --- one peer ------------------------------------------------------------------------------------

std::uint64_t SwarmStore::hash_in_swarm(Slot slot, Bytes source) const {
  std::array<std::uint8_t, 20> text{};
  store_u32(text, slot);
  std::ranges::copy(source, text.begin() + 4);
  return hash_(Bytes(text).first(4 + source.size()));
}

SwarmStore::Found SwarmStore::find_peer(Slot slot, const Announce& announce, Instant now) {
  const IpAddress& address = announce.peer.address;
  const PeerList& list = list_of(slot, family_of(address));
  const Bytes source = source_of(address);
  const Compact endpoint(announce.peer);
  Found out;
  std::optional<Position> same_id;
  std::size_t count = 0;
  of_swarm_.each(hash_in_swarm(slot, source), [&](Position at) {
    // It may be of another swarm whose hash is almost the same.
    if (at >= list.size() || !equal(list.address(at).first(source.size()), source)) return;
    ++count;
    if (equal(list.endpoint(at), endpoint.bytes())) out.itself = at;
    if (equal(list.peer_id(at), announce.peer_id.bytes())) same_id = at;
    if (!out.gives_way || list.age(at, now) > list.age(*out.gives_way, now)) out.gives_way = at;
  });
  if (!out.itself) out.itself = same_id;
  if (count < (address.is_private() ? bounds_.peers_per_private_source_in_swarm_max
                                    : bounds_.peers_per_source_in_swarm_max))
    out.gives_way.reset();
  return out;
}

/// Makes room for one that is not there yet, if there is a way.
std::optional<Refusal> SwarmStore::admit(const Announce& announce, Slot slot, const Found& found,
                                         Instant now) {
  const Family family = family_of(announce.peer.address);
  std::optional<Position> gives_way = found.gives_way;
  if (!gives_way) {
    if (peers_of_source(source_of(announce.peer.address)) >= bounds_.peers_per_source_max)
      return Refusal::source_full;
    if (slot != HashIndex::no_value && list_of(slot, family).size() >= bounds_.peers_per_swarm_max)
      gives_way = old_one(list_of(slot, family), now);
  }
  if (gives_way) {
    remove_peer({slot, family, *gives_way});
    ++totals_.replaced;
    return std::nullopt;
  }
  if (slot == HashIndex::no_value && swarms_ >= bounds_.swarms_max) return Refusal::swarms_full;
  if (totals_.peers[0] + totals_.peers[1] >= bounds_.peers_max) return Refusal::peers_full;
  return std::nullopt;
}

/// Of a list that is not empty.
SwarmStore::Position SwarmStore::old_one(const PeerList& list, Instant now) {
  auto oldest = static_cast<Position>(rng_.below(list.size()));
  for (std::size_t i = 1; i < victims_drawn; ++i) {
    const auto drawn = static_cast<Position>(rng_.below(list.size()));
    if (list.age(drawn, now) > list.age(oldest, now)) oldest = drawn;
  }
  return oldest;
}

std::size_t SwarmStore::peers_of_source(Bytes source) {
  const auto* count = of_source_.find(hash_(source), [](std::uint32_t) { return true; });
  return count == nullptr ? 0 : *count;
}

/// (Sources whose hashes are almost the same share one count: of a million, one pair in ten times.)
void SwarmStore::count_source(Bytes source, bool more) {
  const std::uint64_t hash = hash_(source);
  auto* count = of_source_.find(hash, [](std::uint32_t) { return true; });
  if (count == nullptr) {
    if (more) of_source_.insert(hash, 1);
  } else if (more) {
    ++*count;
  } else if (--*count == 0) {
    of_source_.erase(hash, 0);
  }
}

SwarmStore::Position SwarmStore::add_peer(Slot slot, const Announce& announce,
                                          PeerList::Stamp stamp) {
  const Family family = family_of(announce.peer.address);
  PeerList& list = list_of(slot, family);
  const Compact endpoint(announce.peer);
  const Bytes source = source_of(announce.peer.address);
  const Position at =
      list.add({endpoint.bytes(), announce.peer_id, stamp, announce.seed},
               [&](Position from, Position to) { follow({slot, family, to}, from); });
  of_swarm_.insert(hash_in_swarm(slot, source), at);
  count_source(source, true);
  ++totals_.peers[std::to_underlying(family)];
  if (announce.seed) ++totals_.seeds[std::to_underlying(family)];
  return at;
}

/// It may have another port, another peer id, and be a seed now; its source is the same.
SwarmStore::Position SwarmStore::renew_peer(Slot slot, const Announce& announce, Position at,
                                            Instant now) {
  const Family family = family_of(announce.peer.address);
  PeerList& list = list_of(slot, family);
  PeerList::Stamp stamp = list.stamp(at);
  stamp.ticks = PeerList::ticks_at(now);
  list.set_stamp(at, stamp);
  list.set_peer(at, Compact(announce.peer).bytes(), announce.peer_id);
  if (list.is_seed(at) == announce.seed) return at;
  auto& seeds = totals_.seeds[std::to_underlying(family)];
  seeds = announce.seed ? seeds + 1 : seeds - 1;
  return list.set_seed(at, announce.seed,
                       [&](Position from, Position to) { follow({slot, family, to}, from); });
}

void SwarmStore::remove_peer(const Place& place) {
  PeerList& list = list_of(place.slot, place.family);
  const Bytes source = source_of(list.address(place.at), list.stamp(place.at).is_private);
  of_swarm_.erase(hash_in_swarm(place.slot, source), place.at);
  count_source(source, false);
  --totals_.peers[std::to_underlying(place.family)];
  if (list.is_seed(place.at)) --totals_.seeds[std::to_underlying(place.family)];
  list.remove(place.at,
              [&](Position from, Position to) { follow({place.slot, place.family, to}, from); });
  if (swarm(place.slot).empty()) drop_swarm(place.slot);
}

/// The peer that is at `place` now was at `from` in the same list.
void SwarmStore::follow(const Place& place, Position from) {
  const PeerList& list = list_of(place.slot, place.family);
  const Bytes source = source_of(list.address(place.at), list.stamp(place.at).is_private);
  auto* entry = of_swarm_.find(hash_in_swarm(place.slot, source),
                               [&](std::uint32_t value) { return value == from; });
  SEED_CHECK(entry != nullptr);
  *entry = place.at;
}

/// BEP 3: `completed` is sent when a download is done, and not by who had all from the start. Who
/// says so again is not counted again, nor who has something left to download.
void SwarmStore::count_download(Slot slot, Family family, Position at, const Announce& announce) {
  PeerList& list = list_of(slot, family);
  PeerList::Stamp stamp = list.stamp(at);
  if (announce.event != Event::completed || !announce.seed || stamp.completed) return;
  stamp.completed = true;
  list.set_stamp(at, stamp);
  std::uint32_t& downloads = swarm(slot).downloads;
  if (downloads < std::numeric_limits<std::uint32_t>::max()) ++downloads;
}

// --- what is told --------------------------------------------------------------------------------

void SwarmStore::tell(Slot slot, const Announce& announce, const Wanted& wanted, std::size_t count,
                      Told& told) {
  told.counts = counts_of(slot);
  const IpAddress& address = announce.peer.address;
  Choice choice;
  choice.wanted = count;
  choice.seeds = !announce.seed;
  choice.private_too = address.is_private();
  choice.asker = announce.peer_id.bytes();
  if (wanted.nearest_first) choice.near = address.octets();
  const auto& [v4, v6] = swarm(slot).lists;
  const auto tell_v4 = [&] { return tell_list(v4, choice, wanted.ids, told.peers4, told.ids4); };
  const auto tell_v6 = [&] { return tell_list(v6, choice, wanted.ids, told.peers6, told.ids6); };
  choice.wanted -= address.is_v4() ? tell_v4() : tell_v6();
  if (!wanted.both_families || choice.wanted == 0) return;
  choice.near = {};
  address.is_v4() ? tell_v6() : tell_v4();
}

/// How many.
std::size_t SwarmStore::tell_list(const PeerList& list, Choice choice, bool ids, Buffer& peers,
                                  Buffer& out_ids) {
  choose(list, choice, rng_, chosen_);
  for (const Position at : chosen_) {
    append(peers, list.endpoint(at));
    if (ids) append(out_ids, list.peer_id(at));
  }
  return chosen_.size();
}

}  // namespace seed::trackerd

#include "core/dht/peer_store.h"

#include <algorithm>
#include <set>

#include "core/dht/holder.h"

namespace seed::dht {
namespace {

/// `count` different numbers below `bound`, by dice, in ascending order (Floyd's sampling).
std::set<std::size_t> draw(std::size_t count, std::size_t bound, Rng& rng) {
  std::set<std::size_t> out;
  count = std::min(count, bound);
  for (std::size_t last = bound - count; last < bound; ++last)
    if (!out.insert(static_cast<std::size_t>(rng.below(last + 1))).second) out.insert(last);
  return out;
}

/// Whether both are one peer: BEP 33 has an address once, whatever its port.
bool same_peer(const Endpoint& one, const Endpoint& other) {
  return one.address.is_private() ? one == other : one.address == other.address;
}

}  // namespace

bool PeerStore::announce(const Sha1& info_hash, const Endpoint& peer, bool seed, Instant now) {
  const Announce newcomer{peer, holder_of(peer), next_serial_++, seed};
  const auto known = torrents_.find(info_hash);
  const bool counted = known != torrents_.end() && announces_of(known->second, newcomer.holder) > 0;
  const auto has = hashes_of_.find(newcomer.holder);
  if (!counted && has != hashes_of_.end() && has->second >= hashes_per_source_max) return false;

  if (known != torrents_.end())
    if (const auto old = gives_way(known->second, newcomer)) drop(*old);
  if (order_.size() >= announces_max) drop(order_.begin()->first);
  Torrent& torrent = torrent_of(info_hash);
  if (announces_of(torrent, newcomer.holder) == 0) ++hashes_of_[newcomer.holder];
  torrent.announces.push_back(newcomer);
  order_.emplace(newcomer.serial, Aged{info_hash, now});
  return true;
}

void PeerStore::expire(Instant now) {
  while (deadline() <= now) drop(order_.begin()->first);
}

Instant PeerStore::deadline() const {
  return order_.empty() ? never : later(order_.begin()->second.at, lifetime);
}

std::vector<Endpoint> PeerStore::peers(const Sha1& info_hash, std::size_t count, bool noseed) {
  std::vector<Endpoint> out;
  const auto found = torrents_.find(info_hash);
  if (found == torrents_.end()) return out;
  std::vector<const Announce*> wanted;
  for (const Announce& announce : found->second.announces)
    if (!noseed || !announce.seed) wanted.push_back(&announce);
  for (const std::size_t row : draw(count, wanted.size(), rng_)) out.push_back(wanted[row]->peer);
  return out;
}

PeerStore::Filters PeerStore::filters(const Sha1& info_hash) const {
  Filters out;
  const auto found = torrents_.find(info_hash);
  if (found == torrents_.end()) return out;
  for (const Announce& announce : found->second.announces)
    (announce.seed ? out.seeds : out.peers).insert(announce.peer.address);
  return out;
}

std::vector<Sha1> PeerStore::sample(std::size_t count) {
  std::vector<Sha1> out;
  for (const std::size_t row : draw(count, hashes_.size(), rng_)) out.push_back(hashes_[row]);
  return out;
}

std::size_t PeerStore::peers_of(const Sha1& info_hash) const {
  const auto found = torrents_.find(info_hash);
  return found == torrents_.end() ? 0 : found->second.announces.size();
}

PeerStore::Torrent& PeerStore::torrent_of(const Sha1& info_hash) {
  const auto [found, fresh] = torrents_.try_emplace(info_hash);
  if (fresh) {
    found->second.row = hashes_.size();
    hashes_.push_back(info_hash);
  }
  return found->second;
}

std::size_t PeerStore::announces_of(const Torrent& torrent, const Endpoint& holder) {
  return static_cast<std::size_t>(std::ranges::count(torrent.announces, holder, &Announce::holder));
}

/// Which one of the torrent has to go for the newcomer: its own earlier one, else the oldest of its
/// source if that has too many, else the oldest if there are too many.
std::optional<PeerStore::Serial> PeerStore::gives_way(const Torrent& torrent,
                                                      const Announce& newcomer) {
  const auto& all = torrent.announces;
  const auto itself = std::ranges::find_if(
      all, [&](const Announce& other) { return same_peer(other.peer, newcomer.peer); });
  if (itself != all.end()) return itself->serial;
  if (announces_of(torrent, newcomer.holder) >= peers_per_source_max)
    return std::ranges::find(all, newcomer.holder, &Announce::holder)->serial;
  if (all.size() >= peers_per_hash_max) return all.front().serial;
  return std::nullopt;
}

void PeerStore::drop(Serial serial) {
  const auto aged = order_.find(serial);
  const Sha1 info_hash = aged->second.info_hash;
  order_.erase(aged);
  Torrent& torrent = torrents_.at(info_hash);
  const auto announce = std::ranges::find(torrent.announces, serial, &Announce::serial);
  const Endpoint holder = announce->holder;
  torrent.announces.erase(announce);
  if (announces_of(torrent, holder) == 0) {
    const auto count = hashes_of_.find(holder);
    if (--count->second == 0) hashes_of_.erase(count);
  }
  if (torrent.announces.empty()) drop_torrent(info_hash);
}

void PeerStore::drop_torrent(const Sha1& info_hash) {
  const auto found = torrents_.find(info_hash);
  const std::size_t row = found->second.row;
  torrents_.erase(found);
  if (row + 1 < hashes_.size()) {
    hashes_[row] = hashes_.back();
    torrents_.at(hashes_[row]).row = row;
  }
  hashes_.pop_back();
}

}  // namespace seed::dht

#include "core/lsd/discovery.h"

#include <algorithm>
#include <utility>

namespace seed::lsd {
namespace {

/// Of no use without the interface, which an endpoint does not name (RFC 4291, 2.5.6).
bool is_link_local_v6(const IpAddress& address) {
  const Bytes octets = address.octets();
  return address.is_v6() && octets[0] == 0xfe && (octets[1] & 0xc0) == 0x80;
}

}  // namespace

Discovery::Discovery(Rng rng) : rng_(rng) {
  std::array<std::uint8_t, 4> drawn{};
  rng_.fill(drawn);
  cookie_ = to_hex(drawn);
}

void Discovery::add(const Sha1& info_hash, Instant now) {
  const auto [found, fresh] = places_.try_emplace(info_hash, Place{false, -++added_, info_hash});
  if (!fresh) return;
  if (order_.empty() || order_.begin()->announced) gathered_ = now + gather_for;
  order_.insert(found->second);
}

void Discovery::remove(const Sha1& info_hash) {
  const auto found = places_.find(info_hash);
  if (found == places_.end()) return;
  order_.erase(found->second);
  places_.erase(found);
}

Instant Discovery::first_due() const {
  const Place& first = *order_.begin();
  return first.announced ? Instant(Duration(first.order)) : gathered_;
}

void Discovery::announce(Instant now) {
  Announcement out;
  out.port = port_;
  out.cookie = cookie_;
  const std::size_t most = places_.size() <= single_max ? 1 : info_hashes_sent_max;
  while (out.info_hashes.size() < most && first_due() <= now) {
    Place place = *order_.begin();
    order_.erase(order_.begin());
    out.info_hashes.push_back(place.info_hash);
    // A little later than after five minutes, so that machines do not go in step.
    const Instant again = now + rng_.between(torrent_interval, torrent_interval + 10s);
    place.announced = true;
    place.order = again.time_since_epoch().count();
    order_.insert(place);
    places_[place.info_hash] = place;
  }
  for (const Group group : {Group::v4, Group::v6})
    if (groups_[std::to_underlying(group)]) events_.push_back(Send{group, out.encode(group)});
  sent_.spend(sent_rate, now);
}

void Discovery::on_deadline(Instant now) {
  while (can_announce() && first_due() <= now && sent_.next(sent_rate) <= now) announce(now);
}

bool Discovery::admits(const IpAddress& source, Instant now) {
  if (heard_.next(heard_in_all_rate) > now || !sources_[source].take(heard_rate, now)) return false;
  heard_.spend(heard_in_all_rate, now);
  if (sources_.size() > sources_max) {
    sources_.erase(std::ranges::min_element(
        sources_, {}, [](const auto& entry) { return entry.second.forgotten_at(); }));
  }
  return true;
}

void Discovery::on_datagram(Bytes datagram, const Endpoint& from, Instant now) {
  const IpAddress& address = from.address;
  if (address.is_unspecified() || address.is_multicast() || is_link_local_v6(address)) return;
  if (!admits(address, now)) return;
  const auto heard = Announcement::parse(datagram);
  if (!heard || heard->cookie == cookie_) return;
  for (const Sha1& info_hash : heard->info_hashes)
    if (places_.contains(info_hash))
      events_.push_back(PeerFound{info_hash, {address, heard->port}});
}

std::optional<Discovery::Event> Discovery::next_event() {
  if (events_.empty()) return std::nullopt;
  return events_.take_front();
}

std::optional<Instant> Discovery::deadline() const {
  if (!can_announce()) return std::nullopt;
  return std::max(first_due(), sent_.next(sent_rate));
}

}  // namespace seed::lsd

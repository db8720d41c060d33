// What the tests of the store and of the tracker have in common: short names for announces.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "core/trackerd/swarm_store.h"

namespace seed::trackerd {

inline constexpr Instant start = Instant{} + 1h;
inline constexpr KeyedHash::Key some_secret{1, 2, 3};

inline Sha1 torrent(std::uint32_t number) {
  Sha1 out;
  store_u32(out.octets, number);
  return out;
}

/// The same for the same text.
inline PeerId id_of(std::string_view text) {
  PeerId out;
  for (std::size_t i = 0; i < text.size(); ++i)
    out.octets[i % 20] ^= static_cast<std::uint8_t>(text[i]);
  return out;
}

/// Of torrent 1; the peer id is made of the endpoint.
inline Announce from(std::string_view endpoint, Event event = Event::none, bool seed = false) {
  return {torrent(1), id_of(endpoint), *Endpoint::parse(endpoint), event, seed};
}

inline std::set<std::string> endpoints_in(const Told& told) {
  std::set<std::string> out;
  for (Bytes rest = told.peers4; !rest.empty(); rest = rest.subspan(6))
    out.insert(from_compact(rest.first(6))->to_string());
  for (Bytes rest = told.peers6; !rest.empty(); rest = rest.subspan(18))
    out.insert(from_compact(rest.first(18))->to_string());
  return out;
}

/// A store and what is asked of it.
struct StoreBench {
  explicit StoreBench(const SwarmStore::Bounds& bounds = {}) : store(some_secret, Rng(1), bounds) {
    store.set_timeout(45min);
  }
  /// "early" or the refusal's number, else "".
  std::string announce(const Announce& announce, Instant now = start) {
    const auto early = store.announce(announce, wanted, now, told);
    if (!early) return "refused " + std::to_string(static_cast<int>(early.error()));
    return *early ? "early" : "";
  }
  std::set<std::string> hears(const Announce& one, Instant now = start) {
    announce(one, now);
    return endpoints_in(told);
  }
  std::size_t peers() const { return store.totals().peers[0] + store.totals().peers[1]; }

  SwarmStore store;
  SwarmStore::Wanted wanted;
  Told told;
};

}  // namespace seed::trackerd

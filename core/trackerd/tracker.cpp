#include "core/trackerd/tracker.h"

#include <algorithm>
#include <utility>

namespace seed::trackerd {
namespace {

static_assert(Tracker::interval_max * 3 / 2 + 2 * SwarmStore::sweep_time < PeerList::tick_span);

/// Connection ids are shown to everybody: their key is no other's, though made of the same secret.
/// (Their own texts are longer than the two here.)
KeyedHash::Key other_key(const KeyedHash::Key& secret) {
  const KeyedHash hash(secret);
  KeyedHash::Key out{};
  for (std::uint8_t half = 0; half < 2; ++half) {
    std::uint64_t word = hash(Bytes(&half, 1));
    for (std::size_t i = 0; i < 8; ++i, word >>= 8)
      out[8 * half + i] = static_cast<std::uint8_t>(word);
  }
  return out;
}

Trouble trouble_of(Refusal refusal) {
  switch (refusal) {
    case Refusal::not_listed:
      return Trouble::not_listed;
    case Refusal::swarms_full:
      return Trouble::swarms_full;
    case Refusal::peers_full:
      return Trouble::peers_full;
    case Refusal::source_full:
      break;
  }
  return Trouble::source_full;
}

}  // namespace

std::string_view text_of(Refusal refusal) {
  switch (refusal) {
    case Refusal::not_listed:
      return "this tracker is not for that torrent";
    case Refusal::swarms_full:
      return "this tracker has no room for another torrent";
    case Refusal::peers_full:
      return "this tracker has no room for another peer";
    case Refusal::source_full:
      break;
  }
  return "this tracker has no room for another peer of that address";
}

Tracker::Tracker(const KeyedHash::Key& secret, Rng rng, const Options& options)
    : ids_(secret), rng_(rng.fork()), store_(other_key(secret), rng.fork(), options.bounds) {
  set_options(options);
}

void Tracker::set_options(const Options& options) {
  options_ = options;
  options_.interval = std::clamp(options.interval, interval_min, interval_max);
  options_.min_interval = std::clamp(options.min_interval, Duration(0), options_.interval);
  access_.set_listed_only(options.listed_only);
  store_.set_bounds(options.bounds);
  store_.set_timeout(options_.interval + options_.interval / 2);
}

std::expected<Tracker::Answer, Refusal> Tracker::announce(const Ask& ask, Protocol protocol,
                                                          Instant now) {
  const Family family = family_of(ask.announce.peer.address);
  const auto refused = [&](Refusal refusal) {
    count_trouble(protocol, family, trouble_of(refusal));
    return std::unexpected(refusal);
  };
  if (!access_.admits(ask.announce.info_hash)) return refused(Refusal::not_listed);
  SwarmStore::Wanted wanted;
  wanted.peers = std::min({ask.peers.value_or(peers_default), peers_max, ask.room});
  wanted.early = options_.min_interval;
  wanted.peers_if_early = peers_early;
  wanted.both_families = ask.both_families;
  wanted.ids = ask.ids;
  wanted.nearest_first = options_.nearest_first;
  const auto early = store_.announce(ask.announce, wanted, now, told_);
  if (!early) return refused(early.error());
  RequestCounts& counted = counts(protocol, family);
  ++counted.announces;
  if (*early) ++counted.early;
  const Duration shortest = options_.interval - options_.interval / 10;
  return Answer{std::max(options_.min_interval, rng_.between(shortest, options_.interval)),
                options_.min_interval, &told_};
}

SwarmCounts Tracker::scrape(const Sha1& info_hash) {
  return access_.admits(info_hash) ? store_.counts(info_hash) : SwarmCounts{};
}

RequestCounts& Tracker::counts(Protocol protocol, Family family) {
  return stats_.requests[std::to_underlying(protocol)][std::to_underlying(family)];
}

void Tracker::count_trouble(Protocol protocol, Family family, Trouble trouble) {
  ++counts(protocol, family).troubles[std::to_underlying(trouble)];
}

Stats Tracker::stats() const {
  Stats out = stats_;
  out.now = store_.totals();
  return out;
}

}  // namespace seed::trackerd

#include "core/session/local_discovery.h"

#include <utility>
#include <variant>

namespace seed::session {

namespace {

std::size_t index_of(lsd::Group group) { return group == lsd::Group::v4 ? 0 : 1; }

}  // namespace

LocalDiscovery::LocalDiscovery(io::World world, Rng rng, LocalDiscoveryOwner& owner,
                               log::Logger log)
    : world_(world), owner_(owner), log_(std::move(log)), discovery_(rng) {}

void LocalDiscovery::configure(const config::Settings& settings, std::uint16_t port, Instant now) {
  if (!settings.lpd_enabled || port == 0) return close();
  if (!running() || sources_[0] != settings.bind_address_ipv4 ||
      sources_[1] != settings.bind_address_ipv6)
    open(settings);
  discovery_.set_port(port);
  if (discovery_.deadline().value_or(never) <= now) on_deadline(now);
}

void LocalDiscovery::open(const config::Settings& settings) {
  sources_ = {settings.bind_address_ipv4, settings.bind_address_ipv6};
  for (const auto group : {lsd::Group::v4, lsd::Group::v6}) {
    auto& socket = sockets_[index_of(group)];
    socket.reset();
    const auto source = IpAddress::parse(sources_[index_of(group)]);
    if (!source) continue;  // does without that family
    auto opened = world_.net.open_group(lsd::endpoint_of(group), {.source = *source}, *this);
    if (opened)
      socket = *std::move(opened);
    else
      log_.debug("no local discovery over a group", {{"error", opened.error().text}});
  }
  discovery_.set_groups(sockets_[0] != nullptr, sockets_[1] != nullptr);
}

void LocalDiscovery::close() {
  for (auto& socket : sockets_) socket.reset();
  discovery_.set_groups(false, false);
  discovery_.set_port(0);
}

void LocalDiscovery::consider(TorrentId torrent, Instant now) {
  const auto known = announced_.find(torrent);
  const auto wanted = owner_.announced_hashes(torrent);
  if (known != announced_.end()) {
    if (wanted == known->second) return;
    for (const Sha1& hash : known->second) discovery_.remove(hash);
    announced_.erase(known);
  }
  if (wanted.empty()) return;
  announced_.emplace(torrent, wanted);
  for (const Sha1& hash : wanted) discovery_.add(hash, now);
}

void LocalDiscovery::hurry(TorrentId torrent, Instant now) {
  const auto known = announced_.find(torrent);
  if (known == announced_.end()) return;
  for (const Sha1& hash : known->second) {
    discovery_.remove(hash);
    discovery_.add(hash, now);
  }
}

void LocalDiscovery::on_datagram(MutableBytes datagram, const Endpoint& from) {
  discovery_.on_datagram(datagram, from, world_.clock.now());
  drain();
}

void LocalDiscovery::on_deadline(Instant now) {
  discovery_.on_deadline(now);
  drain();
}

Instant LocalDiscovery::deadline() const { return discovery_.deadline().value_or(never); }

void LocalDiscovery::drain() {
  while (const auto event = discovery_.next_event()) {
    if (const auto* send = std::get_if<lsd::Discovery::Send>(&*event)) {
      const auto& socket = sockets_[index_of(send->group)];
      // Without an interface nobody hears it; the next one is in five minutes.
      if (socket) static_cast<void>(socket->send(send->datagram, lsd::endpoint_of(send->group)));
    } else if (const auto* found = std::get_if<lsd::Discovery::PeerFound>(&*event)) {
      if (!owner_.turns_away(found->endpoint.address))
        owner_.on_local_peer(found->info_hash, found->endpoint);
    }
  }
}

}  // namespace seed::session

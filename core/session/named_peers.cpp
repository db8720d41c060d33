#include "core/session/named_peers.h"

#include <algorithm>

namespace seed::session {

NamedPeers::~NamedPeers() {
  names_.each([this](Id, Name& name) {
    if (name.lookup) resolver_.cancel(*name.lookup);
  });
}

void NamedPeers::meet(std::optional<TorrentId> torrent, const std::string& host,
                      std::uint16_t port) {
  if (const auto address = IpAddress::parse(host)) return found_(torrent, {*address, port});
  if (names_.size() >= names_max) return;
  look_up(names_.insert({.torrent = torrent, .host = host, .port = port}));
}

void NamedPeers::hurry(Instant now) {
  names_.each([&](Id id, Name& name) {
    name.pause = again_after;
    if (!name.lookup) due_.set(id, now);
  });
}

void NamedPeers::forget(TorrentId torrent) {
  names_.each([&](Id id, Name& name) {
    if (name.torrent != torrent) return;
    if (name.lookup) resolver_.cancel(*name.lookup);
    due_.clear(id);
    names_.erase(id);
  });
}

void NamedPeers::look_up(Id id) {
  Name& name = *names_.find(id);
  name.lookup = resolver_.resolve(
      name.host, [this, id](const Result<std::vector<IpAddress>>& it) { on_found(id, it); });
}

void NamedPeers::on_found(Id id, const Result<std::vector<IpAddress>>& found) {
  Name& name = *names_.find(id);
  name.lookup.reset();
  if (found && !found->empty()) {
    const Name taken = *names_.take(id);
    for (const auto& address : *found) found_(taken.torrent, {address, taken.port});
    return;
  }
  if (!name.torrent && name.pause >= again_after_max) {
    names_.erase(id);
    return;
  }
  log_.warn("a peer cannot be found by its name; it is looked up again",
            {{"host", name.host}, {"error", found ? "it has no address" : found.error().text}});
  due_.set(id, clock_.now() + name.pause);
  name.pause = std::min<Duration>(2 * name.pause, again_after_max);
}

void NamedPeers::on_deadline(Instant now) {
  while (const auto id = due_.take_due(now)) look_up(*id);
}

}  // namespace seed::session

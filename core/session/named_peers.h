// NamedPeers: peers and nodes that are known by a name (x.pe of magnets, BEP 9; `nodes` of
// torrents, BEP 5), looked up until the name has an address.
//
//   meet() --> being looked up --found--> told
//                 ^       \--not found--> waiting, twice as long each time
//
// A node of the DHT is one of many, and given up after some tries. Bound: names_max; beyond, what
// is named is not looked up. Lookups are cancelled with this object.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/deadline_queue.h"
#include "core/base/endpoint.h"
#include "core/base/ids.h"
#include "core/base/instant.h"
#include "core/io/clock.h"
#include "core/io/resolver.h"
#include "core/log/logger.h"

namespace seed::session {

class NamedPeers {
 public:
  static constexpr std::size_t names_max = 4096;
  static constexpr Duration again_after = 30s;
  static constexpr Duration again_after_max = 1h;

  /// `torrent`: nothing for a node of the DHT.
  using Found = std::function<void(std::optional<TorrentId> torrent, const Endpoint& endpoint)>;

  NamedPeers(const io::Clock& clock, io::Resolver& resolver, Found found, log::Logger log)
      : clock_(clock), resolver_(resolver), found_(std::move(found)), log_(std::move(log)) {}
  ~NamedPeers();
  NamedPeers(const NamedPeers&) = delete;
  NamedPeers& operator=(const NamedPeers&) = delete;

  /// An address is told at once.
  void meet(std::optional<TorrentId> torrent, const std::string& host, std::uint16_t port);
  /// Names may be found now that were not: another network is there.
  void hurry(Instant now);
  /// Nobody wants the torrent's any more.
  void forget(TorrentId torrent);
  void on_deadline(Instant now);
  Instant deadline() const { return due_.next(); }

 private:
  using Id = SlotId<struct NamedPeerTag>;
  struct Name {
    std::optional<TorrentId> torrent;
    std::string host;
    std::uint16_t port = 0;
    std::optional<LookupId> lookup{};
    Duration pause = again_after;
  };
  void look_up(Id id);
  void on_found(Id id, const Result<std::vector<IpAddress>>& found);

  const io::Clock& clock_;
  io::Resolver& resolver_;
  Found found_;
  log::Logger log_;
  SlotMap<Name, struct NamedPeerTag> names_;
  DeadlineQueue<Id, SlotIdHash<struct NamedPeerTag>> due_;  ///< those that wait
};

}  // namespace seed::session

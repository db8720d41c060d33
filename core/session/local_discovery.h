// LocalDiscovery: joins local peer discovery (BEP 14) to the World: a socket in each of its two
// groups, which torrents are announced there, and the peers that are heard of.
//
// What is announced is the port we listen at here, whatever the router calls it. A group that
// cannot be joined, for want of IPv6 or behind a proxy, is done without.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <unordered_map>

#include "config/settings.h"
#include "core/base/digest.h"
#include "core/base/endpoint.h"
#include "core/base/ids.h"
#include "core/base/instant.h"
#include "core/base/rng.h"
#include "core/io/world.h"
#include "core/log/logger.h"
#include "core/lsd/discovery.h"

namespace seed::session {

/// The session, as local discovery needs it.
class LocalDiscoveryOwner {
 public:
  virtual ~LocalDiscoveryOwner() = default;
  /// Those of that torrent, two of a hybrid (BEP 52). None when it wants no peers of the network
  /// (any more): it rests, or is private.
  virtual std::vector<Sha1> announced_hashes(TorrentId torrent) = 0;
  /// Nobody is to have to do with that address.
  virtual bool turns_away(const IpAddress& address) = 0;
  virtual void on_local_peer(const Sha1& info_hash, const Endpoint& peer) = 0;
};

class LocalDiscovery final : public io::UdpSocketOwner {
 public:
  LocalDiscovery(io::World world, Rng rng, LocalDiscoveryOwner& owner, log::Logger log);

  /// Joins or leaves the groups; `port`: where we listen, 0 while we do not.
  void configure(const config::Settings& settings, std::uint16_t port, Instant now);
  void close();
  /// The torrent may want to be announced now, or not any more.
  void consider(TorrentId torrent, Instant now);
  /// The user asks for peers now: it is announced again.
  void hurry(TorrentId torrent, Instant now);
  void on_deadline(Instant now);
  Instant deadline() const;
  bool running() const { return sockets_[0] || sockets_[1]; }

 private:
  void on_datagram(MutableBytes datagram, const Endpoint& from) override;
  void open(const config::Settings& settings);
  void drain();

  io::World world_;
  LocalDiscoveryOwner& owner_;
  log::Logger log_;
  lsd::Discovery discovery_;
  std::array<std::unique_ptr<io::UdpSocket>, 2> sockets_;
  std::array<std::string, 2> sources_;  ///< that they were opened with
  std::unordered_map<TorrentId, std::vector<Sha1>, SlotIdHash<struct TorrentTag>> announced_;
};

}  // namespace seed::session

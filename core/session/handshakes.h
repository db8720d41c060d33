// Handshakes: incoming links that do not yet know their torrent.
//
//   accepted --handshake names a torrent--> waiting (for its content) --> adopted by the torrent
//        \--fault, timeout, unknown hash, no place for that torrent's links--> closed
//
// Bounds: limits::handshakes_max links, apart from peer_limit_global; beyond, the oldest gives way.
// limits::handshakes_per_address_max of one address, or one IPv6 /64; beyond, the newest is
// refused. Time: limits::handshake_timeout.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/digest.h"
#include "core/base/ids.h"
#include "core/base/rng.h"
#include "core/io/clock.h"
#include "core/io/net.h"
#include "core/log/logger.h"
#include "core/torrent/peer_link.h"
#include "core/torrent/torrent.h"

namespace seed::session {

/// What handshakes ask of the session.
class HandshakesOwner {
 public:
  virtual ~HandshakesOwner() = default;
  /// The torrent of that hash; nullptr when there is none.
  virtual torrent::Torrent* torrent_by_hash(const Sha1& hash) = 0;
  virtual torrent::Torrent* torrent_by_id(TorrentId id) = 0;
  /// The info-hash of a torrent whose wire::mse::req2_hash() that is.
  virtual std::optional<Sha1> hash_of_req2(const Sha1& req2) = 0;
  /// As torrent::Host.
  virtual void prepare(peer::Local& local, const IpAddress& remote) = 0;
  /// False when there is no place for one more link of that torrent; then it waits for one.
  virtual bool room_for_link(TorrentId id) = 0;
  /// That torrent has one more.
  virtual void on_link_handed_over(TorrentId id) = 0;
  virtual void on_handshakes_dirty() = 0;
};

class Handshakes final : public torrent::LinkOwner {
 public:
  Handshakes(io::Clock& clock, HandshakesOwner& owner, std::string client, Rng rng,
             log::Logger log);

  void accept(std::unique_ptr<io::Stream> stream);
  void on_turn_end(Instant now);
  /// Once a second is enough.
  void on_deadline(Instant now);
  /// Ends those of the addresses that `ends` is true for.
  void end_those(const std::function<bool(const IpAddress&)>& ends);
  std::size_t size() const { return links_.size(); }
  void clear();

 private:
  void on_link_event(torrent::PeerLink& link, peer::Event&& event) override;
  void on_link_connected(torrent::PeerLink&) override {}
  bool link_may_read(torrent::PeerLink& link) override;
  void on_link_held(torrent::PeerLink&, Instant) override {}
  void on_link_dirty(torrent::PeerLink& link) override;
  bool make_place_for(const IpAddress& address);
  void wait_for_content(LinkId id, torrent::Torrent& torrent, const PeerId& peer);
  void hand_over(LinkId id, TorrentId torrent, const PeerId& peer);
  void leave_with(torrent::Torrent& torrent, LinkId id, const PeerId& peer);

  struct Pending {
    std::unique_ptr<torrent::PeerLink> link;
    Instant since{};
    bool named = false;  ///< its torrent is being looked up: no more is read
  };
  Pending* find(const torrent::PeerLink& link) { return links_.find(link.id); }

  io::Clock& clock_;
  HandshakesOwner& owner_;
  std::string client_;
  Rng rng_;
  log::Logger log_;
  SlotMap<Pending, struct LinkTag> links_;
  struct Ready {
    LinkId link;
    TorrentId torrent;
    PeerId peer;
  };
  std::vector<Ready> ready_;
  bool dirty_ = false;
};

}  // namespace seed::session

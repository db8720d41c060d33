// Pex: what to tell which link of the torrent's other peers (BEP 11, telling side).
//
// Holds who is linked now, at the endpoint others can dial, and of each link what it was told; a
// message is the difference. A peer that came and went between two messages is never told. Peers
// that left though they were good (two seeds that part, a doublet of another family, want of room)
// are told once while a family has few live ones, and dropped with the next message, as BEP 11
// ("Filling underpopulated lists") allows.
//
// Not for private torrents (BEP 27): the driver has no Pex for them, and does not say `ut_pex`.
//
// Bounds: peers_max endpoints, those that some link must still be told the loss of counted;
// beyond, the newest are not told. A link costs two bits for each. Flags are the octet of BEP 11's
// added.f as wire::PexPeer names its bits; they pass through.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "core/base/endpoint.h"
#include "core/base/fifo.h"
#include "core/base/ids.h"
#include "core/base/instant.h"
#include "core/base/rng.h"

namespace seed::swarm {

class Pex {
 public:
  static constexpr std::size_t peers_max = 4096;
  /// BEP 11: "no more than 1 PEX message per minute"; later by up to `jitter`.
  static constexpr Duration interval = 60s;
  static constexpr Duration jitter = 5s;
  /// The first message, so that what is connected at the start goes in one.
  static constexpr Duration first_after = 5s;
  /// Of each list; the first message may have more (BEP 11), and 100 is what others take.
  static constexpr std::size_t told_max = 50;
  static constexpr std::size_t first_told_max = 100;
  /// BEP 11, "Filling underpopulated lists": live peers of a family below which parted ones are
  /// told, and how many of these are kept.
  static constexpr std::size_t few = 25;

  struct Peer {
    Endpoint endpoint;
    std::uint8_t flags = 0;
    bool operator==(const Peer&) const = default;
  };
  struct Message {
    std::vector<Peer> added;
    std::vector<Endpoint> dropped;
    bool operator==(const Message&) const = default;
  };

  explicit Pex(Rng rng) : rng_(rng) {}

  /// The link is open, and its peer can be dialled at `endpoint`: where we dialled it, or where it
  /// says that it listens. Again when that or the flags change; flags are told with an endpoint
  /// that was not told before.
  void on_peer(LinkId link, const Endpoint& endpoint, std::uint8_t flags, Instant now);
  /// The link takes ut_pex. `remote` is the address of its other end: only who is in our own
  /// network is told of others in it.
  void on_listener(LinkId link, const IpAddress& remote, Instant now);
  /// `parted`: we closed it, though it was good: one of the three reasons above.
  void on_gone(LinkId link, bool parted, Instant now);

  /// What is to be told to whom now; it counts as told. To be drained when deadline() has come.
  std::optional<std::pair<LinkId, Message>> next_message(Instant now);
  /// When next_message may have something.
  std::optional<Instant> deadline() const;

 private:
  using Slot = std::uint32_t;
  struct Known {
    Peer peer;
    std::size_t links = 0;  ///< live ones; 0: it has gone
    std::size_t told = 0;   ///< listeners that believe it is there
    bool parted = false;    ///< in parted_
  };
  struct Listener {
    bool first = true;
    bool local = false;
    bool idle = false;         ///< had nothing to hear when it was due
    Instant due{};             ///< if idle, not before
    std::vector<bool> told;    ///< by slot: it believes that one to be there
    std::vector<bool> passed;  ///< by slot: the parted ones it was told of
  };

  std::optional<Slot> slot_of(const Endpoint& endpoint);
  bool live(Slot slot) const { return known_[slot].links > 0; }
  std::size_t family(Slot slot) const { return known_[slot].peer.endpoint.address.is_v4() ? 0 : 1; }
  void unlink(LinkId link, bool parted);
  void part(Slot slot);
  void release(Slot slot);
  void wake(Instant now);
  void set_due(LinkId link, Listener& listener, Instant when);
  bool tellable(Slot slot, const Listener& listener) const;
  std::vector<Endpoint> take_dropped(Listener& listener);
  std::vector<Peer> take_added(Listener& listener, std::optional<Slot> own);

  Rng rng_;
  std::vector<Known> known_;
  std::vector<Slot> free_;
  std::map<Endpoint, Slot> slots_;
  std::map<LinkId, Slot> peers_;
  std::map<LinkId, Listener> listeners_;
  std::set<std::pair<Instant, LinkId>> due_;
  std::size_t live_[2] = {0, 0};  ///< by family, IPv4 first
  Fifo<Slot> parted_[2];          ///< oldest first
};

}  // namespace seed::swarm

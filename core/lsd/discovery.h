// Discovery: tells the local network which torrents we have and hears which others have (BEP 14).
//
// One for the whole session; a torrent is announced while it is added, never a private one (BEP 27:
// the driver does not add it). New ones go first, the latest of them before all, then each again
// after five minutes, or later when there are so many that all the datagrams allowed are used up.
// Up to `single_max` torrents have a datagram each, as older clients read but one info-hash
// (Transmission before 4.0 takes no more than 200 octets); beyond, up to 25 share one.
//
// The driver has a socket in each group, sends what Send says from the interfaces it listens at,
// and gives in what it hears there: only from addresses of its own networks, for the port is open
// to others too.
//
// Bounds: datagrams sent and heard, as below. Calls are O(log n) of the torrents, on_datagram times
// the info-hashes in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <variant>

#include "core/base/bytes.h"
#include "core/base/digest.h"
#include "core/base/endpoint.h"
#include "core/base/fifo.h"
#include "core/base/instant.h"
#include "core/base/pace.h"
#include "core/base/rng.h"
#include "core/lsd/announcement.h"

namespace seed::lsd {

class Discovery {
 public:
  /// BEP 14, "Usage".
  static constexpr Duration torrent_interval = 5min;
  static constexpr std::size_t single_max = 5;
  /// BEP 14: "no more than 1 announce per minute"; the burst is for what is added one after the
  /// other.
  static constexpr Pace::Rate sent_rate{1min, 5};
  /// What is added within so long goes together.
  static constexpr Duration gather_for = 500ms;
  /// Datagrams heard, of one address and of all: a client with thousands of torrents may send each
  /// in one. Beyond: not looked at.
  static constexpr Pace::Rate heard_rate{100ms, 200};
  static constexpr Pace::Rate heard_in_all_rate{20ms, 500};
  /// Addresses whose datagrams are counted. Beyond: the longest silent one is forgotten.
  static constexpr std::size_t sources_max = 256;

  /// Give this to the group's socket.
  struct Send {
    Group group = Group::v4;
    Buffer datagram;
    bool operator==(const Send&) const = default;
  };
  struct PeerFound {
    Sha1 info_hash;
    Endpoint endpoint;
    bool operator==(const PeerFound&) const = default;
  };
  using Event = std::variant<Send, PeerFound>;

  explicit Discovery(Rng rng);

  /// Which groups there are to send to; none at first.
  void set_groups(bool v4, bool v6) { groups_[0] = v4, groups_[1] = v6; }
  /// Where we take peers; 0, as at first: nowhere, and nothing is announced.
  void set_port(std::uint16_t port) { port_ = port; }
  /// `info_hash`: of 20 octets, a v2 one cut short. Adding twice is adding once.
  void add(const Sha1& info_hash, Instant now);
  void remove(const Sha1& info_hash);

  /// What was heard in a group, our own too.
  void on_datagram(Bytes datagram, const Endpoint& from, Instant now);
  void on_deadline(Instant now);

  std::optional<Event> next_event();
  std::optional<Instant> deadline() const;
  std::size_t torrents() const { return places_.size(); }

 private:
  /// In order of turn: not announced yet, the latest first; then by when it is due.
  struct Place {
    bool announced = false;
    std::int64_t order = 0;  ///< fewer for later ones; or nanoseconds of the instant
    Sha1 info_hash;
    auto operator<=>(const Place&) const = default;
  };

  bool can_announce() const { return port_ != 0 && (groups_[0] || groups_[1]) && !order_.empty(); }
  Instant first_due() const;
  void announce(Instant now);
  bool admits(const IpAddress& source, Instant now);

  Rng rng_;
  std::string cookie_;
  bool groups_[2] = {false, false};
  std::uint16_t port_ = 0;
  std::int64_t added_ = 0;
  Instant gathered_{};  ///< when new ones may go
  std::set<Place> order_;
  std::unordered_map<Sha1, Place, DigestHash> places_;
  Pace sent_;
  Pace heard_;
  std::map<IpAddress, Pace> sources_;
  Fifo<Event> events_;
};

}  // namespace seed::lsd

// Rendezvous: who brings whom together when neither can be dialled (BEP 55), for one torrent.
//
// Three parts a peer may have:
//   relay      asked by one link for another: tells both of each other, or why not
//   initiator  a dial failed: asks a link that told of that peer by PEX (flag 0x08)
//   target     told by a link to dial somebody: does so by uTP, within bounds
// The driver gives in links that are open, and sends and dials what is answered here.
//
// Bounds: told_max endpoints to be asked about, the oldest gives way, tellers_max links for each;
// pending_max asks under way; the rates below, beyond which messages are ignored: each costs others
// a few datagrams to an address that somebody else has named.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <variant>
#include <vector>

#include "core/base/endpoint.h"
#include "core/base/fifo.h"
#include "core/base/ids.h"
#include "core/base/instant.h"
#include "core/base/pace.h"
#include "core/base/rng.h"

namespace seed::swarm {

class Rendezvous {
 public:
  static constexpr std::size_t told_max = 1000;
  static constexpr std::size_t tellers_max = 4;
  static constexpr std::size_t pending_max = 32;
  /// Asks for one candidate go out once in so long.
  static constexpr Duration ask_pause = 5min;
  /// Links asked about one candidate, one after the other as each says that it cannot help.
  static constexpr int asks_max = 3;
  /// An answer that takes longer is none.
  static constexpr Duration answer_max = 30s;
  /// What one link may ask of us, and be brought to; and all of them.
  static constexpr Pace::Rate relay_rate{5s, 10};
  static constexpr Pace::Rate relay_in_all_rate{200ms, 50};
  /// Dials that a link may make us try unasked; and all of them.
  static constexpr Pace::Rate dial_rate{5s, 10};
  static constexpr Pace::Rate dial_in_all_rate{500ms, 30};

  /// The other end of a link.
  struct Ends {
    /// Where it was seen to send uTP from, or where we dialled it: what its NAT leaves open.
    std::optional<Endpoint> remote;
    std::optional<Endpoint> listening;  ///< where it says that it listens
    bool supports = false;              ///< it takes ut_holepunch
  };
  /// Send `connect` to both: to the initiator with `of_target`, to `target` with `of_initiator`.
  struct Introduce {
    LinkId target;
    Endpoint of_target;
    Endpoint of_initiator;
    bool operator==(const Introduce&) const = default;
  };
  /// As BEP 55 numbers them.
  enum class Refusal : std::uint32_t {
    no_such_peer = 1,
    not_connected = 2,
    no_support = 3,
    no_self = 4,
  };
  struct Ignore {
    bool operator==(const Ignore&) const = default;
  };
  using Answer = std::variant<Ignore, Refusal, Introduce>;

  explicit Rendezvous(Rng rng) : rng_(rng) {}

  /// Our own endpoints as others know them; either may be missing.
  void set_own(std::optional<Endpoint> v4, std::optional<Endpoint> v6);
  /// The link is open; again when something becomes known.
  void on_link(LinkId link, const Ends& ends);
  void on_gone(LinkId link);

  /// Relay: `from` sent `rendezvous` for `target`.
  Answer on_rendezvous(LinkId from, const Endpoint& target, Instant now);

  /// Initiator: `teller` added the endpoint by PEX with the flag for holepunch, or dropped it.
  void on_told(LinkId teller, const Endpoint& endpoint);
  void on_untold(LinkId teller, const Endpoint& endpoint);
  /// A dial to `target` failed: who is to be sent `rendezvous` for it; it counts as sent.
  std::optional<LinkId> on_dial_failed(const Endpoint& target, Instant now);
  /// `relay` answered `error`: who is to be asked next.
  std::optional<LinkId> on_error(LinkId relay, const Endpoint& target, Instant now);

  /// Initiator and target: `relay` sent `connect`. True when `peer` is to be dialled by uTP now.
  bool on_connect(LinkId relay, const Endpoint& peer, Instant now);

 private:
  struct Link {
    Ends ends;
    Pace asks;
    Pace visits;
    Pace dials;
  };
  struct Told {
    std::vector<LinkId> tellers;
    Instant asked_at = Instant::min();
    int asks = 0;
  };
  struct Pending {
    LinkId relay;
    Endpoint target;
    Instant at{};
  };

  void unfile(LinkId link, const Ends& ends);
  bool is_own(const Endpoint& endpoint) const { return endpoint == own_v4_ || endpoint == own_v6_; }
  const Link* supporting(LinkId link) const;
  std::optional<LinkId> ask(const Endpoint& target, Told& told, Instant now);
  bool take_pending(LinkId relay, const Endpoint& peer, bool exactly, Instant now);

  Rng rng_;
  std::optional<Endpoint> own_v4_;
  std::optional<Endpoint> own_v6_;
  std::map<LinkId, Link> links_;
  std::unordered_map<Endpoint, LinkId, EndpointHash> ends_;
  std::unordered_map<Endpoint, Told, EndpointHash> told_;
  Fifo<Endpoint> told_order_;
  Fifo<Pending> pending_;
  Pace relays_;
  Pace dials_;
};

}  // namespace seed::swarm

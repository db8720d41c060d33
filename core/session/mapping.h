// Mapping: has the peer port forwarded by the router, TCP and UDP, over IPv4.
//
//   off --configure()--> finding the router --> asking by PCP or NAT-PMP --> mapped, renewed
//                              |                     +--refused, silent--> asking by UPnP as well
//                              +--no router: again after `again_after`
//
// PCP and NAT-PMP are a machine (portmap::Client); what is mapped by UPnP is renewed here, and no
// longer when the router forwards the port by the other. The external port that was given is what
// others are told. close() takes all back, for at most `take_back_max`. Bounds: one router, two
// ports. It outlives what it asks, or the World is gone first.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "config/settings.h"
#include "core/base/instant.h"
#include "core/base/rng.h"
#include "core/io/world.h"
#include "core/log/logger.h"
#include "core/portmap/client.h"

namespace seed::session {

/// The session, as the mapping needs it.
class MappingOwner {
 public:
  virtual ~MappingOwner() = default;
  /// Where others reach us is another now, or may be.
  virtual void on_external_port() = 0;
  /// What load() is to be given after a restart.
  virtual void keep_mapping(Buffer secret) = 0;
};

class Mapping final : private io::UdpSocketOwner {
 public:
  /// While there is no router, or none that maps.
  static constexpr Duration again_after = 5min;
  /// Most routers speak UPnP alone, and say nothing to the rest: that shows after 150 s. Those that
  /// do speak it answer within a second.
  static constexpr Duration upnp_after = 4s;
  /// Asked of a router by UPnP, and renewed at half of it; some give a port for good.
  static constexpr Duration upnp_lifetime = 1h;
  /// Ports that are asked for instead of one that the router forwards to somebody else.
  static constexpr int upnp_others_max = 4;
  static constexpr Duration take_back_max = 2s;

  /// The name under which it is kept by whom its mappings are, as a router by PCP sees it: with
  /// that they are had again after a crash, and not refused until they have run out.
  static constexpr std::string_view kept_name = "port mapping";

  Mapping(io::World world, Rng rng, MappingOwner& owner, log::Logger log);
  ~Mapping() override;
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  /// What was kept of an earlier run; before configure().
  void load(Bytes secret);
  /// `port`: the one that peers connect to; 0 while nobody can.
  void configure(const config::Settings& settings, std::uint16_t port, Instant now);
  /// Our network is gone, or another: no router knows us, until configure() looks for one.
  void forget();
  /// Takes back what is mapped; closed() when that is done.
  void close(Instant now);
  bool closed(Instant now) const;
  void on_deadline(Instant now);
  Instant deadline() const;

  /// What the router forwards TCP from; nothing while it does not.
  std::optional<Endpoint> external() const { return ports_[0].external; }
  std::optional<Endpoint> external_udp() const { return ports_[1].external; }
  /// The port of external(), or for `upnp_after` after forget() what it was: it is mostly the same
  /// again, and whoever is told another meanwhile would come in vain.
  std::optional<std::uint16_t> external_port() const {
    if (ports_[0].external) return ports_[0].external->port;
    return port_before_ ? std::optional(port_before_->number) : std::nullopt;
  }
  /// Where the gateway that the user named has given a port: VPNs that give ports forward to the
  /// same one of ours, whichever was asked for. Nothing: where we listen is right.
  std::optional<std::uint16_t> port_to_listen_at() const { return move_to_; }
  /// What came of it, or why nothing, for the user; empty while it is off.
  std::string status() const;

 private:
  /// By their protocol: TCP, then UDP.
  struct Port {
    portmap::LocalPort local;
    std::optional<Endpoint> external;     ///< as others are told
    std::optional<Endpoint> native;       ///< by PCP or NAT-PMP
    std::optional<io::UpnpMapping> upnp;  ///< as it was given
    std::string native_error;             ///< why not by that, since it was last tried
    std::string upnp_error;
    std::string last_logged;
    std::uint16_t upnp_wanted = 0;  ///< external, asked for by UPnP; 0: as the local one
    int upnp_others = 0;            ///< how many that were, since one was given
    bool asking_upnp = false;
    Instant renew_at = never;
  };
  /// The external port of before forget(), until the router says what it is now.
  struct PortBefore {
    std::uint16_t number;
    Instant until = never;  ///< counted from begin() on
  };

  void on_datagram(MutableBytes datagram, const Endpoint& from) override;
  void begin(Instant now);
  void end(Instant now);
  void find_router(Instant now);
  void on_router(Result<io::GatewayFacts> found, Instant now);
  Result<void> meet_router(const io::GatewayFacts& router, Instant now);
  void drain();
  void on(const portmap::Client::Event& event);
  void on_native(Port& port, const Endpoint& external);
  void take_back(const io::UpnpMapping& mapping);
  void ask_upnp(Port& port);
  void on_upnp(Port& port, Result<io::UpnpMapping> given, Instant now);
  void settle(Port& port, std::string_view why = {});
  void see_given_port();
  void forget_port_before();
  void log_failure(Port& port);
  std::string_view way_of(const Port& port) const;
  std::string words_of(const Port& port) const;
  Port& port_of(const portmap::LocalPort& local);

  io::World world_;
  Rng rng_;
  MappingOwner& owner_;
  log::Logger log_;
  std::array<std::uint8_t, 16> secret_{};
  bool kept_ = false;
  bool enabled_ = false;
  bool wanted_ = false;  ///< enabled, and there is a port
  std::uint16_t port_ = 0;
  std::optional<std::uint16_t> move_to_;
  std::optional<PortBefore> port_before_;
  bool moved_ = false;       ///< to what was given, and not answered since
  bool translates_ = false;  ///< the gateway gives another port for the one that it gave
  std::string named_gateway_;
  std::string bind_address_;
  std::optional<io::GatewayFacts> router_;
  std::unique_ptr<portmap::Client> client_;
  std::unique_ptr<io::UdpSocket> socket_;
  std::array<Port, 2> ports_;
  std::string error_;  ///< why there is no router
  Instant find_at_ = never;
  Instant upnp_at_ = never;
  Instant close_by_ = never;
  std::size_t asking_ = 0;       ///< by UPnP
  std::size_t taking_back_ = 0;  ///< by UPnP
  std::uint64_t life_ = 0;       ///< answers that were asked for in an earlier one are not heard
};

}  // namespace seed::session

// Mapping: has the peer port forwarded by the router, TCP and UDP, over IPv4.
//
//   off --configure()--> finding the router --> asking by PCP or NAT-PMP --> mapped, renewed
//                              |                     +--no answer, refused--> asking by UPnP
//                              +--no router: again after `again_after`
//
// PCP and NAT-PMP are a machine (portmap::Client); what is mapped by UPnP is renewed here. The
// external port that was given is what others are told. close() takes all back, for at most
// `take_back_max`. Bounds: one router, two ports. It outlives what it asks, or the World is gone
// first.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

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
};

class Mapping final : private io::UdpSocketOwner {
 public:
  /// While there is no router, or none that maps.
  static constexpr Duration again_after = 5min;
  /// Asked of a router by UPnP, and renewed at half of it; some give a port for good.
  static constexpr Duration upnp_lifetime = 1h;
  static constexpr Duration take_back_max = 2s;

  Mapping(io::World world, Rng rng, MappingOwner& owner, log::Logger log);
  ~Mapping() override;
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

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
  /// Why not, for the user; empty while it works, or is off.
  const std::string& error() const { return error_; }

 private:
  /// By their protocol: TCP, then UDP.
  struct Port {
    portmap::LocalPort local;
    std::optional<Endpoint> external;
    std::optional<io::UpnpMapping> upnp;  ///< as it was given
    bool asking_upnp = false;
    Instant renew_at = never;
  };

  void on_datagram(MutableBytes datagram, const Endpoint& from) override;
  void begin(Instant now);
  void end(Instant now);
  void find_router(Instant now);
  void on_router(Result<io::GatewayFacts> found, Instant now);
  void drain();
  void on(const portmap::Client::Event& event);
  void take_back(const io::UpnpMapping& mapping);
  void ask_upnp(Port& port);
  void on_upnp(Port& port, Result<io::UpnpMapping> given, Instant now);
  void set_external(Port& port, std::optional<Endpoint> external);
  Port& port_of(const portmap::LocalPort& local);

  io::World world_;
  Rng rng_;
  MappingOwner& owner_;
  log::Logger log_;
  std::array<std::uint8_t, 16> secret_{};
  bool wanted_ = false;
  std::uint16_t port_ = 0;
  std::string named_gateway_;
  std::optional<io::GatewayFacts> router_;
  std::unique_ptr<portmap::Client> client_;
  std::unique_ptr<io::UdpSocket> socket_;
  std::array<Port, 2> ports_;
  std::string error_;
  Instant find_at_ = never;
  Instant close_by_ = never;
  std::size_t taking_back_ = 0;  ///< by UPnP
  std::uint64_t life_ = 0;       ///< answers that were asked for in an earlier one are not heard
};

}  // namespace seed::session

// Proxying: which way all goes that leaves: directly, or through the proxy of proxy_url.
//
// It stands between the World and the parts of the session: they are given worlds whose Net,
// Resolver and Http are the proxied ones while they are to be. So nothing can be forgotten.
//
//   proxy_url     peers, DHT          UDP trackers        HTTP              names
//   ""            directly            directly            directly          asked of the system
//   socks5 strict through it          through it          through it        resolved by it
//   http   strict not at all          not at all          through it        resolved by it
//   trackers_only directly            as above            through it        of trackers: as above
//
// A proxy that cannot be had makes nothing go directly. The name of the proxy itself is looked up
// by the system's resolver, once in `name_age_max` and as long as it is not found.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "config/settings.h"
#include "core/base/instant.h"
#include "core/base/proxy_url.h"
#include "core/io/world.h"
#include "core/log/logger.h"
#include "core/proxy/host_names.h"
#include "core/proxy/proxied_net.h"
#include "core/proxy/proxied_resolver.h"
#include "core/proxy/routed_http.h"
#include "core/proxy/routed_net.h"
#include "core/proxy/routed_resolver.h"

namespace seed::session {

class Proxying {
 public:
  static constexpr Duration name_age_max = 5min;
  /// While the proxy's name is not found; twice as long each time.
  static constexpr Duration name_again_after = 2s;

  /// `datagrams` hears what comes through the proxy for trackers alone. All outlive it, and it
  /// outlives who has its worlds.
  Proxying(io::World outside, io::UdpSocketOwner& datagrams, log::Logger log);
  ~Proxying();
  Proxying(const Proxying&) = delete;
  Proxying& operator=(const Proxying&) = delete;

  /// For all but trackers.
  io::World world();
  /// For trackers.
  io::World tracker_world();

  /// What goes another way than before.
  enum class Change : std::uint8_t { nothing, trackers, all };
  Change configure(const config::Settings& settings);

  /// Our network was away: what was found out over it holds no longer, nor any pause.
  void begin_anew(Instant now);

  /// All goes through a proxy: nobody can come in, and the local network is not spoken to.
  bool strict() const { return url_ && mode_ == config::ProxyMode::strict; }
  /// Dials would fail, for the proxy cannot be had; or are to wait until deadline().
  bool holds_dials(Instant now) const;
  /// Where UDP trackers are spoken to from, of those that go through the proxy.
  struct Sockets {
    io::UdpSocket* v4 = nullptr;
    io::UdpSocket* v6 = nullptr;
    std::optional<Fault> without{};  ///< why there are none
  };
  /// `v4`, `v6`: those that peers are spoken to from.
  Sockets for_trackers(io::UdpSocket* v4, io::UdpSocket* v6) const;
  Sockets for_nodes(io::UdpSocket* v4, io::UdpSocket* v6) const;
  /// For the user: what does not go through the proxy, and why; empty when all does.
  std::string trouble() const;

  /// At the end of each turn; its answers may do anything but destroy this. True: for_trackers() or
  /// for_nodes() say something else than before.
  bool on_turn_end();
  void on_deadline(Instant now);
  Instant deadline() const;

 private:
  void use_ways();
  void find_server();
  void on_server(const Result<std::vector<IpAddress>>& found, Instant now);
  void use_server();
  bool is_socks() const { return url_ && url_->kind == ProxyUrl::Kind::socks5; }
  std::optional<Fault> datagram_trouble() const;
  void tell(const std::string& trouble);

  io::World outside_;
  io::UdpSocketOwner& datagrams_;
  log::Logger log_;
  proxy::HostNames names_;
  proxy::ProxiedNet through_;
  proxy::ProxiedResolver unresolved_;
  proxy::RoutedNet peers_net_;
  proxy::RoutedNet trackers_net_;
  proxy::RoutedResolver peers_resolver_;
  proxy::RoutedResolver trackers_resolver_;
  proxy::RoutedHttp http_;

  std::string text_;  ///< proxy_url
  std::optional<ProxyUrl> url_;
  config::ProxyMode mode_ = config::ProxyMode::strict;
  io::SourceAddresses sources_;
  std::optional<IpAddress> server_;  ///< as it was found
  std::string name_fault_;           ///< why it was not
  std::optional<LookupId> lookup_;
  Instant look_up_at_ = never;
  Duration look_up_pause_ = name_again_after;
  std::unique_ptr<io::UdpSocket> tracker_socket_;
  std::optional<Fault> datagram_trouble_;  ///< as it was last told
  std::string told_;
};

}  // namespace seed::session

// ProxiedNet: io::Net whose streams and datagrams go through a SOCKS 5 proxy, and never past it.
//
//   dial()      a ProxiedStream
//   open_udp()  a ProxiedUdpSocket, with an Association of its own
//   listen()    refused, or passed on to the network below: a listener is reached directly
//
// A driver of the engine's: between the interfaces and what uses them, so that neither links, nor
// datagrams, nor the machines know of a proxy. Without a proxy (its name is not resolved yet, or it
// was taken away) everything is refused: strict.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/io/clock.h"
#include "core/io/net.h"
#include "core/proxy/host_names.h"
#include "core/proxy/proxied_udp_socket.h"
#include "core/proxy/proxy.h"
#include "core/proxy/server_watch.h"
#include "core/socks/address.h"

namespace seed::proxy {

class ProxiedNet final : public io::Net {
 public:
  struct Options {
    std::optional<Proxy> proxy{};
    bool listens = false;  ///< listen() is passed on
    /// Why there is no proxy, for who wants one.
    std::string without = "there is no proxy";
    bool operator==(const Options&) const = default;
  };

  /// All outlive it; what it makes goes before it.
  ProxiedNet(io::Net& net, const io::Clock& clock, HostNames& names)
      : net_(net), clock_(clock), names_(names), watch_(clock) {}
  ProxiedNet(const ProxiedNet&) = delete;
  ProxiedNet& operator=(const ProxiedNet&) = delete;

  /// Sockets go over to another proxy at once. Streams and listeners that there are stay as they
  /// are: to close them is the caller's.
  void set_options(const Options& options);

  /// The way to the proxy was away: all relays are asked for anew, and nothing waits.
  void begin_anew();

  /// Of `options` all but the source holds for the connection to the proxy. Fault unreachable: no
  /// proxy, or an address that stands for a name that is forgotten.
  Result<std::unique_ptr<io::Stream>> dial(const Endpoint& to, const io::DialOptions& options,
                                           io::StreamOwner& owner) override;
  /// Fault permission: not through a proxy.
  Result<std::unique_ptr<io::Listener>> listen(const Endpoint& at,
                                               io::ListenerOwner& owner) override;
  /// Always makes one; it drops datagrams as long as there is no relay.
  Result<std::unique_ptr<io::UdpSocket>> open_udp(const Endpoint& at,
                                                  io::UdpSocketOwner& owner) override;

  /// To be called at the end of each turn: what waited for a relay goes out.
  void on_turn_end();
  /// To be called when deadline() has come, which may change with each call from the network:
  /// look at it at the end of each turn. `never` when nothing is waited for.
  void on_deadline(Instant now);
  Instant deadline() const;

  /// Whether the proxy can be had, as far as streams have found.
  const ServerWatch& watch() const { return watch_; }
  /// Why datagrams do not go through; nothing when each socket has a relay.
  std::optional<Fault> datagram_trouble() const;

 private:
  friend class ProxiedUdpSocket;
  /// What the proxy is told instead of `to`.
  Result<socks::Address> told_to_proxy(const Endpoint& to) const;

  io::Net& net_;
  const io::Clock& clock_;
  HostNames& names_;
  Options options_;
  ServerWatch watch_;
  std::vector<ProxiedUdpSocket*> sockets_;  ///< in the order they were made
};

}  // namespace seed::proxy

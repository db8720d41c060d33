// ProxiedUdpSocket: io::UdpSocket through a SOCKS 5 proxy's relay.
//
// Strict: without a relay nothing goes out. While the first is being asked for, datagrams wait for
// it (held_max of them, for as long as a dial may take); and what comes from elsewhere than the
// relay is dropped. The port of our own socket is the system's choice: the world sees the proxy's.
//
// To an address that stands for a name (HostNames) a datagram goes by that name; the answer comes
// from the address that the proxy found, unless the proxy puts the name there.
#pragma once

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "core/io/clock.h"
#include "core/io/net.h"
#include "core/proxy/association.h"
#include "core/proxy/host_names.h"
#include "core/proxy/proxy.h"

namespace seed::proxy {

class ProxiedNet;

class ProxiedUdpSocket final : public io::UdpSocket, private io::UdpSocketOwner {
 public:
  /// `at`: what it is called. All outlive it.
  ProxiedUdpSocket(ProxiedNet& through, const Endpoint& at, io::UdpSocketOwner& owner);
  ~ProxiedUdpSocket() override;

  /// What waits for a relay while there is none yet: what begins a session, and no more.
  static constexpr std::size_t held_max = 64;

  /// Fault: why there is no relay; unreachable: a name that is forgotten.
  Result<void> send(Bytes datagram, const Endpoint& to) override;
  Endpoint local() const override { return at_; }

 private:
  friend class ProxiedNet;
  void on_datagram(MutableBytes datagram, const Endpoint& from) override;
  std::optional<Endpoint> named_here(const socks::Address& address) const;
  void on_turn_end();
  Result<void> send_by(const Endpoint& relay, Bytes datagram, const Endpoint& to);
  Result<void> open_towards(const IpAddress& relay);

  ProxiedNet& through_;
  Endpoint at_;
  io::UdpSocketOwner& owner_;
  Association association_;
  std::unique_ptr<io::UdpSocket> socket_;  ///< of the relay's family; opened with the first send
  IpAddress socket_source_;
  std::vector<std::pair<Buffer, Endpoint>> held_;
  Buffer packet_;  ///< kept so that a send takes no memory
};

}  // namespace seed::proxy

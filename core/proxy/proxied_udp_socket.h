// ProxiedUdpSocket: io::UdpSocket through a SOCKS 5 proxy's relay.
//
// Strict: without a relay nothing goes out, and what comes from elsewhere than the relay is
// dropped. The port of our own socket is the system's choice: the world sees the proxy's.
//
// To an address that stands for a name (HostNames) a datagram goes by that name; the answer comes
// from the address that the proxy found, unless the proxy puts the name there.
#pragma once

#include <memory>
#include <optional>

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

  /// Fault: why there is no relay; unreachable: a name that is forgotten.
  Result<void> send(Bytes datagram, const Endpoint& to) override;
  Endpoint local() const override { return at_; }

 private:
  friend class ProxiedNet;
  void on_datagram(MutableBytes datagram, const Endpoint& from) override;
  std::optional<Endpoint> named_here(const socks::Address& address) const;
  Result<void> open_towards(const IpAddress& relay);

  ProxiedNet& through_;
  Endpoint at_;
  io::UdpSocketOwner& owner_;
  Association association_;
  std::unique_ptr<io::UdpSocket> socket_;  ///< of the relay's family; opened with the first send
  IpAddress socket_source_;
  Buffer packet_;  ///< kept so that a send takes no memory
};

}  // namespace seed::proxy

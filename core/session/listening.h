// Listening: the peer port, TCP and UDP, IPv4 and IPv6.
//
//   closed --open()--> open;  open()'s port is taken --> deaf, tried again every `retry_after`
//                             our network is gone --> deaf, until set_network() says that it is
//                             there
//
// While deaf nobody can reach us, but we reach others: UDP trackers are spoken to from any port.
// When nobody is to come in (a proxy) it is closed on purpose, and has only the sockets by which
// datagrams go out.
//
// If the user set no port: the first free one of 6881 to 6889 (BEP 3).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "config/settings.h"
#include "core/base/instant.h"
#include "core/base/rng.h"
#include "core/io/net.h"
#include "core/io/uplink.h"
#include "core/log/logger.h"

namespace seed::session {

class Listening {
 public:
  static constexpr Duration retry_after = 10s;
  static constexpr std::uint16_t first_port = 6881;
  static constexpr std::uint16_t last_port = 6889;

  Listening(io::Net& net, io::ListenerOwner& streams, io::UdpSocketOwner& datagrams, Rng rng,
            log::Logger log);

  /// True: nobody is to come in, and datagrams go out from any port. Holds from the next open().
  void set_outward_only(bool on) { outward_only_ = on; }
  /// What sockets can go over, from the next open() on; that makes them anew where they ended.
  void set_network(const io::UplinkFacts& facts) { network_ = facts; }
  /// Opens, or opens again where the settings have changed. `port_was_set`: by the user.
  void open(const config::Settings& settings, bool port_was_set, Instant now);
  /// A gateway has given that port, and forwards to the same one of ours: from on_deadline() on, if
  /// it is free, and until the settings are others.
  void move_to(std::uint16_t port, Instant now);
  void close();
  void on_deadline(Instant now);
  Instant deadline() const { return retry_at_; }

  /// However long there are no descriptors, the log hears it once a minute.
  static constexpr Duration fault_told_every = 1min;
  void on_accept_fault(const Fault& fault, Instant now);

  /// 0 while closed.
  std::uint16_t port() const { return port_; }
  /// Why not, for the user; empty when open.
  const std::string& error() const { return error_; }
  /// Another one each time that the sockets are others.
  std::uint64_t generation() const { return generation_; }
  /// Where datagrams go out from; of any port while the peer port is taken.
  io::UdpSocket* udp_v4() { return udp_v4_ ? udp_v4_.get() : spare_v4_.get(); }
  io::UdpSocket* udp_v6() { return udp_v6_ ? udp_v6_.get() : spare_v6_.get(); }

 private:
  bool keeps_port(const config::Settings& settings, bool port_was_set);
  Result<void> open_at(std::uint16_t port);
  void open_late();
  std::optional<IpAddress> address_v4() const;
  std::optional<IpAddress> address_v6() const;
  void close_port();
  void open_spares();
  void open_outward();

  io::Net& net_;
  io::ListenerOwner& streams_;
  io::UdpSocketOwner& datagrams_;
  Rng rng_;
  log::Logger log_;
  config::Settings settings_;
  io::UplinkFacts network_;
  std::uint64_t opened_life_ = 0;  ///< of the network that the sockets go over
  bool port_was_set_ = false;
  bool outward_only_ = false;
  bool opened_outward_ = false;  ///< as it is now
  Instant fault_silent_until_{};
  std::uint16_t port_ = 0;
  std::uint16_t random_port_ = 0;
  std::optional<std::uint16_t> given_port_;
  std::uint64_t generation_ = 0;
  std::string error_;
  Instant retry_at_ = never;
  std::unique_ptr<io::Listener> tcp_v4_;
  std::unique_ptr<io::Listener> tcp_v6_;
  std::unique_ptr<io::UdpSocket> udp_v4_;
  std::unique_ptr<io::UdpSocket> udp_v6_;
  std::unique_ptr<io::UdpSocket> spare_v4_;
  std::unique_ptr<io::UdpSocket> spare_v6_;
};

}  // namespace seed::session

// SimNet: io::Net of one simulated host: listeners, UDP sockets, dials and their streams.
//
// One per life of a host. Destroyed: listeners and sockets should be gone; with `power_cut` the
// other ends of open streams are not told.
#pragma once

#include <cstdint>
#include <memory>
#include <set>

#include "core/io/net.h"
#include "tests/sim/engine/outage.h"
#include "tests/sim/engine/sim_network.h"
#include "tests/sim/engine/sim_stream.h"

namespace seed::sim {

class SimNet final : public io::Net {
 public:
  SimNet(Network& network, SimHost& host, Line line);
  ~SimNet() override;

  Network& network() { return network_; }
  SimHost& host() { return host_; }
  Line& line() { return line_; }
  SimNat& nat() { return nat_; }
  /// From now on nobody hears of what is destroyed here.
  void cut_power() { powered_ = false; }
  bool powered() const { return powered_; }
  /// When `bytes` that are ready now have gone up (come down) this host's line.
  Instant through_up(std::size_t bytes, Instant ready);
  Instant through_down(std::size_t bytes, Instant ready);
  /// One open connection of this host cut, as a broken router does it.
  void cut_one(Rng& dice);
  /// Of this host's network; what ends by it is told on this side alone.
  Outage& outage() { return outage_; }
  void end_all();
  std::size_t stream_count() const { return pipes_.size(); }

  Result<std::unique_ptr<io::Stream>> dial(const Endpoint& to, const io::DialOptions& options,
                                           io::StreamOwner& owner) override;
  Result<std::unique_ptr<io::Listener>> listen(const Endpoint& at,
                                               io::ListenerOwner& owner) override;
  Result<std::unique_ptr<io::UdpSocket>> open_udp(const Endpoint& at,
                                                  io::UdpSocketOwner& owner) override;
  Result<std::unique_ptr<io::UdpSocket>> open_group(const Endpoint& group,
                                                    const io::DialOptions& options,
                                                    io::UdpSocketOwner& owner) override;

 private:
  friend class Pipe;
  Endpoint here(const Endpoint& at) const;
  static Instant through(std::size_t bytes, Instant ready, std::uint64_t per_second, Instant& free);

  Network& network_;
  SimHost& host_;
  Line line_;
  SimNat nat_;
  bool powered_ = true;
  Outage outage_;
  Instant up_free_{};
  Instant down_free_{};
  std::uint16_t next_port_;
  std::set<std::pair<std::uint64_t, Pipe*>> pipes_;  ///< by number: in order of their birth
};

class SimListener final : public io::Listener {
 public:
  SimListener(SimNet& net, const Endpoint& at, io::ListenerOwner& owner)
      : net_(net), at_(at), owner_(owner), life_(net.outage().life) {}
  ~SimListener() override { net_.network().close(at_, *this); }
  Endpoint local() const override { return at_; }
  SimNet& net() { return net_; }
  io::ListenerOwner& owner() { return owner_; }
  bool dead() { return net_.outage().life != life_; }

 private:
  SimNet& net_;
  Endpoint at_;
  io::ListenerOwner& owner_;
  std::uint64_t life_;
};

class SimUdpSocket final : public io::UdpSocket {
 public:
  SimUdpSocket(SimNet& net, const Endpoint& at, io::UdpSocketOwner& owner)
      : net_(net), at_(at), owner_(owner), life_(net.outage().life) {}
  ~SimUdpSocket() override { net_.network().close(at_, *this); }
  Result<void> send(Bytes datagram, const Endpoint& to) override;
  Endpoint local() const override { return at_; }
  SimNet& net() { return net_; }
  io::UdpSocketOwner& owner() { return owner_; }
  bool dead() { return net_.outage().life != life_; }

 private:
  void carry(Buffer datagram, const Endpoint& to);

  SimNet& net_;
  Endpoint at_;
  io::UdpSocketOwner& owner_;
  std::uint64_t life_;
};

/// Where it is in `group`; what it sends there is heard by all who are in it, itself too.
class SimGroupSocket final : public io::UdpSocket {
 public:
  SimGroupSocket(SimNet& net, const Endpoint& group, io::UdpSocketOwner& owner);
  ~SimGroupSocket() override;
  Result<void> send(Bytes datagram, const Endpoint& to) override;
  Endpoint local() const override { return group_; }

 private:
  SimNet& net_;
  Endpoint group_;
  io::UdpSocketOwner& owner_;
};

}  // namespace seed::sim

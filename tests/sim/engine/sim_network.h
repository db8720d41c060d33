// Network: the wires between simulated hosts, and who listens where.
//
// TCP: in order, never corrupt. A segment takes the sender's and the receiver's line (octets a
// second, one after the other), then both delays; a lost one comes later by a retransmission.
// Datagrams are lost, doubled and overtaken. Faults (cuts, refusals, black holes) are drawn from
// the Conditions of the moment, which a scenario changes as it goes.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "core/base/endpoint.h"
#include "core/base/rng.h"
#include "core/io/net.h"
#include "tests/sim/engine/sim_host.h"
#include "tests/sim/engine/sim_nat.h"

namespace seed::sim {

class SimNet;
class SimListener;
class SimUdpSocket;
class SimGroupSocket;

/// What the network does to whom. Chances are of 1.
struct Conditions {
  double loss = 0;          ///< of a TCP segment, which then is late; of a datagram, which is gone
  double duplicate = 0;     ///< of a datagram
  double reorder = 0;       ///< of a datagram: late by up to 200 ms
  double dial_refused = 0;  ///< of a dial that would have succeeded
  double dial_lost = 0;     ///< of a dial that nobody ever answers
  double cut_a_minute = 0;  ///< connections cut, per connection and minute
  double silent_cut = 0;    ///< of cuts: neither side is told (half-open)
};

/// One host's line.
struct Line {
  Duration delay = 10ms;            ///< one way, to the middle of the network
  std::uint64_t up_per_second = 0;  ///< octets; 0: no limit
  std::uint64_t down_per_second = 0;
  Nat nat = Nat::none;
};

class Network {
 public:
  Network(EventQueue& events, RunDigest& digest, Rng rng)
      : events_(events), digest_(digest), rng_(rng) {}

  Conditions conditions;
  /// Shown each datagram that is sent, to whom and to which group alike.
  std::function<void(Bytes datagram, const Endpoint& to)> judge;

  EventQueue& events() { return events_; }
  RunDigest& digest() { return digest_; }
  Rng& dice() { return rng_; }

  // --- for SimNet and its streams
  SimListener* listener(const Endpoint& at);
  SimUdpSocket* socket(const Endpoint& at);
  /// False when the port is taken.
  bool listen(const Endpoint& at, SimListener& listener);
  bool bind(const Endpoint& at, SimUdpSocket& socket);
  void close(const Endpoint& at, const SimListener& listener);
  void close(const Endpoint& at, const SimUdpSocket& socket);
  /// Who is in a multicast group, in order of joining. All hosts are of one network.
  std::vector<SimGroupSocket*>& group(const Endpoint& at) { return groups_[at]; }
  void add(SimNet& net);
  void remove(SimNet& net);
  /// The net of the host with that address; nullptr while it is down.
  SimNet* net_at(const IpAddress& address);
  std::uint64_t next_pipe() { return ++pipes_; }
  bool chance(double of_one) { return of_one > 0 && rng_.unit() < of_one; }

 private:
  EventQueue& events_;
  RunDigest& digest_;
  Rng rng_;
  std::uint64_t pipes_ = 0;
  std::map<Endpoint, SimListener*> listeners_;
  std::map<Endpoint, SimUdpSocket*> sockets_;
  std::map<Endpoint, std::vector<SimGroupSocket*>> groups_;
  std::map<IpAddress, SimNet*> nets_;
};

}  // namespace seed::sim

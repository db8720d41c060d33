// RudePeer: a scripted peer that claims to have everything, and misbehaves as its Manners say.
//
// It speaks through the protocol's own machine and writes raw octets where that would refuse to.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/io/net.h"
#include "core/peer/connection.h"
#include "tests/sim/engine/known_content.h"
#include "tests/sim/engine/sim_net.h"

namespace seed::sim {

/// Chances are of 1, for each block asked of it unless said otherwise.
struct Manners {
  double corrupt = 0;      ///< sends wrong octets
  double unrequested = 0;  ///< sends one more that nobody asked for
  double ignore = 0;       ///< never answers that request
  double disconnect = 0;   ///< hangs up
  double garbage = 0;      ///< sends noise
  double chokes = 0;       ///< chokes for some seconds
  bool stalls = false;     ///< unchokes and then never sends anything
  bool floods = false;     ///< asks for the same blocks hundreds of times a second
};

class RudePeer final : public io::ListenerOwner, public io::TurnOwner {
 public:
  RudePeer(SimNet& net, const KnownContent& content, const Manners& manners, Rng rng);
  ~RudePeer() override;

  Endpoint endpoint() const { return {net_.host().address(), port}; }
  IpAddress address() const { return net_.host().address(); }
  void dial(const Endpoint& to);
  std::uint64_t corrupted() const { return corrupted_; }
  std::uint64_t connections() const { return connections_; }
  std::size_t open_links() const { return links_.size(); }

 private:
  static constexpr std::uint16_t port = 6881;
  class Link;
  void on_accept(std::unique_ptr<io::Stream> stream) override;
  void on_accept_fault(const Fault&) override {}
  void on_alarm(Instant now) override;
  void on_turn_end(Instant now) override;

  SimNet& net_;
  const KnownContent& content_;
  Manners manners_;
  Rng rng_;
  PeerId id_;
  std::unique_ptr<io::Listener> listener_;
  std::map<std::uint64_t, std::unique_ptr<Link>> links_;
  std::uint64_t connections_ = 0;
  std::uint64_t corrupted_ = 0;
};

}  // namespace seed::sim

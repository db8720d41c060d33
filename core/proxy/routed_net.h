// RoutedNet: io::Net that is now one network, now another: the system's, or that behind a proxy.
// What it has made stays with the one that made it.
#pragma once

#include <memory>

#include "core/io/net.h"

namespace seed::proxy {

class RoutedNet final : public io::Net {
 public:
  /// Whatever it is set to outlives it.
  explicit RoutedNet(io::Net& first) : net_(&first) {}

  /// Of what is made from now on.
  void set(io::Net& net) { net_ = &net; }

  Result<std::unique_ptr<io::Stream>> dial(const Endpoint& to, const io::DialOptions& options,
                                           io::StreamOwner& owner) override {
    return net_->dial(to, options, owner);
  }
  Result<std::unique_ptr<io::Listener>> listen(const Endpoint& at,
                                               io::ListenerOwner& owner) override {
    return net_->listen(at, owner);
  }
  Result<std::unique_ptr<io::UdpSocket>> open_udp(const Endpoint& at,
                                                  io::UdpSocketOwner& owner) override {
    return net_->open_udp(at, owner);
  }
  Result<std::unique_ptr<io::UdpSocket>> open_group(const Endpoint& group,
                                                    const io::DialOptions& options,
                                                    io::UdpSocketOwner& owner) override {
    return net_->open_group(group, options, owner);
  }

 private:
  io::Net* net_;
};

}  // namespace seed::proxy

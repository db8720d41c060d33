// Net: makes TCP streams, listeners and UDP sockets, and lends them the buffers they read into.
#pragma once

#include <memory>

#include "core/io/net.h"
#include "core/uv/loop.h"
#include "core/uv/uplink.h"

namespace seed::uv {

class Net final : public io::Net {
 public:
  /// `uplink`: what all sockets are held to; nullptr: they go as the system wants.
  explicit Net(Loop& loop, Uplink* uplink = nullptr);

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
  Loop& loop_;
  Uplink* uplink_;
  // Not zeroed, so that the system gives only the pages that are used.
  std::unique_ptr<std::uint8_t[]> read_buffer_;
  std::unique_ptr<std::uint8_t[]> datagram_buffer_;
};

}  // namespace seed::uv

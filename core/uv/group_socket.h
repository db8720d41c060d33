// GroupSocket: a socket in a multicast group, on every interface that can have one.
//
// It is bound to the group's address, so that it hears nothing but what was sent to the group: what
// comes from beyond the local network has another destination. Interfaces that came later are
// joined when something is sent; who has gone from the machine is left out.
#pragma once

#include <memory>
#include <vector>

#include "core/io/net.h"
#include "core/uv/handle.h"
#include "core/uv/loop.h"
#include "core/uv/sockets.h"
#include "core/uv/uplink.h"

namespace seed::uv {

class GroupSocket final : public io::UdpSocket {
 public:
  /// As UdpSocket::open; `options.source` chooses the one interface that has that address. While
  /// the uplink names one, only that is joined and sent from.
  static Result<std::unique_ptr<io::UdpSocket>> open(Loop& loop, Uplink* uplink,
                                                     MutableBytes buffer, const Endpoint& group,
                                                     const io::DialOptions& options,
                                                     io::UdpSocketOwner& owner);
  /// From every interface, if `to` is the group. Fault: none of them took it.
  Result<void> send(Bytes datagram, const Endpoint& to) override;
  Endpoint local() const override { return group_; }

 private:
  using UdpHandle = Handle<GroupSocket, uv_udp_t>;

  GroupSocket(Loop& loop, Uplink* uplink, MutableBytes buffer, const Endpoint& group,
              const io::DialOptions& options, io::UdpSocketOwner& owner)
      : loop_(loop),
        uplink_(uplink),
        buffer_(buffer),
        group_(group),
        options_(options),
        owner_(owner),
        tie_(this, &GroupSocket::on_cut) {}
  Result<void> start();
  /// Joins on the interfaces there are; returns their numbers.
  std::vector<unsigned> join() const;
  bool send_from(unsigned interface) const;
  static void on_cut(void* self);
  static void on_alloc(uv_handle_t* handle, std::size_t, uv_buf_t* buffer) noexcept;
  static void on_received(uv_udp_t* udp, ssize_t count, const uv_buf_t* buffer,
                          const sockaddr* from, unsigned flags) noexcept;

  Loop& loop_;
  Uplink* uplink_;
  MutableBytes buffer_;
  Endpoint group_;
  io::DialOptions options_;
  io::UdpSocketOwner& owner_;
  int descriptor_ = -1;  ///< the handle's
  UdpHandle handle_;
  UplinkTie tie_;
  bool cut_ = false;
};

}  // namespace seed::uv

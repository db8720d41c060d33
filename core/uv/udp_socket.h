// UdpSocket: datagrams in by recvmmsg, several at a system call; out at once or not at all.
//
// libuv takes at most 51 datagrams at one wake, which is below limits::datagrams_per_wake_max.
#pragma once

#include <memory>

#include "core/io/net.h"
#include "core/uv/handle.h"
#include "core/uv/loop.h"
#include "core/uv/uplink.h"

namespace seed::uv {

/// libuv cuts the buffer into pieces of 64 KiB, one a datagram, and uses at most 20.
inline constexpr std::size_t datagram_buffer_bytes = 20 * 64 * 1024;

class UdpSocket final : public io::UdpSocket {
 public:
  /// `buffer` has datagram_buffer_bytes and outlives the socket; `uplink`: as Net has it. A socket
  /// that is cut sends and hears nothing any more.
  static Result<std::unique_ptr<io::UdpSocket>> open(Loop& loop, Uplink* uplink,
                                                     MutableBytes buffer, const Endpoint& at,
                                                     io::UdpSocketOwner& owner);
  Result<void> send(Bytes datagram, const Endpoint& to) override;
  Endpoint local() const override { return local_; }

 private:
  using UdpHandle = Handle<UdpSocket, uv_udp_t>;

  UdpSocket(Loop& loop, Uplink* uplink, MutableBytes buffer, io::UdpSocketOwner& owner)
      : loop_(loop),
        uplink_(uplink),
        buffer_(buffer),
        owner_(owner),
        tie_(this, &UdpSocket::on_cut) {}
  Result<void> start(const Endpoint& at);
  static void on_alloc(uv_handle_t* handle, std::size_t, uv_buf_t* buffer) noexcept;
  static void on_cut(void* self);
  static void on_received(uv_udp_t* udp, ssize_t count, const uv_buf_t* buffer,
                          const sockaddr* from, unsigned flags) noexcept;

  Loop& loop_;
  Uplink* uplink_;
  MutableBytes buffer_;
  io::UdpSocketOwner& owner_;
  Endpoint local_;
  UdpHandle handle_;
  UplinkTie tie_;
  bool cut_ = false;
};

}  // namespace seed::uv

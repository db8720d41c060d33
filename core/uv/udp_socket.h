// UdpSocket: datagrams in, many at a system call; out at once or not at all.
//
// The socket is ours and libuv only says when it can be read: libuv's own uv_udp_t reads no more
// than 20 datagrams at a call and cannot tell those apart that the system hands over as one
// (UDP_GRO), nor send a run as one (UDP_SEGMENT): 40 packets of uTP are one call instead of 40.
// Datagrams may be cut into fragments on their way, but for those by which uTP looks for the path's
// MTU: what the system believes of it is not asked.
//
// Bounds: limits::datagrams_per_wake_max, and what has been taken from the system with the last of
// them: at most messages_max times 64 KiB.
#pragma once

#include <memory>

#include "core/io/net.h"
#include "core/uv/handle.h"
#include "core/uv/loop.h"
#include "core/uv/sockets.h"
#include "core/uv/uplink.h"

namespace seed::uv {

/// Taken from the system at a call; each may hold many datagrams of one size (UDP_GRO).
inline constexpr std::size_t messages_max = 16;
inline constexpr std::size_t message_bytes_max = 64 * 1024;
inline constexpr std::size_t datagram_buffer_bytes = messages_max * message_bytes_max;

class UdpSocket final : public io::UdpSocket {
 public:
  /// `buffer` has datagram_buffer_bytes and outlives the socket; `uplink`: as Net has it. A socket
  /// that is cut sends and hears nothing any more.
  static Result<std::unique_ptr<io::UdpSocket>> open(Loop& loop, Uplink* uplink,
                                                     MutableBytes buffer, const Endpoint& at,
                                                     io::UdpSocketOwner& owner);
  Result<void> send(Bytes datagram, const Endpoint& to) override;
  Result<void> send_whole(Bytes datagram, const Endpoint& to) override;
  Result<void> send_run(std::span<const Bytes> datagrams, const Endpoint& to) override;
  Endpoint local() const override { return local_; }

 private:
  using PollHandle = Handle<UdpSocket, uv_poll_t>;

  UdpSocket(Loop& loop, Uplink* uplink, MutableBytes buffer, io::UdpSocketOwner& owner)
      : loop_(loop),
        uplink_(uplink),
        buffer_(buffer),
        owner_(owner),
        tie_(this, &UdpSocket::on_cut) {}
  Result<void> start(const Endpoint& at);
  Result<void> send_segments(std::span<const Bytes> datagrams, const Endpoint& to);
  static void on_readable(uv_poll_t* poll, int status, int events) noexcept;
  static void on_cut(void* self);

  Loop& loop_;
  Uplink* uplink_;
  MutableBytes buffer_;
  io::UdpSocketOwner& owner_;
  Endpoint local_;
  bool segments_ = true;  ///< until the system refuses
  bool cut_ = false;
  Descriptor socket_;  ///< before the handle, which goes first
  PollHandle handle_;
  UplinkTie tie_;
};

}  // namespace seed::uv

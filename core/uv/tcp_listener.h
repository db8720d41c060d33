// TcpListener: accepts connections on one port.
//
// Accepts by itself rather than through uv_listen, which drops connections when file descriptors
// run out and may spin. Here accepting pauses for accept_pause, and the owner hears of it once.
#pragma once

#include <memory>

#include "core/io/net.h"
#include "core/uv/handle.h"
#include "core/uv/loop.h"
#include "core/uv/sockets.h"
#include "core/uv/uplink.h"

namespace seed::uv {

/// After the system had no file descriptor for us; connections wait in its backlog meanwhile.
inline constexpr Duration accept_pause = 1s;
/// Connections taken at one wake; the rest: next turn.
inline constexpr int accepts_per_wake_max = 64;

class TcpListener final : public io::Listener {
 public:
  /// `uplink`: as Net has it. A listener that is cut hears nobody any more. Where sources alone are
  /// looked at, nobody is let in to whom the system would answer by another way: it answers before
  /// we hear of him, so Fault unreachable unless the uplink leads to all the world.
  static Result<std::unique_ptr<io::Listener>> open(Loop& loop, Uplink* uplink,
                                                    MutableBytes read_buffer, const Endpoint& at,
                                                    io::ListenerOwner& owner);
  Endpoint local() const override { return local_; }

 private:
  TcpListener(Loop& loop, Uplink* uplink, MutableBytes read_buffer, io::ListenerOwner& owner)
      : loop_(loop),
        uplink_(uplink),
        read_buffer_(read_buffer),
        owner_(owner),
        tie_(this, &TcpListener::on_cut) {}
  Result<void> start(const Endpoint& at);
  static void on_ready(uv_poll_t* poll, int status, int events) noexcept;
  static void on_pause_over(uv_timer_t* timer) noexcept;
  static void on_cut(void* self);
  Descriptor take(Endpoint& from) const;
  void accept_some();
  void pause(int error);

  Loop& loop_;
  Uplink* uplink_;
  MutableBytes read_buffer_;
  io::ListenerOwner& owner_;
  Endpoint local_;
  // In this order: the socket is closed after the handles have let go of it.
  Descriptor socket_;
  Handle<TcpListener, uv_timer_t> timer_;
  Handle<TcpListener, uv_poll_t> poll_;
  UplinkTie tie_;
  bool fault_told_ = false;
  bool cut_ = false;
};

}  // namespace seed::uv

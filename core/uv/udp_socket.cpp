#include "core/uv/udp_socket.h"

#include <fmt/format.h>

#include "core/uv/sockets.h"

namespace seed::uv {

Result<std::unique_ptr<io::UdpSocket>> UdpSocket::open(Loop& loop, Uplink* uplink,
                                                       MutableBytes buffer, const Endpoint& at,
                                                       io::UdpSocketOwner& owner) {
  std::unique_ptr<UdpSocket> socket(new UdpSocket(loop, uplink, buffer, owner));
  SEED_TRY_VOID(socket->start(at));
  return socket;
}

Result<void> UdpSocket::start(const Endpoint& at) {
  const SocketAddress address(at);
  int status = handle_.open(*this, [&](uv_udp_t* udp) {
    return uv_udp_init_ex(loop_.uv(), udp,
                          static_cast<unsigned>(address.family()) | UV_UDP_RECVMMSG);
  });
  int descriptor = -1;
  if (status == 0) status = uv_fileno(handle_.as<uv_handle_t>(), &descriptor);
  IpAddress source = at.address;
  if (status == 0) {
    SEED_TRY(source, hold(uplink_, descriptor, at.address));
    status = uv_udp_bind(handle_.uv(), SocketAddress({source, at.port}).get(),
                         address.family() == AF_INET6 ? UV_UDP_IPV6ONLY : 0);
  }
  if (status == 0) status = uv_udp_recv_start(handle_.uv(), &on_alloc, &on_received);
  if (status != 0)
    return std::unexpected(
        fault_from_uv(status, fmt::format("cannot open UDP port {}", at.to_string())));
  local_ = local_endpoint(descriptor);
  tie_.tie(uplink_, at.address);
  return {};
}

void UdpSocket::on_cut(void* context) {
  auto& self = *static_cast<UdpSocket*>(context);
  self.cut_ = true;
  uv_udp_recv_stop(self.handle_.uv());
}

Result<void> UdpSocket::send(Bytes datagram, const Endpoint& to) {
  if (cut_) return fail(FaultCode::cut_off, "the interface that it went over is no more");
  auto* begin = reinterpret_cast<char*>(const_cast<std::uint8_t*>(datagram.data()));
  const uv_buf_t buffer = uv_buf_init(begin, static_cast<unsigned>(datagram.size()));
  const int status = uv_udp_try_send(handle_.uv(), &buffer, 1, SocketAddress(to).get());
  if (status < 0)
    return std::unexpected(fault_from_uv(status, fmt::format("cannot send to {}", to.to_string())));
  return {};
}

void UdpSocket::on_alloc(uv_handle_t* handle, std::size_t, uv_buf_t* buffer) noexcept {
  auto& box = UdpHandle::box_of(handle);
  *buffer = uv_buf_init(nullptr, 0);
  if (box.owner == nullptr) return;
  const MutableBytes shared = box.owner->buffer_;
  *buffer =
      uv_buf_init(reinterpret_cast<char*>(shared.data()), static_cast<unsigned>(shared.size()));
}

void UdpSocket::on_received(uv_udp_t* udp, ssize_t count, const uv_buf_t* buffer,
                            const sockaddr* from, unsigned flags) noexcept {
  auto& box = UdpHandle::box_of(udp);
  // Without an address: an error that some ICMP brought, or libuv giving the buffer back. A part of
  // a datagram is worth nothing.
  if (box.owner == nullptr || from == nullptr || count < 0 || (flags & UV_UDP_PARTIAL) != 0) return;
  const Loop::Entry entry(box.owner->loop_, Work::udp);
  box.owner->owner_.on_datagram(
      {reinterpret_cast<std::uint8_t*>(buffer->base), static_cast<std::size_t>(count)},
      endpoint_of(from));
}

}  // namespace seed::uv

#include "core/uv/net.h"

#include "core/base/limits.h"
#include "core/uv/group_socket.h"
#include "core/uv/tcp_listener.h"
#include "core/uv/tcp_stream.h"
#include "core/uv/udp_socket.h"

namespace seed::uv {

Net::Net(Loop& loop, Uplink* uplink)
    : loop_(loop),
      uplink_(uplink),
      read_buffer_(new std::uint8_t[limits::read_buffer_bytes]),
      datagram_buffer_(new std::uint8_t[datagram_buffer_bytes]) {}

Result<std::unique_ptr<io::Stream>> Net::dial(const Endpoint& to, const io::DialOptions& options,
                                              io::StreamOwner& owner) {
  return TcpStream::dial(loop_, uplink_, {read_buffer_.get(), limits::read_buffer_bytes}, to,
                         options, owner);
}

Result<std::unique_ptr<io::Listener>> Net::listen(const Endpoint& at, io::ListenerOwner& owner) {
  return TcpListener::open(loop_, uplink_, {read_buffer_.get(), limits::read_buffer_bytes}, at,
                           owner);
}

Result<std::unique_ptr<io::UdpSocket>> Net::open_udp(const Endpoint& at,
                                                     io::UdpSocketOwner& owner) {
  return UdpSocket::open(loop_, uplink_, {datagram_buffer_.get(), datagram_buffer_bytes}, at,
                         owner);
}

Result<std::unique_ptr<io::UdpSocket>> Net::open_group(const Endpoint& group,
                                                       const io::DialOptions& options,
                                                       io::UdpSocketOwner& owner) {
  return GroupSocket::open(loop_, uplink_, {datagram_buffer_.get(), datagram_buffer_bytes}, group,
                           options, owner);
}

}  // namespace seed::uv

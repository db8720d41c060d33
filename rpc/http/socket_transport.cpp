#include "rpc/http/socket_transport.h"

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>

namespace seed::rpc {

namespace {

IoNeed need_of(int system_error, IoNeed otherwise) {
  return system_error == EAGAIN || system_error == EWOULDBLOCK ? otherwise : IoNeed::gone;
}

}  // namespace

Moved SocketTransport::receive(char* to, std::size_t size) {
  while (true) {
    const ssize_t got = ::recv(socket_, to, size, MSG_DONTWAIT);
    if (got > 0) return {static_cast<std::size_t>(got)};
    if (got == 0) return {0, IoNeed::gone};
    if (errno != EINTR) return {0, need_of(errno, IoNeed::readable)};
  }
}

Moved SocketTransport::send(std::string_view from) {
  while (true) {
    const ssize_t sent = ::send(socket_, from.data(), from.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) return {static_cast<std::size_t>(sent)};
    if (errno != EINTR) return {0, need_of(errno, IoNeed::writable)};
  }
}

std::size_t SocketTransport::come() const {
  int in_kernel = 0;
  return ::ioctl(socket_, FIONREAD, &in_kernel) == 0 ? static_cast<std::size_t>(in_kernel) : 0;
}

void SocketTransport::finish() { ::shutdown(socket_, SHUT_WR); }

}  // namespace seed::rpc

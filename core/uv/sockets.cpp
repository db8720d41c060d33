#include "core/uv/sockets.h"

#include <fmt/format.h>
#include <unistd.h>
#include <uv.h>

#include <cstring>
#include <utility>

namespace seed::uv {

SocketAddress::SocketAddress(const Endpoint& endpoint) {
  const Bytes octets = endpoint.address.octets();
  if (endpoint.address.is_v4()) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(storage_);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(endpoint.port);
    std::memcpy(&v4.sin_addr, octets.data(), 4);
    size_ = sizeof v4;
  } else {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(storage_);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(endpoint.port);
    std::memcpy(&v6.sin6_addr, octets.data(), 16);
    size_ = sizeof v6;
  }
}

Endpoint endpoint_of(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, address, sizeof v4);
    return {IpAddress::v4(ntohl(v4.sin_addr.s_addr)), ntohs(v4.sin_port)};
  }
  if (address->sa_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, address, sizeof v6);
    return {*IpAddress::from_octets(v6.sin6_addr.s6_addr), ntohs(v6.sin6_port)};
  }
  return {};
}

Endpoint local_endpoint(int descriptor) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (getsockname(descriptor, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return {};
  return endpoint_of(reinterpret_cast<const sockaddr*>(&storage));
}

bool hold_to_device(int descriptor, std::string_view interface) {
  return setsockopt(descriptor, SOL_SOCKET, SO_BINDTODEVICE, interface.data(),
                    static_cast<socklen_t>(interface.size())) == 0;
}

Fault fault_from_uv(int status, std::string_view doing) {
  if (status == UV_EOF) return {FaultCode::closed, 0, fmt::format("{}: closed by the peer", doing)};
  // UV_EAI_* and UV_EOF lie outside of errno's range.
  if (status <= -3000)
    return {FaultCode::unreachable, 0, fmt::format("{}: {}", doing, uv_strerror(status))};
  return fault_from_errno(-status, doing);
}

Descriptor::~Descriptor() {
  if (value_ >= 0) ::close(value_);
}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (value_ >= 0) ::close(value_);
  value_ = other.release();
  return *this;
}

int Descriptor::release() { return std::exchange(value_, -1); }

}  // namespace seed::uv

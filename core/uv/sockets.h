// Sockets: what all network adapters need: addresses for the system, faults out of libuv's codes.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <string_view>

#include "core/base/endpoint.h"
#include "core/base/result.h"

namespace seed::uv {

/// An Endpoint as the system wants it.
class SocketAddress {
 public:
  explicit SocketAddress(const Endpoint& endpoint);
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage_); }
  socklen_t size() const { return size_; }
  int family() const { return storage_.ss_family; }

 private:
  sockaddr_storage storage_{};
  socklen_t size_ = 0;
};

/// 0.0.0.0:0 for a family that is neither IPv4 nor IPv6.
Endpoint endpoint_of(const sockaddr* address);
/// Where the socket is bound; 0.0.0.0:0 when the system does not say.
Endpoint local_endpoint(int descriptor);

/// False: the system has not, or refuses it; errno says why.
template <typename Value>
bool set_option(int descriptor, int level, int option, const Value& value) {
  return setsockopt(descriptor, level, option, &value, sizeof value) == 0;
}

/// What the socket sends and receives goes over that interface or nowhere; as set_option. For who
/// is not root: of a socket that is not held yet, since Linux 5.7.
bool hold_to_device(int descriptor, std::string_view interface);

/// The Fault for one of libuv's negative codes; `doing` names what was tried.
Fault fault_from_uv(int status, std::string_view doing);

/// Closes a file descriptor when it goes out of scope.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int descriptor) : value_(descriptor) {}
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept : value_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept;

  int get() const { return value_; }
  bool ok() const { return value_ >= 0; }
  int release();

 private:
  int value_ = -1;
};

}  // namespace seed::uv

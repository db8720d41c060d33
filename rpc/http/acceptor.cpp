#include "rpc/http/acceptor.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "core/base/endpoint.h"

namespace seed::rpc {

namespace {

constexpr std::string_view unix_prefix = "unix:";
/// Connections waiting to be accepted; SOMAXCONN of older systems.
constexpr int backlog = 128;

SocketName name_of(const sockaddr_storage& from) {
  char text[INET6_ADDRSTRLEN] = {};
  if (from.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &from, sizeof v4);
    inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
    return {text, ntohs(v4.sin_port)};
  }
  if (from.ss_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &from, sizeof v6);
    inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
    return {text, ntohs(v6.sin6_port)};
  }
  return {};
}

/// The system's form of an address; its length.
socklen_t fill(sockaddr_storage& out, const IpAddress& ip, std::uint16_t port) {
  if (ip.is_v4()) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&v4.sin_addr, ip.octets().data(), 4);
    std::memcpy(&out, &v4, sizeof v4);
    return sizeof v4;
  }
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  std::memcpy(&v6.sin6_addr, ip.octets().data(), 16);
  std::memcpy(&out, &v6, sizeof v6);
  return sizeof v6;
}

/// False: the path is too long for a socket.
bool fill(sockaddr_un& out, const std::string& path) {
  out.sun_family = AF_UNIX;
  if (path.size() >= sizeof out.sun_path) return false;
  std::memcpy(out.sun_path, path.c_str(), path.size() + 1);
  return true;
}

int stream_socket(int family) {
  return ::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/// Whether somebody listens on the socket file; if nobody does, it is left over and goes.
bool take_socket_file(const std::string& path, const sockaddr_un& address) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) return true;
  const int probe = stream_socket(AF_UNIX);
  if (probe < 0) return false;
  // Only a refusal says that nobody listens: a full queue or a want of descriptors does not.
  const bool refused =
      ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
      errno == ECONNREFUSED;
  ::close(probe);
  if (!refused) return false;
  ::unlink(path.c_str());
  return true;
}

SocketName local_name(int socket) {
  sockaddr_storage name{};
  socklen_t length = sizeof name;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&name), &length) != 0) return {};
  return name_of(name);
}

}  // namespace

Result<void> Acceptor::listen_on_ip(const HttpBinding& binding) {
  const auto doing =
      fmt::format("cannot listen for RPC on {} port {}", binding.address, binding.port);
  const auto ip = IpAddress::parse(binding.address);
  if (!ip) return std::unexpected(fault_from_errno(EADDRNOTAVAIL, doing));
  sockaddr_storage name{};
  const socklen_t length = fill(name, *ip, binding.port);
  socket_ = stream_socket(name.ss_family);
  if (socket_ < 0) return std::unexpected(fault_from_errno(errno, doing));
  // No SO_REUSEPORT, by which two daemons would share a port.
  const int on = 1;
  ::setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  // :: serves IPv4 as well.
  const int off = 0;
  if (ip->is_v6()) ::setsockopt(socket_, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  if (::bind(socket_, reinterpret_cast<const sockaddr*>(&name), length) != 0 ||
      ::listen(socket_, backlog) != 0)
    return std::unexpected(fault_from_errno(errno, doing));
  port_ = static_cast<std::uint16_t>(local_name(socket_).port);
  return {};
}

Result<void> Acceptor::listen_on_path(const std::string& path, std::uint32_t mode) {
  const auto doing = fmt::format("cannot listen for RPC on {}", path);
  sockaddr_un name{};
  if (!fill(name, path)) return std::unexpected(fault_from_errno(ENAMETOOLONG, doing));
  if (!take_socket_file(path, name)) return std::unexpected(fault_from_errno(EADDRINUSE, doing));
  socket_ = stream_socket(AF_UNIX);
  if (socket_ < 0) return std::unexpected(fault_from_errno(errno, doing));
  // Linux gives the socket's file the permissions that the socket has at bind().
  ::fchmod(socket_, mode);
  if (::bind(socket_, reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0)
    return std::unexpected(fault_from_errno(errno, doing));
  path_ = path;
  if (::chmod(path.c_str(), mode) != 0 || ::listen(socket_, backlog) != 0)
    return std::unexpected(fault_from_errno(errno, doing));
  return {};
}

bool is_unix_socket(const HttpBinding& binding) { return binding.address.starts_with(unix_prefix); }

Result<void> Acceptor::listen(const HttpBinding& binding) {
  const auto listening =
      is_unix_socket(binding)
          ? listen_on_path(binding.address.substr(unix_prefix.size()), binding.socket_mode)
          : listen_on_ip(binding);
  if (!listening) close();
  return listening;
}

void Acceptor::close() {
  if (const int closing = std::exchange(socket_, -1); closing >= 0) ::close(closing);
  if (!path_.empty()) ::unlink(path_.c_str());
  path_.clear();
  port_ = 0;
}

std::expected<Accepted, int> Acceptor::accept() const {
  sockaddr_storage from{};
  socklen_t length = sizeof from;
  Descriptor client(::accept4(socket_, reinterpret_cast<sockaddr*>(&from), &length,
                              SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!client.ok()) return std::unexpected(errno);
  const int on = 1;
  if (from.ss_family != AF_UNIX)
    ::setsockopt(client.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return Accepted{std::move(client), name_of(from)};
}

}  // namespace seed::rpc

// Acceptor: the socket that RPC clients connect to.
#pragma once

#include <cstdint>
#include <expected>
#include <string>

#include "core/base/result.h"
#include "rpc/http/descriptor.h"

namespace seed::rpc {

struct HttpBinding {
  std::string address;               ///< an IP address, or "unix:/path"
  std::uint16_t port = 0;            ///< 0: any free one; not for unix sockets
  std::uint32_t socket_mode = 0750;  ///< permissions of a unix socket's file
};

bool is_unix_socket(const HttpBinding& binding);

/// One end of a connection.
struct SocketName {
  std::string address;  ///< "192.0.2.1"; "" on a unix socket
  int port = 0;
};

/// Somebody who has connected.
struct Accepted {
  Descriptor socket;
  SocketName peer;
};

class Acceptor {
 public:
  Acceptor() = default;
  ~Acceptor() { close(); }
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

  /// Clients may connect from now on. The fault says which address and why.
  Result<void> listen(const HttpBinding& binding);
  /// May be called twice.
  void close();
  /// The listening one, to be waited for; -1 if there is none.
  int socket() const { return socket_; }
  /// The next client, whose socket is the caller's and does not block; or the system's error,
  /// EAGAIN when there is none. Does not wait.
  std::expected<Accepted, int> accept() const;
  /// The port in use; 0 on a unix socket or when not listening.
  std::uint16_t port() const { return port_; }

 private:
  Result<void> listen_on_ip(const HttpBinding& binding);
  Result<void> listen_on_path(const std::string& path, std::uint32_t mode);

  int socket_ = -1;
  std::string path_;  ///< of the unix socket's file
  std::uint16_t port_ = 0;
};

}  // namespace seed::rpc

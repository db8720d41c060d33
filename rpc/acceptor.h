// Acceptor: the socket that RPC clients connect to, and the thread that takes them from it.
//
// Nothing that goes wrong with one client or for want of descriptors or memory ends it: it waits
// a moment and goes on.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <thread>

#include "core/base/result.h"

namespace seed::rpc {

struct HttpBinding {
  std::string address;               ///< an IP address, or "unix:/path"
  std::uint16_t port = 0;            ///< 0: any free one; not for unix sockets
  std::uint32_t socket_mode = 0750;  ///< permissions of a unix socket's file
};

/// One end of a connection.
struct SocketName {
  std::string address;  ///< "192.0.2.1"; "" on a unix socket
  int port = 0;
};

class Acceptor {
 public:
  /// On the acceptor's thread; the descriptor is the callee's.
  using Taken = std::function<void(int socket, SocketName peer)>;

  Acceptor() = default;
  ~Acceptor();
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

  /// Listens and accepts from now on. The fault says which address and why.
  Result<void> start(const HttpBinding& binding, Taken taken);
  /// Takes no more and ends the thread. May be called twice.
  void stop();
  /// The port in use; 0 on a unix socket or when not started.
  std::uint16_t port() const { return port_; }

 private:
  Result<void> listen_on_ip(const HttpBinding& binding);
  Result<void> listen_on_path(const std::string& path, std::uint32_t mode);
  void accept_until_stopped();
  /// False: stopped.
  bool wait(int timeout_ms, bool for_client);

  Taken taken_;
  std::thread thread_;
  int socket_ = -1;
  int wake_ = -1;
  std::string path_;  ///< of the unix socket's file
  std::uint16_t port_ = 0;
};

/// The name of this end of a connected socket.
SocketName local_name(int socket);

}  // namespace seed::rpc

// SocketTransport: a client's octets as they come, on a connected socket that does not block.
#pragma once

#include "rpc/http/transport.h"

namespace seed::rpc {

class SocketTransport final : public Transport {
 public:
  /// `socket` outlives it and is closed by others.
  explicit SocketTransport(int socket) : socket_(socket) {}

  IoNeed hand_shake() override { return IoNeed::nothing; }
  Moved receive(char* to, std::size_t size) override;
  Moved send(std::string_view from) override;
  std::size_t come() const override;
  void finish() override;

 private:
  int socket_;
};

}  // namespace seed::rpc

// Transport: octets to and from one client, plain or through TLS. Never waits; who must, waits for
// the descriptor to become what `IoNeed` says.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace seed::rpc {

/// What has to be before more octets move.
enum class IoNeed : std::uint8_t {
  nothing,
  readable,
  writable,
  gone,  ///< the other end has, or cannot be understood: none will
};

struct Moved {
  std::size_t bytes = 0;          ///< if any, `need` is nothing
  IoNeed need = IoNeed::nothing;  ///< why it is none
};

class Transport {
 public:
  virtual ~Transport() = default;
  /// What is to be said before octets of the client's move; nothing when all is. To be called again
  /// when the need is met.
  virtual IoNeed hand_shake() = 0;
  /// At most `size`, which is not 0.
  virtual Moved receive(char* to, std::size_t size) = 0;
  /// The first octets of `from`, which is not empty.
  virtual Moved send(std::string_view from) = 0;
  /// Octets that have come and are not received, as far as is known.
  virtual std::size_t come() const = 0;
  /// Nothing more will be sent.
  virtual void finish() = 0;
};

}  // namespace seed::rpc

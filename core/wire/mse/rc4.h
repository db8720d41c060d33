// Rc4: the stream cipher of Message Stream Encryption, in place. It hides a protocol from machines
// that look for it; it keeps no secret from anybody who means it.
//
// RFC 6229 has its vectors. OpenSSL keeps RC4 in a provider that is off, so it is ours. One octet
// depends on the one before: 0.9 ns each, whatever is done (bench/micro.cpp).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/base/bytes.h"

namespace seed::wire::mse {

class Rc4 {
 public:
  /// `key` has 1 to 256 octets.
  explicit Rc4(Bytes key);

  /// Encrypts or decrypts the next octets of the stream, which is the same.
  void apply(MutableBytes data);
  /// Passes over the next `count` octets of the stream.
  void discard(std::size_t count);

 private:
  std::uint8_t next();

  std::array<std::uint8_t, 256> state_;
  std::uint8_t i_ = 0;
  std::uint8_t j_ = 0;
};

}  // namespace seed::wire::mse

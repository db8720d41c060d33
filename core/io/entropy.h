// Entropy: seeds for every Rng, and secrets.
#pragma once

#include <cstdint>

#include "core/base/bytes.h"

namespace seed::io {

class Entropy {
 public:
  virtual ~Entropy() = default;
  /// Fills `out` with octets nobody can guess.
  virtual void fill(MutableBytes out) = 0;
  std::uint64_t seed() {
    std::uint8_t octets[8];
    fill(octets);
    return ByteReader(octets).u64();
  }
};

}  // namespace seed::io

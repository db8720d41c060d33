// KeyedHash: SipHash-2-4 (Aumasson and Bernstein, 2012), a short hash that nobody can foretell
// without its key.
//
// For connection ids, which others must not be able to make, and for tables whose keys others
// choose, which they must not be able to make collide.
#pragma once

#include <array>
#include <cstdint>

#include "core/base/bytes.h"

namespace seed::trackerd {

class KeyedHash {
 public:
  /// From entropy.
  using Key = std::array<std::uint8_t, 16>;

  explicit KeyedHash(const Key& key);
  std::uint64_t operator()(Bytes text) const;

 private:
  std::uint64_t low_;
  std::uint64_t high_;
};

}  // namespace seed::trackerd

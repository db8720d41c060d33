// Entropy: getrandom(2).
#pragma once

#include "core/io/entropy.h"

namespace seed::uv {

class Entropy final : public io::Entropy {
 public:
  /// Aborts when the system has no randomness: there is no safe way on.
  void fill(MutableBytes out) override;
};

}  // namespace seed::uv

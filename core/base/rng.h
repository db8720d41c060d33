// Rng: our own small generator and distributions, so that one seed gives one run everywhere.
//
// xoshiro256** seeded by splitmix64 (Blackman and Vigna). Not for secrets: those come from
// io::Entropy. A machine takes an Rng forked from its parent's, so that one more peer does not
// shift another peer's dice (design, section 4).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/instant.h"

namespace seed {

class Rng {
 public:
  explicit Rng(std::uint64_t seed);

  std::uint64_t next();
  /// Uniform in [0, bound); 0 when bound is 0.
  std::uint64_t below(std::uint64_t bound);
  /// Uniform in [0, 1).
  double unit();
  /// Uniform in [low, high].
  Duration between(Duration low, Duration high);
  void fill(MutableBytes out);
  /// A generator of its own, independent of what this one gives next.
  Rng fork() { return Rng(next()); }

  template <typename T>
  void shuffle(std::vector<T>& items) {
    for (std::size_t i = items.size(); i > 1; --i)
      std::swap(items[i - 1], items[static_cast<std::size_t>(below(i))]);
  }

 private:
  std::array<std::uint64_t, 4> state_;
};

}  // namespace seed

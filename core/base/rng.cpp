#include "core/base/rng.h"

#include <bit>

namespace seed {
namespace {

__extension__ using Wide = unsigned __int128;

/// splitmix64: one step of it gives good state words even from seeds 0, 1, 2.
std::uint64_t splitmix64(std::uint64_t& state) {
  state += 0x9e3779b97f4a7c15ULL;
  std::uint64_t out = state;
  out = (out ^ (out >> 30)) * 0xbf58476d1ce4e5b9ULL;
  out = (out ^ (out >> 27)) * 0x94d049bb133111ebULL;
  return out ^ (out >> 31);
}

}  // namespace

Rng::Rng(std::uint64_t seed) : state_{} {
  for (auto& word : state_) word = splitmix64(seed);
}

std::uint64_t Rng::next() {
  const std::uint64_t out = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return out;
}

std::uint64_t Rng::below(std::uint64_t bound) {
  if (bound == 0) return 0;
  // The high word of a product is uniform once the 2^64 mod bound low words that are one too many
  // are thrown again.
  const std::uint64_t surplus = (0 - bound) % bound;
  for (;;) {
    const Wide product = static_cast<Wide>(next()) * bound;
    if (static_cast<std::uint64_t>(product) >= surplus)
      return static_cast<std::uint64_t>(product >> 64);
  }
}

double Rng::unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

Duration Rng::between(Duration low, Duration high) {
  if (high <= low) return low;
  const auto span =
      static_cast<std::uint64_t>(high.count()) - static_cast<std::uint64_t>(low.count());
  const std::uint64_t offset = span + 1 == 0 ? next() : below(span + 1);
  return Duration(static_cast<Duration::rep>(static_cast<std::uint64_t>(low.count()) + offset));
}

void Rng::fill(MutableBytes out) {
  while (!out.empty()) {
    std::uint64_t word = next();
    const std::size_t count = out.size() < 8 ? out.size() : 8;
    for (std::size_t i = 0; i < count; ++i, word >>= 8) out[i] = static_cast<std::uint8_t>(word);
    out = out.subspan(count);
  }
}

}  // namespace seed

#include "core/wire/mse/rc4.h"

#include <bit>
#include <cstring>
#include <utility>

#include "core/base/check.h"

namespace seed::wire::mse {
namespace {

using Word = std::uint64_t;

/// Where octet `k` of memory is in a word.
constexpr unsigned shift_of(unsigned k) {
  return 8 * (std::endian::native == std::endian::little ? k : sizeof(Word) - 1 - k);
}

}  // namespace

Rc4::Rc4(Bytes key) {
  SEED_CHECK(!key.empty() && key.size() <= state_.size());
  for (std::size_t i = 0; i < state_.size(); ++i) state_[i] = static_cast<std::uint8_t>(i);
  std::uint8_t j = 0;
  for (std::size_t i = 0; i < state_.size(); ++i) {
    j = static_cast<std::uint8_t>(j + state_[i] + key[i % key.size()]);
    std::swap(state_[i], state_[j]);
  }
}

inline std::uint8_t Rc4::next() {
  i_ = static_cast<std::uint8_t>(i_ + 1);
  const std::uint8_t x = state_[i_];
  j_ = static_cast<std::uint8_t>(j_ + x);
  const std::uint8_t y = state_[j_];
  state_[i_] = y;
  state_[j_] = x;
  return state_[static_cast<std::uint8_t>(x + y)];
}

// A word at a time: to read and to write the data for each octet costs a third more. The work is
// on a copy, for `data` could otherwise be the state itself, as far as the compiler knows.
void Rc4::apply(MutableBytes data) {
  Rc4 local = *this;
  while (data.size() >= sizeof(Word)) {
    Word stream = 0;
#pragma GCC unroll 8
    for (unsigned k = 0; k < sizeof(Word); ++k) stream |= Word{local.next()} << shift_of(k);
    Word word = 0;
    std::memcpy(&word, data.data(), sizeof word);
    word ^= stream;
    std::memcpy(data.data(), &word, sizeof word);
    data = data.subspan(sizeof word);
  }
  for (auto& octet : data) octet ^= local.next();
  *this = local;
}

void Rc4::discard(std::size_t count) {
  for (; count > 0; --count) next();
}

}  // namespace seed::wire::mse

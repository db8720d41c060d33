#include "core/trackerd/keyed_hash.h"

#include <bit>

namespace seed::trackerd {
namespace {

/// At most eight octets, the first the least.
std::uint64_t word_of(Bytes octets) {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < octets.size(); ++i)
    out |= static_cast<std::uint64_t>(octets[i]) << (8 * i);
  return out;
}

/// The four words of the paper's section 2, and their names.
struct State {
  std::uint64_t v0, v1, v2, v3;

  void round() {
    v0 += v1, v1 = std::rotl(v1, 13) ^ v0, v0 = std::rotl(v0, 32);
    v2 += v3, v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3, v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1, v1 = std::rotl(v1, 17) ^ v2, v2 = std::rotl(v2, 32);
  }
  void take(std::uint64_t word) {
    v3 ^= word;
    round(), round();
    v0 ^= word;
  }
};

}  // namespace

KeyedHash::KeyedHash(const Key& key)
    : low_(word_of(Bytes(key).first<8>())), high_(word_of(Bytes(key).last<8>())) {}

std::uint64_t KeyedHash::operator()(Bytes text) const {
  // "somepseudorandomlygeneratedbytes", so that the words differ even where the key is all zeros.
  State state{low_ ^ 0x736f6d6570736575, high_ ^ 0x646f72616e646f6d, low_ ^ 0x6c7967656e657261,
              high_ ^ 0x7465646279746573};
  const auto length = static_cast<std::uint64_t>(text.size()) << 56;
  for (; text.size() >= 8; text = text.subspan(8)) state.take(word_of(text.first<8>()));
  state.take(length | word_of(text));
  state.v2 ^= 0xff;
  for (int i = 0; i < 4; ++i) state.round();
  return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

}  // namespace seed::trackerd

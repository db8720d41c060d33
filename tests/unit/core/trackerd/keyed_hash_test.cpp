#include "core/trackerd/keyed_hash.h"

#include <numeric>

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::trackerd;

namespace {

/// 00 01 02 ..., as the authors' vectors have it.
KeyedHash::Key counting_key() {
  KeyedHash::Key key{};
  std::iota(key.begin(), key.end(), std::uint8_t{0});
  return key;
}
Buffer counting(std::size_t size) {
  Buffer out(size);
  std::iota(out.begin(), out.end(), std::uint8_t{0});
  return out;
}

}  // namespace

TEST_CASE("the hash is SipHash-2-4, by the vector of its paper and those of its authors' code") {
  const KeyedHash hash(counting_key());
  CHECK(hash(counting(15)) == 0xa129ca6149be45e5);  // the paper, appendix A
  CHECK(hash({}) == 0x726fdb47dd0e0e31);
  CHECK(hash(counting(1)) == 0x74f839c593dc67fd);
  CHECK(hash(counting(8)) == 0x93f5f5799a932462);
}

TEST_CASE("another key, and another text of the same octets and zeros, have another hash") {
  KeyedHash::Key other = counting_key();
  other[15] ^= 1;
  CHECK(KeyedHash(other)(counting(15)) != KeyedHash(counting_key())(counting(15)));
  CHECK(KeyedHash(other)(Buffer(7)) != KeyedHash(other)(Buffer(6)));
}

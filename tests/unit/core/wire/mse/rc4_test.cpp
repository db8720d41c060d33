#include "core/wire/mse/rc4.h"

#include <array>
#include <string>

#include "core/base/rng.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::wire::mse;

namespace {

std::string stream(const std::string& key, std::size_t offset) {
  Rc4 cipher(*from_hex(key));
  cipher.discard(offset);
  std::array<std::uint8_t, 16> out{};
  cipher.apply(out);
  return to_hex(out);
}

}  // namespace

TEST_CASE("the stream is that of RFC 6229") {
  const std::string key40 = "0102030405";
  const std::string key64 = "0102030405060708";
  const std::string key128 = "0102030405060708090a0b0c0d0e0f10";
  const std::string key256 = "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20";
  CHECK(stream(key40, 0) == "b2396305f03dc027ccc3524a0a1118a8");
  CHECK(stream(key40, 240) == "28cb1132c96ce286421dcaadb8b69eae");
  CHECK(stream(key40, 1024) == "30abbcc7c20b01609f23ee2d5f6bb7df");
  CHECK(stream(key40, 4096) == "ff25b58995996707e51fbdf08b34d875");
  CHECK(stream(key64, 0) == "97ab8a1bf0afb96132f2f67258da15a8");
  CHECK(stream(key64, 1520) == "1fe8986713f07c3d9ae1c163ff8cf9d3");
  CHECK(stream(key128, 0) == "9ac7cc9a609d1ef7b2932899cde41b97");
  CHECK(stream(key128, 1024) == "bdf0324e6083dcc6d3cedd3ca8c53c16");
  CHECK(stream(key128, 4096) == "a36a4c301ae8ac13610ccbc12256cacc");
  CHECK(stream(key256, 0) == "eaa6bd25880bf93d3f5d1e4ca2611d91");
  CHECK(stream(key256, 240) == "114ae344ded71b35f2e60febad727fd8");
  CHECK(stream("833222772a", 0) == "80ad97bdc973df8a2e879e92a497efda");
  CHECK(stream("c109163908ebe51debb46227c6cc8b37641910833222772a", 0) ==
        "54b64e6b5a20b5e2ec84593dc7989da7");
}

TEST_CASE("what is applied twice is as it was") {
  Buffer data = to_buffer("a stream cipher is its own inverse");
  const Buffer before = data;
  Rc4(as_bytes("key")).apply(data);
  CHECK(data != before);
  Rc4(as_bytes("key")).apply(data);
  CHECK(data == before);
}

TEST_CASE("the stream does not depend on how it is cut") {
  Rng rng(7);
  Buffer whole(5000);
  rng.fill(whole);
  Buffer cut = whole;
  Rc4(as_bytes("key")).apply(whole);
  Rc4 cipher(as_bytes("key"));
  for (MutableBytes rest = cut; !rest.empty();) {
    const std::size_t count = std::min<std::size_t>(rest.size(), rng.below(40));
    cipher.apply(rest.first(count));
    rest = rest.subspan(count);
  }
  CHECK(cut == whole);
}

TEST_CASE("a passed over octet is one of the stream") {
  Buffer all(600);
  Rc4(as_bytes("key")).apply(all);
  for (const std::size_t passed : {0, 1, 7, 255, 256, 599}) {
    Rc4 cipher(as_bytes("key"));
    cipher.discard(passed);
    Buffer rest(600 - passed);
    cipher.apply(rest);
    CHECK(equal(rest, Bytes(all).subspan(passed)));
  }
}

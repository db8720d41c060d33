#include "core/base/digest.h"

#include "core/base/rng.h"
#include "tests/support/catch.h"

namespace seed {
namespace {

constexpr std::string_view two_blocks = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";

TEST_CASE("SHA-1 of the examples of FIPS 180") {
  CHECK(sha1({}).hex() == "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  CHECK(sha1(as_bytes("abc")).hex() == "a9993e364706816aba3e25717850c26c9cd0d89d");
  CHECK(sha1(as_bytes(two_blocks)).hex() == "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
  const std::string million(1'000'000, 'a');
  CHECK(sha1(as_bytes(million)).hex() == "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
}

TEST_CASE("SHA-256 of the examples of FIPS 180") {
  CHECK(sha256({}).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256(as_bytes("abc")).hex() ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256(as_bytes(two_blocks)).hex() ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST_CASE("SHA-256 in parts of the examples of FIPS 180") {
  Sha256Hasher hasher;
  CHECK(hasher.finish() == sha256({}));
  for (const char letter : {'a', 'b', 'c'}) hasher.update(as_bytes({&letter, 1}));
  CHECK(hasher.finish().hex() ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const std::string thousand(1'000, 'a');
  for (int i = 0; i < 1'000; ++i) hasher.update(as_bytes(thousand));
  CHECK(hasher.finish().hex() ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("CRC-32C of its check value and of RFC 3720's examples") {
  CHECK(crc32c(as_bytes("123456789")) == 0xe3069283);
  CHECK(crc32c({}) == 0);
  CHECK(crc32c(Buffer(32, 0x00)) == 0x8a9136aa);
  CHECK(crc32c(Buffer(32, 0xff)) == 0x62a8ab43);
  Buffer rising(32);
  for (std::size_t i = 0; i < rising.size(); ++i) rising[i] = static_cast<std::uint8_t>(i);
  CHECK(crc32c(rising) == 0x46dd794e);
  CHECK(crc32c(*from_hex("624c14007bd50000")) == 0xec2d7224);  // BEP 40
  CHECK(crc32c(*from_hex("012c04d2")) == 0xae8b7034);          // BEP 40
}

template <typename Hasher, typename Digest>
void check_parts(Hasher hasher, Digest (*digest)(Bytes)) {
  Rng rng(6);
  for (int round = 0; round < 50; ++round) {
    Buffer input(static_cast<std::size_t>(rng.below(5000)));
    rng.fill(input);
    Bytes rest = input;
    while (!rest.empty()) {
      const auto count = static_cast<std::size_t>(1 + rng.below(rest.size()));
      hasher.update(rest.first(count));
      rest = rest.subspan(count);
    }
    if (round % 3 == 0) {
      Hasher moved = std::move(hasher);
      hasher = std::move(moved);
    }
    CHECK(hasher.finish() == digest(input));
  }
  CHECK(hasher.finish() == digest({}));
}

TEST_CASE("a hasher fed in parts agrees and starts anew") {
  check_parts(Sha1Hasher(), sha1);
  check_parts(Sha256Hasher(), sha256);
}

TEST_CASE("fixed bytes come from octets and digits of the right number only") {
  const auto hash = sha1(as_bytes("abc"));
  CHECK(Sha1::from(hash.bytes()) == hash);
  CHECK(Sha1::parse_hex(hash.hex()) == hash);
  CHECK_FALSE(Sha1::from(hash.bytes().first(19)));
  CHECK_FALSE(Sha1::parse_hex(hash.hex() + "00"));
  CHECK(Sha1{}.is_zero());
  CHECK_FALSE(hash.is_zero());
  CHECK(DigestHash{}(hash) != DigestHash{}(Sha1{}));
}

TEST_CASE("a torrent is known by either of its hashes") {
  const auto one = sha1(as_bytes("1"));
  const auto two = sha256(as_bytes("2"));
  const InfoHashes v1{one, {}};
  const InfoHashes v2{{}, two};
  const InfoHashes hybrid{one, two};
  CHECK(v1.short_hash() == one);
  CHECK(hybrid.short_hash() == one);
  CHECK(v2.short_hash().hex() == two.hex().substr(0, 40));
  CHECK(v1.same_torrent(hybrid));
  CHECK(hybrid.same_torrent(v2));
  CHECK_FALSE(v1.same_torrent(v2));
  CHECK_FALSE(InfoHashes{}.same_torrent(InfoHashes{}));
  CHECK_FALSE(v1.same_torrent({sha1({}), {}}));
}

}  // namespace
}  // namespace seed

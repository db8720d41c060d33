#include "core/base/ed25519.h"

#include "tests/support/catch.h"

using namespace seed;

namespace {

/// RFC 8032, 7.1.
struct Published {
  const char* seed;
  const char* key;
  const char* message;
  const char* signature;
};
const Published published[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b"
     "46bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11"
     "d8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc"
     "6594a7c15e9716ed28dc027beceea1ec40a"},
    {"833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
     "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3fee"
     "bbd454d4423643ce80e2a9ac94fa54ca49f",
     "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e"
     "0303dca179c138ac17ad9bef1177331a704"},
};

/// BEP 44, "Test Vectors".
const auto item_key =
    *Ed25519Key::parse_hex("77ff84905a91936367c01360803104f92432fcd904a43511876df5cdf3e7e548");
const std::string item_message = "3:seqi1e1:v12:Hello World!";
const std::string salted_message = "4:salt6:foobar" + item_message;
const auto item_signature = *Ed25519Signature::parse_hex(
    "305ac8aeb6c9c151fa120f120ea2cfb923564e11552d06a5d856091e5e853cff1260d3f39e4999684aa92eb73ffd13"
    "6"
    "e6f4f3ecbfda0ce53a1608ecd7ae21f01");
const auto salted_signature = *Ed25519Signature::parse_hex(
    "6834284b6b24c3204eb2fea824d82f88883a3d95e8b4a21b8c0ded553d17d17ddf9a8a7104b1258f30bed3787e6cb8"
    "9"
    "6fca78c58f8e03b5f18f14951a87d9a08");

}  // namespace

TEST_CASE("RFC 8032's vectors are signed as published, and verify") {
  for (const auto& vector : published) {
    CAPTURE(vector.message);
    const auto seed = *Ed25519Seed::parse_hex(vector.seed);
    const auto message = *from_hex(vector.message);
    CHECK(ed25519_public_key(seed).hex() == vector.key);
    const auto signature = ed25519_sign(seed, message);
    CHECK(signature.hex() == vector.signature);
    CHECK(ed25519_verify(*Ed25519Key::parse_hex(vector.key), message, signature));
  }
}

TEST_CASE("BEP 44's signatures verify, each over its own octets only") {
  CHECK(ed25519_verify(item_key, as_bytes(item_message), item_signature));
  CHECK(ed25519_verify(item_key, as_bytes(salted_message), salted_signature));
  CHECK_FALSE(ed25519_verify(item_key, as_bytes(item_message), salted_signature));
  CHECK_FALSE(ed25519_verify(item_key, as_bytes(salted_message), item_signature));
}

TEST_CASE("the first half of an expanded private key is no seed of that key") {
  // BEP 44 prints e06d3183... as the private key of 77ff8490...
  const auto half =
      *Ed25519Seed::parse_hex("e06d3183d14159228433ed599221b80bd0a5ce8352e4bdf0262f76786ef1c74d");
  CHECK(ed25519_public_key(half) != item_key);
  CHECK(ed25519_sign(half, as_bytes(item_message)) != item_signature);
}

TEST_CASE("one wrong bit anywhere fails") {
  const auto seed = *Ed25519Seed::parse_hex(published[0].seed);
  const auto key = ed25519_public_key(seed);
  const Buffer message = to_buffer("a message");
  const auto signature = ed25519_sign(seed, message);
  REQUIRE(ed25519_verify(key, message, signature));
  for (std::size_t at = 0; at < Ed25519Signature::size; ++at) {
    auto wrong = signature;
    wrong.octets[at] ^= 1;
    REQUIRE_FALSE(ed25519_verify(key, message, wrong));
  }
  for (std::size_t at = 0; at < Ed25519Key::size; ++at) {
    auto wrong = key;
    wrong.octets[at] ^= 1;
    REQUIRE_FALSE(ed25519_verify(wrong, message, signature));
  }
  for (std::size_t at = 0; at < message.size(); ++at) {
    auto wrong = message;
    wrong[at] ^= 1;
    REQUIRE_FALSE(ed25519_verify(key, wrong, signature));
  }
}

TEST_CASE("a signature whose second half is not below the order is refused") {
  // RFC 8032, 5.1.7: else anybody could make a second signature of each: s + L.
  const auto seed = *Ed25519Seed::parse_hex(published[1].seed);
  const auto message = *from_hex(published[1].message);
  auto signature = ed25519_sign(seed, message);
  // The order of the group, little-endian.
  const auto order = *from_hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  unsigned carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    carry += static_cast<unsigned>(signature.octets[32 + i]) + order[i];
    signature.octets[32 + i] = static_cast<std::uint8_t>(carry);
    carry >>= 8;
  }
  CHECK_FALSE(ed25519_verify(ed25519_public_key(seed), message, signature));
}

TEST_CASE("what is no point of the curve is no key") {
  Ed25519Key none;
  none.octets.fill(0xff);
  CHECK_FALSE(ed25519_verify(none, as_bytes("x"), item_signature));
  CHECK_FALSE(ed25519_verify(*Ed25519Key::parse_hex(std::string(62, '0') + "02"), {}, {}));
}

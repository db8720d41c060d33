#include "core/dht/item_signature.h"

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::dht;

namespace {

// BEP 44, "Test Vectors".
const auto key =
    *ItemKey::parse_hex("77ff84905a91936367c01360803104f92432fcd904a43511876df5cdf3e7e548");
const Buffer value = to_buffer("12:Hello World!");
const auto signature = *ItemSignature::parse_hex(
    "305ac8aeb6c9c151fa120f120ea2cfb923564e11552d06a5d856091e5e853cff1260d3f39e4999684aa92eb73ffd13"
    "6"
    "e6f4f3ecbfda0ce53a1608ecd7ae21f01");
const auto salted_signature = *ItemSignature::parse_hex(
    "6834284b6b24c3204eb2fea824d82f88883a3d95e8b4a21b8c0ded553d17d17ddf9a8a7104b1258f30bed3787e6cb8"
    "9"
    "6fca78c58f8e03b5f18f14951a87d9a08");

}  // namespace

TEST_CASE("BEP 44's octets are signed") {
  CHECK(as_text(signed_octets(value, {}, 1)) == "3:seqi1e1:v12:Hello World!");
  CHECK(as_text(signed_octets(value, as_bytes("foobar"), 1)) ==
        "4:salt6:foobar3:seqi1e1:v12:Hello World!");
}

TEST_CASE("BEP 44's mutable items are at their targets, and valid") {
  const Item item{value, MutablePart{key, {}, 1, signature}};
  CHECK(item.target().hex() == "4a533d47ec9c7d95b1ad75f576cffc641853b750");
  CHECK(signature_valid(item));
  const Item salted{value, MutablePart{key, to_buffer("foobar"), 1, salted_signature}};
  CHECK(salted.target().hex() == "411eba73b6f087ca51a3795d9c8c938d365e32c1");
  CHECK(signature_valid(salted));
}

TEST_CASE("a signature is over the value, the salt and the sequence number") {
  CHECK_FALSE(signature_valid({to_buffer("12:Hello world!"), MutablePart{key, {}, 1, signature}}));
  CHECK_FALSE(signature_valid({value, MutablePart{key, {}, 2, signature}}));
  CHECK_FALSE(signature_valid({value, MutablePart{key, to_buffer("foobar"), 1, signature}}));
  CHECK_FALSE(signature_valid({value, MutablePart{{}, {}, 1, signature}}));
}

TEST_CASE("an immutable item needs no signature") { CHECK(signature_valid({value, std::nullopt})); }

TEST_CASE("an item that was signed is valid") {
  Ed25519Seed seed;
  seed.octets.fill(7);
  const auto item = sign_item(value, as_bytes("salt"), 5, seed);
  CHECK(item.value == value);
  CHECK(item.changing->seq == 5);
  CHECK(item.changing->key == ed25519_public_key(seed));
  CHECK(signature_valid(item));
}

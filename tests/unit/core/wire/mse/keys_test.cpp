#include "core/wire/mse/keys.h"

#include <set>

#include "core/base/rng.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::wire::mse;

namespace {

// All of these by Python's pow() and hashlib.
const SecretBytes a = *SecretBytes::parse_hex("0102030405060708090a0b0c0d0e0f1011121314");
const SecretBytes b = *SecretBytes::parse_hex("f1e2d3c4b5a6978887968574635241302f1e0d0c");
const Number768 shared = *Number768::parse_hex(
    "03397d27550fa7955539d1504af47f4d36a47d810674fbbe30eb79f02f956cfa"
    "3432126013c6d692d4fb822534d9100e93f4a501b79176ae5bad18d2c5e74b2c"
    "f6692ace4be8c34920cd1f189e96d13d9ecff10307db672d8a136724456d87c4");
const Number768 prime = *Number768::parse_hex(
    "ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74"
    "020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6df25f1437"
    "4fe1356d6d51c245e485b576625e7ec6f44c42e9a63a36210000000000090563");

/// `prime`, its last octet changed by so much.
Number768 near_prime(int change) {
  Number768 out = prime;
  out.octets.back() = static_cast<std::uint8_t>(out.octets.back() + change);
  return out;
}
Number768 small(std::uint8_t value) {
  Number768 out;
  out.octets.back() = value;
  return out;
}
Sha1 info_hash() {
  Sha1 out;
  out.octets.fill(0xaa);
  return out;
}
std::string stream(Rc4 cipher) {
  Buffer out(16);
  cipher.apply(out);
  return to_hex(out);
}

}  // namespace

TEST_CASE("both ends come to the same secret") {
  CHECK(public_key(a).hex().starts_with("96e112dab29e8c5272accb9b17b26887ce54a144"));
  CHECK(public_key(b).hex().ends_with("cf9d4fe78bed55064735651e8a2e4f5817fbb4"));
  CHECK(shared_secret(a, public_key(b)) == shared);
  CHECK(shared_secret(b, public_key(a)) == shared);
}

TEST_CASE("hashes and ciphers are those of the specification") {
  CHECK(req1_hash(shared).hex() == "d080a53bb43ce04d5427e6cf5c1d95874d477671");
  CHECK(req2_hash(info_hash()).hex() == "c9b0599dfa950cfbde978efc6aa0588f510fa315");
  CHECK(req3_hash(shared).hex() == "fc03c49772ce588be33d03732f7776f28d815bb2");
  CHECK(stream(cipher_of("keyA", shared, info_hash())) == "78ac5868efb26357a177fcb19b51f888");
  CHECK(stream(cipher_of("keyB", shared, info_hash())) == "8877a05756ad712e260f2c38019660ec");
}

TEST_CASE("a secret with leading zeros is hashed with them") {
  SecretBytes other;
  other.octets[18] = 394 >> 8;
  other.octets[19] = 394 & 0xff;
  const auto zeros = shared_secret(other, public_key(b));
  REQUIRE(zeros);
  CHECK(zeros->hex().starts_with("0084be0a3590ddd6"));
  CHECK(req1_hash(*zeros).hex() == "45f695becd0e0a4b9170436d5d443631d714efb3");
}

TEST_CASE("keys for which everybody knows the secret are refused") {
  CHECK_FALSE(shared_secret(a, small(0)));
  CHECK_FALSE(shared_secret(a, small(1)));
  CHECK(shared_secret(a, small(2)));
  CHECK(shared_secret(a, near_prime(-2)));
  CHECK_FALSE(shared_secret(a, near_prime(-1)));
  CHECK_FALSE(shared_secret(a, prime));
  CHECK_FALSE(shared_secret(a, near_prime(1)));
  Number768 highest;
  highest.octets.fill(0xff);
  CHECK_FALSE(shared_secret(a, highest));
}

TEST_CASE("padding has any length up to the longest, and differs by name and secret") {
  Rng rng(5);
  std::set<std::size_t> lengths;
  for (int i = 0; i < 5000; ++i) {
    SecretBytes secret;
    rng.fill(secret.octets);
    const Buffer padding = padding_of("PadA", secret);
    CHECK(padding.size() <= padding_bytes_max);
    lengths.insert(padding.size());
  }
  CHECK(lengths.size() > 500);
  CHECK(*lengths.begin() == 0);
  CHECK(*lengths.rbegin() == padding_bytes_max);
  CHECK(padding_of("PadA", a) != padding_of("PadB", a));
  CHECK(padding_of("PadA", a) != padding_of("PadA", b));
  CHECK(padding_of("PadA", a) == padding_of("PadA", a));
}

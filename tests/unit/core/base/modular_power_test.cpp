#include "core/base/modular_power.h"

#include <cstdint>
#include <string>

#include "tests/support/catch.h"

using namespace seed;

namespace {

Number768 number(std::string digits) {
  digits.insert(0, 2 * Number768::size - digits.size(), '0');
  return *Number768::parse_hex(digits);
}
Number160 exponent(std::string digits) {
  digits.insert(0, 2 * Number160::size - digits.size(), '0');
  return *Number160::parse_hex(digits);
}

/// The prime of Message Stream Encryption.
const std::string prime =
    "ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74"
    "020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6df25f1437"
    "4fe1356d6d51c245e485b576625e7ec6f44c42e9a63a36210000000000090563";

}  // namespace

TEST_CASE("small powers are as counted by hand") {
  CHECK(modular_power(number("3"), exponent("5"), number("7")) == number("5"));
  CHECK(modular_power(number("2"), exponent("a"), number("3e9")) == number("17"));
  CHECK(modular_power(number("a"), exponent("1"), number("7")) == number("3"));
  for (std::uint64_t base = 0; base < 11; ++base) {
    std::uint64_t power = 1;
    for (std::uint8_t i = 0; i < 20; ++i) {
      Number160 e;
      e.octets.back() = i;
      Number768 b;
      b.octets.back() = static_cast<std::uint8_t>(base);
      Number768 expected;
      expected.octets.back() = static_cast<std::uint8_t>(power);
      CHECK(modular_power(b, e, number("b")) == expected);
      power = power * base % 11;
    }
  }
}

TEST_CASE("large powers are as another program counts them") {
  // By Python's pow().
  CHECK(modular_power(number("2"), exponent("0102030405060708090a0b0c0d0e0f1011121314"),
                      number(prime)) ==
        number("96e112dab29e8c5272accb9b17b26887ce54a144a4e3b697c7d159b7a817e556"
               "b0918db2b4c658e02a87f7e5fb14b18a553e084cbf3dad2d30f16596ccb982d4"
               "06258c61b30c5c1dae2ddc60bdbd48d79896312aad63238c39e1a633821eb693"));
  CHECK(modular_power(number("2"), exponent(std::string(40, 'f')), number(prime)) ==
        number("fe9aac142f64ad4d5bca7e30bea17d62c709de9e4c5694e2b27e8c6ed82510bb"
               "57952fcce38f6a5084b9699ec34b033ed1a0dbd51d70274bff40ae493f0ce2cd"
               "bd3cbd6055c9677a7eb70d29f4d8ecfbc2625316a7ae1a0d3d6605f0406bad79"));
  // A base above the modulus.
  CHECK(modular_power(number(std::string(192, 'f')), exponent("3"), number(prime)) ==
        number("0157774005623750b23dd98c4ca70bc58cb7777aaeb7ad1072684a604a4c0473"
               "31ac938ee8ee1cb20c118a452ac132a7b48ce95df748ccf1602272b5d310be87"
               "f059ee6d73f5c2b7242b2e1074a1a94fd861e69752cf342fa95d0ae09a23ecd8"));
  // A modulus of 521 bits.
  CHECK(
      modular_power(number("75bcd15"), exponent("10001"), number("1ff" + std::string(128, 'f'))) ==
      number("01b9abaa28cd3a9d106a716a33c03f1b7b7cfef2d00169076675457188902a6ba446722f7124d3c56f25"
             "cdb81601c6f6c7e3fa04b54e49c159343ab3f5581b1ca5f6"));
}

TEST_CASE("a small power keeps its leading zeros") {
  CHECK(modular_power(number("2"), exponent("5341c26f4cd7610ac93d6f9379a4bc0040704768"),
                      number(prime))
            .hex() ==
        "000017583bb9fed175a8ae4b264069e1894b1848e2d3fa5eb5fadaaf5bac19ac"
        "473fb6dcd04d40f0ca9c9e07de468b81e87ec632f403ebc616a27e364ee9b125"
        "2c74d51f1450b3b407dc3d18a90d1969f4d087d9677c5a0484d6a390578a366c");
}

TEST_CASE("to the power of zero everything is one, and zero stays zero") {
  CHECK(modular_power(number("1234"), exponent("0"), number(prime)) == number("1"));
  CHECK(modular_power(number("0"), exponent("77"), number(prime)) == number("0"));
}

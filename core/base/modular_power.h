// ModularPower: powers of 768-bit numbers modulo an odd number, by OpenSSL, for key exchanges
// (docs/adr/0022-openssl-in-base.md).
//
// Sizes in and out are fixed, and the time depends on neither the exponent nor the base.
#pragma once

#include "core/base/digest.h"

namespace seed {

/// A number of 768 bits, big-endian, so that octets compare as the numbers do.
using Number768 = FixedBytes<96, struct Number768Tag>;
/// A number of 160 bits, big-endian.
using Number160 = FixedBytes<20, struct Number160Tag>;

/// `base` to the power of `exponent`, modulo `modulus`, which is odd and above 1. `base` may be
/// above it. Takes 35 us, so it may be done on the loop.
Number768 modular_power(const Number768& base, const Number160& exponent, const Number768& modulus);

}  // namespace seed

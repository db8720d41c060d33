#include "core/base/modular_power.h"

#include <openssl/bn.h>

#include <memory>

#include "core/base/check.h"

namespace seed {
namespace {

// All may hold secrets, so they are wiped when they are freed.
struct Free {
  void operator()(BIGNUM* number) const { BN_clear_free(number); }
  void operator()(BN_CTX* context) const { BN_CTX_free(context); }
  void operator()(BN_MONT_CTX* context) const { BN_MONT_CTX_free(context); }
};
using Number = std::unique_ptr<BIGNUM, Free>;

Number number_of(Bytes octets) {
  Number out(BN_bin2bn(octets.data(), static_cast<int>(octets.size()), nullptr));
  SEED_CHECK(out != nullptr);
  return out;
}

}  // namespace

Number768 modular_power(const Number768& base, const Number160& exponent,
                        const Number768& modulus) {
  const std::unique_ptr<BN_CTX, Free> context(BN_CTX_new());
  const std::unique_ptr<BN_MONT_CTX, Free> montgomery(BN_MONT_CTX_new());
  const Number b = number_of(base.bytes());
  const Number e = number_of(exponent.bytes());
  const Number m = number_of(modulus.bytes());
  const Number power(BN_new());
  SEED_CHECK(context && montgomery && power);
  SEED_CHECK(BN_is_odd(m.get()) && !BN_is_one(m.get()));
  // To be told once more: else leading zeros of the exponent show in the time.
  BN_set_flags(e.get(), BN_FLG_CONSTTIME);
  SEED_CHECK(BN_MONT_CTX_set(montgomery.get(), m.get(), context.get()) == 1);
  SEED_CHECK(BN_mod_exp_mont_consttime(power.get(), b.get(), e.get(), m.get(), context.get(),
                                       montgomery.get()) == 1);
  Number768 out;
  SEED_CHECK(BN_bn2binpad(power.get(), out.octets.data(), static_cast<int>(Number768::size)) ==
             static_cast<int>(Number768::size));
  return out;
}

}  // namespace seed

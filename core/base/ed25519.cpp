#include "core/base/ed25519.h"

#include <openssl/evp.h>

#include <memory>

#include "core/base/check.h"

namespace seed {
namespace {

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;
using Context = std::unique_ptr<EVP_MD_CTX, Free>;

Key private_key(const Ed25519Seed& seed) {
  Key out(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.octets.data(),
                                       Ed25519Seed::size));
  SEED_CHECK(out != nullptr);
  return out;
}

Context new_context() {
  Context out(EVP_MD_CTX_new());
  SEED_CHECK(out != nullptr);
  return out;
}

}  // namespace

bool ed25519_verify(const Ed25519Key& key, Bytes message, const Ed25519Signature& signature) {
  const Key ours(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.octets.data(), Ed25519Key::size));
  if (ours == nullptr) return false;
  const Context context = new_context();
  if (EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, ours.get()) != 1) return false;
  return EVP_DigestVerify(context.get(), signature.octets.data(), Ed25519Signature::size,
                          message.data(), message.size()) == 1;
}

Ed25519Key ed25519_public_key(const Ed25519Seed& seed) {
  Ed25519Key out;
  std::size_t length = Ed25519Key::size;
  SEED_CHECK(EVP_PKEY_get_raw_public_key(private_key(seed).get(), out.octets.data(), &length) == 1);
  SEED_CHECK(length == Ed25519Key::size);
  return out;
}

Ed25519Signature ed25519_sign(const Ed25519Seed& seed, Bytes message) {
  const Key key = private_key(seed);
  const Context context = new_context();
  SEED_CHECK(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1);
  Ed25519Signature out;
  std::size_t length = Ed25519Signature::size;
  SEED_CHECK(EVP_DigestSign(context.get(), out.octets.data(), &length, message.data(),
                            message.size()) == 1);
  SEED_CHECK(length == Ed25519Signature::size);
  return out;
}

}  // namespace seed

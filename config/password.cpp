#include "config/password.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <charconv>
#include <optional>

#include "core/base/check.h"
#include "core/base/digest.h"

namespace seed::config {

namespace {

constexpr std::string_view scheme = "{pbkdf2-sha256}";
constexpr std::size_t salt_bytes_max = 64;

struct Hash {
  std::uint32_t iterations = 0;
  Buffer salt;
  Sha256 digest;
};

Sha256 derive(std::string_view password, Bytes salt, std::uint32_t iterations) {
  Sha256 out;
  const int done =
      PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), salt.data(),
                        static_cast<int>(salt.size()), static_cast<int>(iterations), EVP_sha256(),
                        static_cast<int>(out.octets.size()), out.octets.data());
  SEED_CHECK(done == 1);
  return out;
}

std::optional<Hash> parse(std::string_view stored) {
  if (!stored.starts_with(scheme)) return std::nullopt;
  stored.remove_prefix(scheme.size());
  const auto first = stored.find('$');
  const auto second = first == stored.npos ? stored.npos : stored.find('$', first + 1);
  if (second == stored.npos) return std::nullopt;
  Hash out;
  const auto [end, fault] = std::from_chars(stored.data(), stored.data() + first, out.iterations);
  if (fault != std::errc() || end != stored.data() + first) return std::nullopt;
  if (out.iterations == 0 || out.iterations > password_iterations_max) return std::nullopt;
  auto salt = from_base64(stored.substr(first + 1, second - first - 1));
  const auto digest = from_base64(stored.substr(second + 1));
  if (!salt || salt->empty() || salt->size() > salt_bytes_max || !digest) return std::nullopt;
  const auto octets = Sha256::from(*digest);
  if (!octets) return std::nullopt;
  out.salt = *std::move(salt);
  out.digest = *octets;
  return out;
}

}  // namespace

std::string hash_password(std::string_view password, Bytes salt, std::uint32_t iterations) {
  SEED_CHECK(iterations > 0 && iterations <= password_iterations_max);
  SEED_CHECK(!salt.empty() && salt.size() <= salt_bytes_max);
  return fmt::format("{}{}${}${}", scheme, iterations, to_base64(salt),
                     to_base64(derive(password, salt, iterations).bytes()));
}

bool is_password_hash(std::string_view stored) { return parse(stored).has_value(); }

bool verify_password(std::string_view stored, std::string_view given) {
  if (!stored.starts_with('{')) return equal_secrets(stored, given);
  const auto hash = parse(stored);
  if (!hash) return false;
  return equal_digests(derive(given, hash->salt, hash->iterations), hash->digest);
}

bool equal_secrets(std::string_view a, std::string_view b) {
  // Digests have one length whatever the texts have.
  return equal_digests(sha256(as_bytes(a)), sha256(as_bytes(b)));
}

bool equal_digests(const Sha256& a, const Sha256& b) {
  return CRYPTO_memcmp(a.octets.data(), b.octets.data(), a.octets.size()) == 0;
}

}  // namespace seed::config

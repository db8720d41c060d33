// Passwords: kept as a salted hash, compared in constant time.
//
// PBKDF2-HMAC-SHA256 (RFC 8018) by OpenSSL. Form: "{pbkdf2-sha256}iterations$salt$hash", salt and
// hash as base64. A password that does not begin with { is plain.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/digest.h"

namespace seed::config {

/// What OWASP asks of PBKDF2-HMAC-SHA256 (2023); about 0.2 s, so a good login is worth remembering.
inline constexpr std::uint32_t password_iterations = 600'000;
/// More than this in a hash is refused: checking it would take seconds.
inline constexpr std::uint32_t password_iterations_max = 10'000'000;
/// Octets of salt to give to hash_password() (NIST SP 800-132 asks for 16).
inline constexpr std::size_t password_salt_bytes = 16;

/// The hash to store. `salt` is fresh from io::Entropy; `iterations` is 1 to the maximum.
std::string hash_password(std::string_view password, Bytes salt,
                          std::uint32_t iterations = password_iterations);

/// True when `stored` is well formed and of a kind that verify_password() knows.
bool is_password_hash(std::string_view stored);

/// Whether `given` is the password behind `stored`, a hash or plain. The time does not depend on
/// where the two differ. A `stored` that begins with { but is no known hash fits nothing.
bool verify_password(std::string_view stored, std::string_view given);

/// Whether two secrets are equal, in a time that does not depend on where they differ.
bool equal_secrets(std::string_view a, std::string_view b);
/// The same of digests of secrets.
bool equal_digests(const Sha256& a, const Sha256& b);

}  // namespace seed::config

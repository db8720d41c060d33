#include "core/wire/mse/keys.h"

#include <array>
#include <initializer_list>

namespace seed::wire::mse {
namespace {

/// P of the specification: the prime of RFC 2409, 6.1, with an end of its own.
constexpr std::string_view prime_digits =
    "ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74"
    "020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6df25f1437"
    "4fe1356d6d51c245e485b576625e7ec6f44c42e9a63a36210000000000090563";

constexpr std::uint8_t value_of(char digit) {
  return static_cast<std::uint8_t>(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

constexpr Number768 prime = [] {
  Number768 out;
  static_assert(prime_digits.size() == 2 * Number768::size);
  for (std::size_t i = 0; i < Number768::size; ++i)
    out.octets[i] = static_cast<std::uint8_t>(value_of(prime_digits[2 * i]) * 16 +
                                              value_of(prime_digits[2 * i + 1]));
  return out;
}();

/// The last number that is a key: P - 2. (P ends in 63.)
constexpr Number768 key_max = [] {
  Number768 out = prime;
  out.octets.back() -= 2;
  return out;
}();

/// A number that fits into an octet.
Number768 small(std::uint8_t value) {
  Number768 out;
  out.octets.back() = value;
  return out;
}

Sha1 hash(std::string_view name, std::initializer_list<Bytes> parts) {
  Buffer all = to_buffer(name);
  for (const Bytes part : parts) all.insert(all.end(), part.begin(), part.end());
  return sha1(all);
}

Rc4 keyed(const Sha1& key) {
  Rc4 out(key.bytes());
  out.discard(discarded_bytes);
  return out;
}

}  // namespace

Number768 public_key(const SecretBytes& ours) { return modular_power(small(2), ours, prime); }

std::optional<Number768> shared_secret(const SecretBytes& ours, const Number768& theirs) {
  if (theirs < small(2) || theirs > key_max) return std::nullopt;
  return modular_power(theirs, ours, prime);
}

Sha1 req1_hash(const Number768& shared) { return hash("req1", {shared.bytes()}); }

Sha1 req2_hash(const Sha1& info_hash) { return hash("req2", {info_hash.bytes()}); }

Sha1 req3_hash(const Number768& shared) { return hash("req3", {shared.bytes()}); }

Rc4 cipher_of(std::string_view name, const Number768& shared, const Sha1& info_hash) {
  return keyed(hash(name, {shared.bytes(), info_hash.bytes()}));
}

Buffer padding_of(std::string_view name, const SecretBytes& ours) {
  Rc4 noise = keyed(hash(name, {ours.bytes()}));
  std::array<std::uint8_t, 4> length{};
  noise.apply(length);
  Buffer out(ByteReader(length).u32() % (padding_bytes_max + 1));
  noise.apply(out);
  return out;
}

}  // namespace seed::wire::mse

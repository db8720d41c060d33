#include "core/base/digest.h"

#include <openssl/evp.h>

#include <array>

#include "core/base/check.h"

namespace seed {
namespace {

// Fetched once and kept for the life of the process: an implicit fetch in each call costs more than
// hashing a small input does.
const EVP_MD* sha1_algorithm() {
  static const EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA1", nullptr);
  SEED_CHECK(fetched != nullptr);
  return fetched;
}

const EVP_MD* sha256_algorithm() {
  static const EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  SEED_CHECK(fetched != nullptr);
  return fetched;
}

template <typename Digest>
Digest digest_of(Bytes bytes, const EVP_MD* algorithm) {
  Digest out;
  unsigned int length = 0;
  SEED_CHECK(
      EVP_Digest(bytes.data(), bytes.size(), out.octets.data(), &length, algorithm, nullptr) == 1);
  SEED_CHECK(length == Digest::size);
  return out;
}

/// One run of an algorithm over parts.
class DigestContext {
 public:
  explicit DigestContext(const EVP_MD* algorithm) : algorithm_(algorithm) {
    SEED_CHECK(state_ != nullptr);
    start();
  }

  void update(Bytes bytes) {
    SEED_CHECK(EVP_DigestUpdate(state_.get(), bytes.data(), bytes.size()) == 1);
  }
  template <typename Digest>
  Digest finish() {
    Digest out;
    unsigned int length = 0;
    SEED_CHECK(EVP_DigestFinal_ex(state_.get(), out.octets.data(), &length) == 1);
    SEED_CHECK(length == Digest::size);
    start();
    return out;
  }

 private:
  struct Free {
    void operator()(EVP_MD_CTX* state) const { EVP_MD_CTX_free(state); }
  };

  void start() { SEED_CHECK(EVP_DigestInit_ex2(state_.get(), algorithm_, nullptr) == 1); }

  const EVP_MD* algorithm_;
  std::unique_ptr<EVP_MD_CTX, Free> state_{EVP_MD_CTX_new()};
};

/// The Castagnoli polynomial, bits reversed (RFC 3720, 12.1).
constexpr std::uint32_t crc32c_polynomial = 0x82f63b78;

constexpr std::array<std::uint32_t, 256> crc32c_table = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? crc32c_polynomial : 0);
    table[i] = crc;
  }
  return table;
}();

std::uint32_t crc32c_by_table(std::uint32_t crc, Bytes bytes) {
  for (const auto octet : bytes) crc = (crc >> 8) ^ crc32c_table[(crc ^ octet) & 0xff];
  return crc;
}

// The processor is not the platform: Debian's other architectures take the table.
#ifdef __x86_64__
__attribute__((target("sse4.2"))) std::uint32_t crc32c_by_cpu(std::uint32_t crc, Bytes bytes) {
  std::uint64_t wide = crc;
  while (bytes.size() >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof word);
    wide = __builtin_ia32_crc32di(wide, word);
    bytes = bytes.subspan(8);
  }
  crc = static_cast<std::uint32_t>(wide);
  for (const auto octet : bytes) crc = __builtin_ia32_crc32qi(crc, octet);
  return crc;
}

bool cpu_has_crc32c() { return __builtin_cpu_supports("sse4.2") != 0; }
#else
std::uint32_t crc32c_by_cpu(std::uint32_t crc, Bytes bytes) { return crc32c_by_table(crc, bytes); }

bool cpu_has_crc32c() { return false; }
#endif

}  // namespace

Sha1 sha1(Bytes bytes) { return digest_of<Sha1>(bytes, sha1_algorithm()); }

Sha256 sha256(Bytes bytes) { return digest_of<Sha256>(bytes, sha256_algorithm()); }

std::uint32_t crc32c(Bytes bytes) {
  constexpr std::uint32_t all_ones = 0xffffffff;
  return all_ones ^
         (cpu_has_crc32c() ? crc32c_by_cpu(all_ones, bytes) : crc32c_by_table(all_ones, bytes));
}

struct Sha1Hasher::Context {
  DigestContext digest{sha1_algorithm()};
};
struct Sha256Hasher::Context {
  DigestContext digest{sha256_algorithm()};
};

Sha1Hasher::Sha1Hasher() : context_(std::make_unique<Context>()) {}
Sha1Hasher::~Sha1Hasher() = default;
Sha1Hasher::Sha1Hasher(Sha1Hasher&&) noexcept = default;
Sha1Hasher& Sha1Hasher::operator=(Sha1Hasher&&) noexcept = default;

void Sha1Hasher::update(Bytes bytes) {
  SEED_CHECK(context_ != nullptr);
  context_->digest.update(bytes);
}

Sha1 Sha1Hasher::finish() {
  SEED_CHECK(context_ != nullptr);
  return context_->digest.finish<Sha1>();
}

Sha256Hasher::Sha256Hasher() : context_(std::make_unique<Context>()) {}
Sha256Hasher::~Sha256Hasher() = default;
Sha256Hasher::Sha256Hasher(Sha256Hasher&&) noexcept = default;
Sha256Hasher& Sha256Hasher::operator=(Sha256Hasher&&) noexcept = default;

void Sha256Hasher::update(Bytes bytes) {
  SEED_CHECK(context_ != nullptr);
  context_->digest.update(bytes);
}

Sha256 Sha256Hasher::finish() {
  SEED_CHECK(context_ != nullptr);
  return context_->digest.finish<Sha256>();
}

Sha1 InfoHashes::short_hash() const {
  if (v1) return *v1;
  return short_v2().value_or(Sha1{});
}

std::optional<Sha1> InfoHashes::short_v2() const {
  if (!v2) return std::nullopt;
  return Sha1::from(v2->bytes().first(Sha1::size));
}

bool InfoHashes::same_torrent(const InfoHashes& other) const {
  return (v1 && other.v1 && *v1 == *other.v1) || (v2 && other.v2 && *v2 == *other.v2);
}

}  // namespace seed

// Digest: SHA-1 and SHA-256 over bytes (FIPS 180-4), by OpenSSL, and the names made of them.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/bytes.h"

namespace seed {

/// A fixed run of octets with value semantics; `Tag` keeps kinds apart.
template <std::size_t N, typename Tag>
struct FixedBytes {
  static constexpr std::size_t size = N;
  std::array<std::uint8_t, N> octets{};

  static std::optional<FixedBytes> from(Bytes bytes) {
    if (bytes.size() != N) return std::nullopt;
    FixedBytes out;
    std::memcpy(out.octets.data(), bytes.data(), N);
    return out;
  }
  static std::optional<FixedBytes> parse_hex(std::string_view text) {
    auto raw = from_hex(text);
    return raw ? from(*raw) : std::nullopt;
  }
  Bytes bytes() const { return octets; }
  std::string hex() const { return to_hex(octets); }
  bool is_zero() const { return octets == std::array<std::uint8_t, N>{}; }
  auto operator<=>(const FixedBytes&) const = default;
};

using Sha1 = FixedBytes<20, struct Sha1Tag>;
using Sha256 = FixedBytes<32, struct Sha256Tag>;
/// The 20 octets by which a client names itself on the wire (BEP 3, BEP 20).
using PeerId = FixedBytes<20, struct PeerIdTag>;

/// For hash tables whose order never shows: digests are uniform, so their first octets will do.
struct DigestHash {
  template <std::size_t N, typename Tag>
  std::size_t operator()(const FixedBytes<N, Tag>& digest) const {
    std::size_t out = 0;
    std::memcpy(&out, digest.octets.data(), sizeof out);
    return out;
  }
};

Sha1 sha1(Bytes bytes);
Sha256 sha256(Bytes bytes);

/// CRC-32C (Castagnoli), as BEP 40 and BEP 42 use it.
std::uint32_t crc32c(Bytes bytes);

/// SHA-1 over bytes that come in parts. May be reset and used again.
class Sha1Hasher {
 public:
  Sha1Hasher();
  ~Sha1Hasher();
  Sha1Hasher(Sha1Hasher&&) noexcept;
  Sha1Hasher& operator=(Sha1Hasher&&) noexcept;

  void update(Bytes bytes);
  /// The digest of all since the start or the last finish(); then starts anew.
  Sha1 finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

/// The same for SHA-256.
class Sha256Hasher {
 public:
  Sha256Hasher();
  ~Sha256Hasher();
  Sha256Hasher(Sha256Hasher&&) noexcept;
  Sha256Hasher& operator=(Sha256Hasher&&) noexcept;

  void update(Bytes bytes);
  /// The digest of all since the start or the last finish(); then starts anew.
  Sha256 finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

/// What a torrent is called: the SHA-1 of its info dictionary (BEP 3), the SHA-256 (BEP 52), or
/// both for a hybrid. At least one is there.
struct InfoHashes {
  std::optional<Sha1> v1;
  std::optional<Sha256> v2;

  /// The 20 octets that trackers, handshakes and the RPC use: v1, else v2 cut short (BEP 52).
  Sha1 short_hash() const;
  /// The v2 one as they use it, if there is one.
  std::optional<Sha1> short_v2() const;
  /// The same of a hybrid, whose short_hash() is the other.
  std::optional<Sha1> second_hash() const { return v1 ? short_v2() : std::nullopt; }
  /// True when the two name the same torrent: one of the hashes is in both and equal.
  bool same_torrent(const InfoHashes& other) const;
  auto operator<=>(const InfoHashes&) const = default;
};

}  // namespace seed

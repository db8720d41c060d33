// Sha1Lanes: SHA-1 (FIPS 180-4) of several messages of one length at once, each in a lane of vector
// registers. A message alone waits for its own rounds, even with a processor's SHA instructions;
// sixteen beside each other do not (ADR 0012).
//
//   fresh --update()*--> hashing --finish()--> fresh
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/base/digest.h"

namespace seed {

class Sha1Lanes {
 public:
  static constexpr std::size_t width_max = 16;
  static constexpr std::size_t block_bytes = 64;
  using Digests = std::array<Sha1, width_max>;

  /// Messages at once on this machine: 16, 8, or 1 where OpenSSL is as fast.
  static std::size_t width();
  /// Whether the processor can: 16 wants AVX-512 F, BW and VL, 8 wants AVX2, 1 is OpenSSL.
  static bool can(std::size_t width);

  explicit Sha1Lanes(std::size_t width = Sha1Lanes::width());

  /// The next `length` octets, a multiple of block_bytes, of each message: one to `width` of them,
  /// as many and in the same order each time.
  void update(std::span<const std::uint8_t* const> messages, std::size_t length);
  /// The last octets, any number of them; the digests in the order of the messages.
  Digests finish(std::span<const std::uint8_t* const> messages, std::size_t length);

 private:
  using Pointers = std::array<const std::uint8_t*, width_max>;

  void reset();
  void hash(const Pointers& messages, std::size_t blocks);

  std::size_t width_;
  std::uint64_t length_ = 0;
  /// The five words of the digest, each of all lanes.
  alignas(64) std::array<std::uint32_t, 5 * width_max> state_{};
  Sha1Hasher one_;
};

}  // namespace seed

#include "core/base/sha1_lanes.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/base/check.h"

#ifdef __x86_64__
#include <cpuid.h>
#endif

namespace seed {
namespace {

constexpr std::array<std::uint32_t, 5> initial{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476,
                                               0xc3d2e1f0};

#ifdef __x86_64__

/// Inlined, so that it is compiled for the processor of who calls it.
#define SEED_LANES [[gnu::always_inline]] inline

template <std::size_t N>
struct Vectors {
  typedef std::uint32_t Words __attribute__((vector_size(4 * N)));
  typedef std::uint8_t Octets __attribute__((vector_size(4 * N)));
};
template <std::size_t N>
using Words = typename Vectors<N>::Words;
template <std::size_t N>
using Octets = typename Vectors<N>::Octets;

/// a0 b0 a1 b1 ... of the lower halves, or of the upper ones.
template <std::size_t N, std::size_t First, std::size_t... I>
SEED_LANES Words<N> interleave(Words<N> a, Words<N> b, std::index_sequence<I...>) {
  return __builtin_shufflevector(a, b, (First + I / 2 + (I % 2 == 0 ? 0 : N))...);
}

template <std::size_t N, std::size_t... I>
SEED_LANES Words<N> from_big_endian(Octets<N> octets, std::index_sequence<I...>) {
  return reinterpret_cast<Words<N>>(__builtin_shufflevector(octets, octets, (I ^ 3)...));
}

template <std::size_t N>
SEED_LANES Words<N> rotate(Words<N> x, int left) {
  return (x << left) | (x >> (32 - left));
}

/// One block of each message: word t of all of them in out[t]. Messages are rows; interleaving the
/// upper half of the rows with the lower one, log2(N) times, makes columns of them.
template <std::size_t N>
SEED_LANES void load(const std::uint8_t* const* messages, std::size_t at, Words<N>* out) {
  using Each = std::make_index_sequence<N>;
  for (std::size_t part = 0; part < 16 / N; ++part) {
    Words<N> rows[N];
    for (std::size_t i = 0; i < N; ++i) {
      Octets<N> octets;
      std::memcpy(&octets, messages[i] + at + part * sizeof octets, sizeof octets);
      rows[i] = from_big_endian<N>(octets, std::make_index_sequence<4 * N>());
    }
    for (std::size_t n = N; n > 1; n /= 2) {
      Words<N> next[N];
      for (std::size_t i = 0; i < N / 2; ++i) {
        next[2 * i] = interleave<N, 0>(rows[i], rows[i + N / 2], Each());
        next[2 * i + 1] = interleave<N, N / 2>(rows[i], rows[i + N / 2], Each());
      }
      for (std::size_t i = 0; i < N; ++i) rows[i] = next[i];
    }
    for (std::size_t i = 0; i < N; ++i) out[part * N + i] = rows[i];
  }
}

/// Twenty rounds from `First` on (FIPS 180-4, 6.1.2) with the function `f` and the constant `k`.
template <std::size_t N, int First, typename F>
SEED_LANES void rounds(Words<N>* w, Words<N>* s, std::uint32_t k, F f) {
#pragma GCC unroll 20
  for (int t = First; t < First + 20; ++t) {
    if (t >= 16)
      w[t % 16] = rotate<N>(w[(t + 13) % 16] ^ w[(t + 8) % 16] ^ w[(t + 2) % 16] ^ w[t % 16], 1);
    const Words<N> next = rotate<N>(s[0], 5) + f(s[1], s[2], s[3]) + s[4] + w[t % 16] + k;
    s[4] = s[3];
    s[3] = s[2];
    s[2] = rotate<N>(s[1], 30);
    s[1] = s[0];
    s[0] = next;
  }
}

template <std::size_t N>
SEED_LANES void compress(std::uint32_t* state, const std::uint8_t* const* messages,
                         std::size_t blocks) {
  using W = Words<N>;
  W sum[5];
  for (std::size_t i = 0; i < 5; ++i)
    std::memcpy(&sum[i], state + i * Sha1Lanes::width_max, sizeof sum[i]);
  for (std::size_t block = 0; block < blocks; ++block) {
    W w[16];
    load<N>(messages, block * Sha1Lanes::block_bytes, w);
    W s[5];
    for (std::size_t i = 0; i < 5; ++i) s[i] = sum[i];
    const auto choose = [](W b, W c, W d)
                            __attribute__((always_inline)) { return d ^ (b & (c ^ d)); };
    const auto parity = [](W b, W c, W d) __attribute__((always_inline)) { return b ^ c ^ d; };
    const auto majority = [](W b, W c, W d)
                              __attribute__((always_inline)) { return (b & c) | (d & (b | c)); };
    rounds<N, 0>(w, s, 0x5a827999, choose);
    rounds<N, 20>(w, s, 0x6ed9eba1, parity);
    rounds<N, 40>(w, s, 0x8f1bbcdc, majority);
    rounds<N, 60>(w, s, 0xca62c1d6, parity);
    for (std::size_t i = 0; i < 5; ++i) sum[i] += s[i];
  }
  for (std::size_t i = 0; i < 5; ++i)
    std::memcpy(state + i * Sha1Lanes::width_max, &sum[i], sizeof sum[i]);
}

[[gnu::target("avx512f,avx512bw,avx512vl"), gnu::noinline]] void compress_sixteen(
    std::uint32_t* state, const std::uint8_t* const* messages, std::size_t blocks) {
  compress<16>(state, messages, blocks);
}

[[gnu::target("avx2"), gnu::noinline]] void compress_eight(std::uint32_t* state,
                                                           const std::uint8_t* const* messages,
                                                           std::size_t blocks) {
  compress<8>(state, messages, blocks);
}

/// The processor's own SHA instructions (leaf 7, EBX bit 29), which OpenSSL uses.
bool has_sha_instructions() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b >> 29 & 1u) != 0;
}

std::size_t best_width() {
  if (Sha1Lanes::can(16)) return 16;
  // Eight lanes are hardly faster than those instructions, and twice as fast as OpenSSL without.
  return Sha1Lanes::can(8) && !has_sha_instructions() ? 8 : 1;
}

#else

std::size_t best_width() { return 1; }

#endif

}  // namespace

std::size_t Sha1Lanes::width() {
  static const std::size_t width = best_width();
  return width;
}

bool Sha1Lanes::can(std::size_t width) {
#ifdef __x86_64__
  if (width == 16)
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl");
  if (width == 8) return __builtin_cpu_supports("avx2");
#endif
  return width == 1;
}

Sha1Lanes::Sha1Lanes(std::size_t width) : width_(width) {
  SEED_CHECK(can(width));
  reset();
}

void Sha1Lanes::reset() {
  length_ = 0;
  for (std::size_t i = 0; i < initial.size(); ++i)
    std::fill_n(state_.begin() + static_cast<std::ptrdiff_t>(i * width_max), width_max, initial[i]);
}

void Sha1Lanes::update(std::span<const std::uint8_t* const> messages, std::size_t length) {
  SEED_CHECK(!messages.empty() && messages.size() <= width_ && length % block_bytes == 0);
  length_ += length;
  if (width_ == 1) return one_.update({messages[0], length});
  // Lanes without a message do the work of the first.
  Pointers all;
  all.fill(messages[0]);
  std::ranges::copy(messages, all.begin());
  hash(all, length / block_bytes);
}

void Sha1Lanes::hash([[maybe_unused]] const Pointers& messages,
                     [[maybe_unused]] std::size_t blocks) {
#ifdef __x86_64__
  if (width_ == 16)
    compress_sixteen(state_.data(), messages.data(), blocks);
  else
    compress_eight(state_.data(), messages.data(), blocks);
#endif
}

Sha1Lanes::Digests Sha1Lanes::finish(std::span<const std::uint8_t* const> messages,
                                     std::size_t length) {
  Digests out;
  const std::size_t rest = length % block_bytes;
  update(messages, length - rest);
  if (width_ == 1) {
    one_.update({messages[0] + (length - rest), rest});
    out[0] = one_.finish();
    reset();
    return out;
  }
  // FIPS 180-4, 5.1.1: a one, zeros, and the length in bits at the end of a block.
  const std::size_t blocks = rest + 1 + 8 <= block_bytes ? 1 : 2;
  std::array<std::array<std::uint8_t, 2 * block_bytes>, width_max> tails{};
  Pointers all;
  const std::uint64_t bits = 8 * (length_ + rest);
  for (std::size_t i = 0; i < width_max; ++i) {
    const auto* from = messages[i < messages.size() ? i : 0] + (length - rest);
    std::copy_n(from, rest, tails[i].begin());
    tails[i][rest] = 0x80;
    for (std::size_t k = 0; k < 8; ++k)
      tails[i][blocks * block_bytes - 1 - k] = static_cast<std::uint8_t>(bits >> (8 * k));
    all[i] = tails[i].data();
  }
  hash(all, blocks);
  for (std::size_t i = 0; i < messages.size(); ++i)
    for (std::size_t k = 0; k < Sha1::size; ++k)
      out[i].octets[k] =
          static_cast<std::uint8_t>(state_[k / 4 * width_max + i] >> (24 - 8 * (k % 4)));
  reset();
  return out;
}

}  // namespace seed

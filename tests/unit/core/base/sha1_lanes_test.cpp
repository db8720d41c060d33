#include "core/base/sha1_lanes.h"

#include <vector>

#include "core/base/rng.h"
#include "tests/support/catch.h"

namespace seed {
namespace {

std::vector<Buffer> messages_of(std::size_t count, std::size_t length, Rng& rng) {
  std::vector<Buffer> out(count, Buffer(length));
  for (auto& message : out)
    for (auto& octet : message) octet = static_cast<std::uint8_t>(rng.below(256));
  return out;
}

/// The digests of messages that come in steps of `step` octets.
Sha1Lanes::Digests digests_of(Sha1Lanes& lanes, const std::vector<Buffer>& messages,
                              std::size_t step) {
  std::vector<const std::uint8_t*> at;
  for (const auto& message : messages) at.push_back(message.data());
  std::size_t left = messages[0].size();
  for (; left > step; left -= step) {
    lanes.update(at, step);
    for (auto& pointer : at) pointer += step;
  }
  return lanes.finish(at, left);
}

TEST_CASE("every lane gives what OpenSSL gives") {
  for (const std::size_t width : {16u, 8u, 1u}) {
    if (!Sha1Lanes::can(width)) continue;
    INFO("width " << width);
    Rng rng(width);
    Sha1Lanes lanes(width);
    for (const std::size_t length : {0u, 1u, 55u, 56u, 63u, 64u, 65u, 119u, 120u, 1000u, 16384u})
      for (const std::size_t count : {std::size_t{1}, width / 2 + 1, width}) {
        INFO(count << " of " << length);
        if (count > width) continue;
        const auto messages = messages_of(count, length, rng);
        const auto digests = digests_of(lanes, messages, 256);
        for (std::size_t i = 0; i < count; ++i) CHECK(digests[i] == sha1(messages[i]));
      }
  }
}

TEST_CASE("the published digests of FIPS 180-4 come out of every lane") {
  // "abc", and the one of two blocks.
  const std::string_view long_one = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
  for (const std::size_t width : {16u, 8u, 1u}) {
    if (!Sha1Lanes::can(width)) continue;
    Sha1Lanes lanes(width);
    const std::vector<Buffer> three(width, to_buffer("abc"));
    for (std::size_t i = 0; i < width; ++i)
      CHECK(digests_of(lanes, three, 64)[i].hex() == "a9993e364706816aba3e25717850c26c9cd0d89d");
    const std::vector<Buffer> longer(width, to_buffer(long_one));
    for (std::size_t i = 0; i < width; ++i)
      CHECK(digests_of(lanes, longer, 64)[i].hex() == "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
  }
}

TEST_CASE("a digest does not depend on what was hashed before") {
  Rng rng(7);
  Sha1Lanes lanes;
  const auto first = messages_of(1, 200, rng);
  const auto before = digests_of(lanes, first, 128);
  digests_of(lanes, messages_of(Sha1Lanes::width(), 777, rng), 128);
  CHECK(digests_of(lanes, first, 64)[0] == before[0]);
  CHECK(Sha1Lanes::can(Sha1Lanes::width()));
}

}  // namespace
}  // namespace seed

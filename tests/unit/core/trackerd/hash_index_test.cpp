#include "core/trackerd/hash_index.h"

#include <map>
#include <vector>

#include "core/base/rng.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::trackerd;

namespace {

std::vector<std::uint32_t> values_of(HashIndex& index, std::uint64_t hash) {
  std::vector<std::uint32_t> out;
  index.each(hash, [&](std::uint32_t value) { out.push_back(value); });
  std::ranges::sort(out);
  return out;
}

}  // namespace

TEST_CASE("several values of one hash are all found, and each can be taken out") {
  HashIndex index;
  CHECK(values_of(index, 7).empty());
  for (const std::uint32_t value : {3u, 1u, 2u}) index.insert(7, value);
  CHECK(values_of(index, 7) == std::vector<std::uint32_t>{1, 2, 3});
  CHECK(values_of(index, 8).empty());
  index.erase(7, 1);
  index.erase(7, 1);
  index.erase(9, 3);
  CHECK(values_of(index, 7) == std::vector<std::uint32_t>{2, 3});
  CHECK(index.size() == 2);
}

TEST_CASE("a value is changed in place") {
  HashIndex index;
  index.insert(7, 1);
  *index.find(7, [](std::uint32_t value) { return value == 1; }) = 5;
  CHECK(index.find(7, [](std::uint32_t value) { return value == 1; }) == nullptr);
  CHECK(values_of(index, 7) == std::vector<std::uint32_t>{5});
}

TEST_CASE("entries near the end of a shard go on at its beginning") {
  HashIndex index;
  // The largest tags have their home in the last place.
  for (std::uint32_t value = 0; value < 5; ++value) index.insert(0xffffffff - value, value);
  index.insert(1, 100);
  for (std::uint32_t value = 0; value < 5; ++value) {
    CHECK(values_of(index, 0xffffffff - value) == std::vector{value});
    index.erase(0xffffffff - value, value);
    CHECK(values_of(index, 1) == std::vector<std::uint32_t>{100});
  }
}

TEST_CASE("any order of inserts and erases leaves what a plain map has") {
  Rng rng(1);
  HashIndex index;
  std::multimap<std::uint64_t, std::uint32_t> model;
  for (int step = 0; step < 60'000; ++step) {
    // Few shards and few tags, so that they are long and get in each other's way; it grows for a
    // while, then it shrinks.
    const std::uint64_t hash = rng.below(2) << 56 | rng.below(400) * 0x00a00000;
    const auto value = static_cast<std::uint32_t>(rng.below(8));
    const bool growing = step / 10'000 % 2 == 0;
    if (rng.below(10) < (growing ? 7u : 3u)) {
      index.insert(hash, value);
      model.emplace(hash, value);
    } else {
      index.erase(hash, value);
      for (auto [at, end] = model.equal_range(hash); at != end; ++at) {
        if (at->second != value) continue;
        model.erase(at);
        break;
      }
    }
    if (step % 97 != 0) continue;
    REQUIRE(index.size() == model.size());
    std::vector<std::uint32_t> expected;
    for (auto [at, end] = model.equal_range(hash); at != end; ++at) expected.push_back(at->second);
    std::ranges::sort(expected);
    REQUIRE(values_of(index, hash) == expected);
  }
  while (!model.empty()) {
    index.erase(model.begin()->first, model.begin()->second);
    model.erase(model.begin());
  }
  CHECK(index.size() == 0);
}

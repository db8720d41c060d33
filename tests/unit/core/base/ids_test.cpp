#include "core/base/ids.h"

#include <map>
#include <memory>

#include "core/base/rng.h"
#include "tests/support/catch.h"

namespace seed {
namespace {

TEST_CASE("a stale id finds nothing, even when its slot is used again") {
  SlotMap<int, TorrentTag> map;
  const auto first = map.insert(1);
  CHECK(*map.find(first) == 1);
  CHECK(map.take(first) == 1);
  CHECK(map.find(first) == nullptr);
  const auto second = map.insert(2);
  CHECK(second.slot == first.slot);
  CHECK(map.find(first) == nullptr);
  CHECK_FALSE(map.erase(first));
  CHECK(*map.find(second) == 2);
}

TEST_CASE("an id that was never given finds nothing") {
  SlotMap<int, LinkTag> map;
  CHECK(map.find({}) == nullptr);
  CHECK(map.find({7, 1}) == nullptr);
  CHECK_FALSE(LinkId{});
  const auto id = map.insert(1);
  CHECK(id);
  CHECK(map.find({id.slot, 0}) == nullptr);
}

TEST_CASE("a value may be erased while it is visited") {
  SlotMap<std::unique_ptr<int>, JobTag> map;
  for (int i = 0; i < 10; ++i) map.insert(std::make_unique<int>(i));
  int expected = 0;
  map.each([&](JobId id, std::unique_ptr<int>& value) {
    CHECK(*value == expected++);
    if (*value % 2 == 0) map.erase(id);
  });
  CHECK(map.size() == 5);
}

TEST_CASE("a slot map does as a plain map does") {
  Rng rng(7);
  SlotMap<std::uint64_t, TorrentTag> map;
  std::map<TorrentId, std::uint64_t> naive;
  std::vector<TorrentId> given;
  for (int i = 0; i < 3000; ++i) {
    if (given.empty() || rng.below(3) != 0) {
      const auto value = rng.next();
      const auto id = map.insert(value);
      CHECK(naive.emplace(id, value).second);
      given.push_back(id);
    } else {
      const auto id = given[static_cast<std::size_t>(rng.below(given.size()))];
      CHECK(map.erase(id) == (naive.erase(id) == 1));
    }
    const auto id = given[static_cast<std::size_t>(rng.below(given.size()))];
    const auto found = naive.find(id);
    const auto* value = map.find(id);
    REQUIRE((value != nullptr) == (found != naive.end()));
    if (value != nullptr) CHECK(*value == found->second);
    REQUIRE(map.size() == naive.size());
  }
}

}  // namespace
}  // namespace seed

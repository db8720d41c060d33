#include "core/session/number_index.h"

#include <vector>

#include "tests/support/catch.h"

namespace seed::session {
namespace {

TorrentId id_of(TorrentNumber number) { return {static_cast<std::uint32_t>(number), 1}; }

NumberIndex filled(TorrentNumber count) {
  NumberIndex index;
  for (TorrentNumber number = 1; number <= count; ++number) index.append(number, id_of(number));
  return index;
}

std::vector<std::uint32_t> walked(NumberIndex& index, TorrentNumber after) {
  std::vector<std::uint32_t> out;
  index.each_after(after, [&](TorrentId id) {
    out.push_back(id.slot);
    return true;
  });
  return out;
}

TEST_CASE("torrents are found by their number until they are taken out") {
  auto index = filled(10);
  CHECK(index.find(3) == id_of(3));
  CHECK_FALSE(index.find(0));
  CHECK_FALSE(index.find(11));
  index.erase(3);
  index.erase(3);
  index.erase(11);
  CHECK_FALSE(index.find(3));
  CHECK(index.find(4) == id_of(4));
  CHECK(index.size() == 9);
}

TEST_CASE("a walk is in order of the numbers, after the one named, and ends when told to") {
  auto index = filled(6);
  index.erase(4);
  CHECK(walked(index, 0) == std::vector<std::uint32_t>{1, 2, 3, 5, 6});
  CHECK(walked(index, 2) == std::vector<std::uint32_t>{3, 5, 6});
  CHECK(walked(index, 4) == std::vector<std::uint32_t>{5, 6});
  CHECK(walked(index, 6).empty());
  int seen = 0;
  index.each_after(0, [&](TorrentId) { return ++seen < 2; });
  CHECK(seen == 2);
}

TEST_CASE("holes are closed, and what is left is found as before") {
  auto index = filled(100);
  for (TorrentNumber number = 1; number <= 90; ++number) index.erase(number);
  CHECK(index.size() == 10);
  CHECK(index.find(91) == id_of(91));
  CHECK_FALSE(index.find(90));
  index.append(101, id_of(101));
  CHECK(walked(index, 98) == std::vector<std::uint32_t>{99, 100, 101});
}

TEST_CASE("who walks may take out all and append") {
  auto index = filled(100);
  std::vector<std::uint32_t> seen;
  index.each_after(0, [&](TorrentId id) {
    seen.push_back(id.slot);
    if (id.slot == 2)
      for (TorrentNumber number = 1; number < 100; ++number) index.erase(number);
    if (id.slot == 100) index.append(101, id_of(101));
    return true;
  });
  CHECK(seen == std::vector<std::uint32_t>{1, 2, 100, 101});
  CHECK(index.size() == 2);
}

}  // namespace
}  // namespace seed::session

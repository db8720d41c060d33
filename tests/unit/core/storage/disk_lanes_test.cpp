#include "core/storage/disk_lanes.h"

#include <set>

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::storage;

TEST_CASE("a disk has some lanes in turn and one for copies, and shares none with another") {
  DiskLanes lanes(12);
  std::set<io::Lane> first;
  for (int i = 0; i < 20; ++i) first.insert(lanes.next(7));
  CHECK(first.size() == DiskLanes::per_disk(12));
  CHECK(first.insert(lanes.copies(7)).second);
  CHECK(lanes.copies(7) == lanes.copies(7));
  for (int i = 0; i < 20; ++i) {
    CHECK_FALSE(first.contains(lanes.next(8)));
    CHECK_FALSE(first.contains(lanes.next(std::nullopt)));
  }
  CHECK_FALSE(first.contains(lanes.copies(8)));
  for (const auto lane : first) CHECK(lane >= io::Lane::first_free);
}

TEST_CASE("one disk never holds all threads") {
  for (std::size_t threads = 6; threads < 128; ++threads) {
    INFO(threads);
    const std::size_t held = 2 * DiskLanes::per_disk(threads) + 2;  // with copies and a check
    CHECK(held < threads - 1);                                      // one is the store's
  }
  CHECK(DiskLanes::per_disk(1) == 1);
}

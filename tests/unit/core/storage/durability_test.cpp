#include "core/storage/durability.h"

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::storage;

namespace {
const std::vector<FileIndex> file_one{{1}};
const Instant start{1h};
}  // namespace

TEST_CASE("a sync is due some seconds after the first write, or at once after much") {
  Durability durability(10);
  CHECK_FALSE(durability.deadline());
  durability.on_written({0}, file_one, 100, start);
  durability.on_written({1}, file_one, 100, start + 1s);
  CHECK(durability.deadline() == start + sync_delay);
  durability.on_written({2}, file_one, sync_bytes, start + 2s);
  CHECK(*durability.deadline() <= start + 2s);
}

TEST_CASE("what is written while a sync runs is not durable by it") {
  Durability durability(10);
  durability.on_written({0}, file_one, 100, start);
  (void)durability.begin();
  durability.on_written({1}, file_one, 100, start);
  CHECK_FALSE(durability.deadline());
  durability.on_synced({{{1}, {5, 6}}});
  CHECK(durability.durable().test({0}));
  CHECK_FALSE(durability.durable().test({1}));
  CHECK(durability.stamps().at({1}) == io::FileStamp{5, 6});
  CHECK(durability.waiting());
}

TEST_CASE("a file holds what is not claimed until the sync that began after the write") {
  Durability durability(10);
  durability.on_written({0}, file_one, 100, start);
  CHECK(durability.holds_unclaimed({1}));
  CHECK_FALSE(durability.holds_unclaimed({2}));
  (void)durability.begin();
  CHECK(durability.holds_unclaimed({1}));
  durability.on_written({1}, file_one, 100, start);
  durability.on_postponed(start);
  (void)durability.begin();
  durability.on_written({2}, file_one, 100, start);
  durability.on_synced({});
  CHECK(durability.holds_unclaimed({1}));
  (void)durability.begin();
  durability.on_synced({});
  CHECK_FALSE(durability.holds_unclaimed({1}));
  durability.on_created({1}, start);
  durability.on_touched({1}, start);
  CHECK_FALSE(durability.holds_unclaimed({1}));
}

TEST_CASE("a file's name is synced the first time, also when another process made the file") {
  Durability durability(10);
  durability.on_written({0}, file_one, 100, start);
  CHECK(durability.begin().created.contains({1}));
  durability.on_synced({});
  durability.on_written({1}, file_one, 100, start);
  CHECK(durability.begin().created.empty());
  durability.on_created({1}, start);  // renamed while the sync runs
  durability.on_synced({});
  CHECK(durability.begin().created.contains({1}));
}

TEST_CASE("the pieces of a failed sync are given up, not claimed by the next") {
  Durability durability(10);
  durability.on_written({0}, file_one, 100, start);
  (void)durability.begin();
  CHECK(durability.on_failed() == std::vector{PieceIndex{0}});
  durability.on_written({1}, file_one, 100, start);
  (void)durability.begin();
  durability.on_synced({});
  CHECK_FALSE(durability.durable().test({0}));
}

TEST_CASE("a piece that is lost again is not claimed by a sync under way") {
  Durability durability(10);
  durability.on_written({0}, file_one, 100, start);
  (void)durability.begin();
  durability.forget({0});
  durability.on_synced({});
  CHECK(durability.durable().none());
}

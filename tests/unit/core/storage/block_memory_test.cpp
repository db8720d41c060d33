#include "core/storage/block_memory.h"

#include "tests/support/catch.h"

using namespace seed::storage;

TEST_CASE("pressure comes when all is taken and relief is told once") {
  BlockMemory memory(1000);
  memory.take(MemoryUse::incoming, 999);
  CHECK_FALSE(memory.under_pressure());
  memory.take(MemoryUse::unsent, 1);
  CHECK(memory.under_pressure());
  CHECK_FALSE(memory.take_relief());
  memory.give_back(MemoryUse::incoming, 100);
  CHECK_FALSE(memory.take_relief());
  memory.give_back(MemoryUse::incoming, 100);
  CHECK(memory.take_relief());
  CHECK_FALSE(memory.take_relief());
}

TEST_CASE("pressure always has a job under way that ends it") {
  // What uploads and incomplete pieces may hold leaves room that only jobs can fill.
  const BlockMemory memory(1024);
  CHECK(memory.may_read(512));
  CHECK(memory.spill_mark() + 512 < memory.max());
}

TEST_CASE("uploads hold half at most, so peers who do not read stop no download") {
  BlockMemory memory(1000);
  CHECK(memory.may_read(5000));
  memory.take(MemoryUse::unsent, 400);
  CHECK(memory.may_read(100));
  CHECK_FALSE(memory.may_read(101));
  CHECK_FALSE(memory.may_read_ahead(1));
  CHECK_FALSE(memory.under_pressure());
}

TEST_CASE("whatever uploads hold, half is left for downloads") {
  BlockMemory memory(1000);
  memory.take(MemoryUse::unsent, 3000);
  CHECK_FALSE(memory.under_pressure());
  memory.take(MemoryUse::incoming, 499);
  CHECK_FALSE(memory.under_pressure());
  memory.take(MemoryUse::incoming, 1);
  CHECK(memory.under_pressure());
  memory.give_back(MemoryUse::incoming, 200);
  CHECK(memory.take_relief());
  CHECK_FALSE(memory.may_read(1));
}

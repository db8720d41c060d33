#include "rpc/process_facts.h"

#include <unistd.h>

#include "tests/support/catch.h"

using namespace seed::rpc;

TEST_CASE("the process knows its memory, its descriptors and since when it runs") {
  const ProcessFacts before = read_process_facts();
  CHECK(before.resident_bytes > 100'000);
  CHECK(before.virtual_bytes >= before.resident_bytes);
  CHECK(before.open_fds >= 3);
  CHECK(before.max_fds >= before.open_fds);
  CHECK(before.threads >= 1);
  CHECK(before.start_time > 1.6e9);
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  CHECK(read_process_facts().open_fds == before.open_fds + 2);
  ::close(ends[0]);
  ::close(ends[1]);
}

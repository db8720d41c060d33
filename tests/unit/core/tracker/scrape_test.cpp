#include "core/tracker/scrape.h"

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::tracker;

TEST_CASE("a scrape reply gives the counts of the torrent that is asked for") {
  const Sha1 one = sha1(as_bytes("1"));
  const Sha1 two = sha1(as_bytes("2"));
  ScrapeReply reply;
  reply.entries = {{one, {1U, 2U, 3U, {}}}};
  REQUIRE(reply.find(one) != nullptr);
  CHECK(reply.find(one)->leechers == 2U);
  CHECK(reply.find(two) == nullptr);
}

#include "core/trackerd/connection_ids.h"

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::trackerd;

namespace {

const IpAddress v4 = *IpAddress::parse("192.0.2.1");
const IpAddress v6 = *IpAddress::parse("2001:db8::1");

}  // namespace

TEST_CASE("an id is good for two minutes at least and two and a half at most") {
  const ConnectionIds ids({1});
  for (const Duration part : {0s, 1s, 29s}) {
    const Instant made = Instant{} + 500 * ConnectionIds::period + part;
    for (const IpAddress& address : {v4, v6}) {
      const std::uint64_t id = ids.make(address, made);
      CHECK(ids.valid(id, address, made));
      CHECK(ids.valid(id, address, made + 2min));
      CHECK(!ids.valid(id, address, made + 150s));
      CHECK(!ids.valid(id, address, made + 256 * ConnectionIds::period));
      CHECK(!ids.valid(id, address, made - 30s));
    }
  }
}

TEST_CASE("an id is for one address, and of one secret") {
  const ConnectionIds ids({1});
  const Instant now = Instant{} + 1h;
  const std::uint64_t id = ids.make(v4, now);
  CHECK(!ids.valid(id, *IpAddress::parse("192.0.2.2"), now));
  CHECK(!ids.valid(id, v6, now));
  CHECK(!ConnectionIds({2}).valid(id, v4, now));
  for (int bit = 0; bit < 64; ++bit) CHECK(!ids.valid(id ^ std::uint64_t{1} << bit, v4, now));
}

TEST_CASE("in the first minutes there are no ids of before") {
  const ConnectionIds ids({1});
  CHECK(ids.valid(ids.make(v4, Instant{}), v4, Instant{} + 1s));
  // An age of one period, when none has passed.
  CHECK(!ids.valid(ids.make(v4, Instant{} - 30s), v4, Instant{} + 1s));
}

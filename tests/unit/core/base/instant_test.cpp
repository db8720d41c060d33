#include "core/base/instant.h"

#include <type_traits>

#include "core/base/limits.h"
#include "core/base/piece.h"
#include "tests/support/catch.h"

namespace seed {
namespace {

template <typename A, typename B>
concept Subtracts = requires(A a, B b) { a - b; };

TEST_CASE("monotonic and calendar time do not mix") {
  STATIC_REQUIRE(!std::is_convertible_v<Instant, WallTime>);
  STATIC_REQUIRE(!std::is_convertible_v<WallTime, Instant>);
  STATIC_REQUIRE(!Subtracts<Instant, WallTime>);
}

TEST_CASE("calendar time is seconds since 1970") {
  CHECK(unix_seconds(no_time) == 0);
  CHECK(unix_seconds(from_unix_seconds(1'700'000'000)) == 1'700'000'000);
  CHECK(unix_seconds(from_unix_seconds(1) + 999ms) == 1);
  CHECK(seconds_of(1500ms) == 1.5);
  CHECK(Instant(24h * 365 * 100) < never);
}

TEST_CASE("later than never is never") {
  STATIC_REQUIRE(later(Instant(1s), 2s) == Instant(3s));
  STATIC_REQUIRE(later(never, 1ns) == never);
  STATIC_REQUIRE(later(never - 1s, 2s) == never);
  STATIC_REQUIRE(later(never - 2s, 1s) == never - 1s);
  STATIC_REQUIRE(later(never, 0ns) == never);
  STATIC_REQUIRE(later(Instant(3s), -2s) == Instant(1s));
}

TEST_CASE("block references differ by each of their parts") {
  const BlockRef ref{{1}, 2, 3};
  CHECK(ref == BlockRef{{1}, 2, 3});
  CHECK(ref < BlockRef{{1}, 2, 4});
  CHECK(BlockRefHash{}(ref) == BlockRefHash{}(BlockRef{{1}, 2, 3}));
  CHECK(BlockRefHash{}(ref) != BlockRefHash{}(BlockRef{{2}, 2, 3}));
}

TEST_CASE("the limits fit each other") {
  STATIC_REQUIRE(limits::request_bytes_max >= block_size);
  STATIC_REQUIRE(limits::our_requests_min <= limits::our_requests_max);
  STATIC_REQUIRE(limits::http_body_bytes_max >= limits::torrent_file_bytes_max / 3 * 4);
  STATIC_REQUIRE(limits::keepalive_interval < limits::link_idle_max);
}

}  // namespace
}  // namespace seed

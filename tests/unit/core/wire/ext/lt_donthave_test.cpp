#include "core/wire/ext/lt_donthave.h"

#include "tests/support/catch.h"

using namespace seed;

TEST_CASE("lt_donthave is one index of four octets") {
  const auto parsed = wire::LtDontHave::parse(Buffer{0, 0, 1, 2});
  REQUIRE(parsed);
  CHECK(parsed->piece.value == 258);
  CHECK_FALSE(wire::LtDontHave::parse(Buffer{0, 0, 1}));
  CHECK_FALSE(wire::LtDontHave::parse(Buffer{0, 0, 1, 2, 3}));
}

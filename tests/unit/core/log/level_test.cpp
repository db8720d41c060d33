#include "core/log/level.h"

#include "tests/support/catch.h"

namespace seed::log {
namespace {

TEST_CASE("levels rise and are spelled one way") {
  CHECK(Level::trace < Level::debug);
  CHECK(Level::error < Level::off);
  for (const auto level :
       {Level::trace, Level::debug, Level::info, Level::warn, Level::error, Level::off})
    CHECK(parse_level(name_of(level)) == level);
  CHECK_FALSE(parse_level("warning"));
  CHECK_FALSE(parse_level("INFO"));
  CHECK_FALSE(parse_level(""));
}

}  // namespace
}  // namespace seed::log

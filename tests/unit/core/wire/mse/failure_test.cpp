#include "core/wire/mse/failure.h"

#include <set>
#include <utility>

#include "tests/support/catch.h"

using namespace seed::wire::mse;

TEST_CASE("each failure has words of its own") {
  std::set<std::string_view> texts;
  const auto last = std::to_underlying(Failure::held_too_much);
  for (std::uint8_t code = 0; code <= last; ++code)
    texts.insert(text_of(static_cast<Failure>(code)));
  CHECK(texts.size() == std::size_t{last} + 1);
  CHECK_FALSE(texts.contains("unknown"));
}

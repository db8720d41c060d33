#include "rpc/methods/list_bounds.h"

#include "core/base/limits.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::rpc;

TEST_CASE("lists are bounded by their members and by their text") {
  constexpr Parameter row{"labels", "", ValueType::texts, "doc"};
  CHECK_FALSE(too_long(row, limits::rpc_list_members_max, limits::rpc_text_bytes_max));
  const auto members = too_long(row, limits::rpc_list_members_max + 1);
  REQUIRE(members);
  CHECK(members->code == invalid_params);
  CHECK(members->text == "labels: more than 1000 members");
  CHECK(too_long(row, 1, limits::rpc_text_bytes_max + 1)->text == "labels: more than 65536 bytes");
  CHECK_FALSE(too_long(row, {std::string(60'000, 'a'), std::string(5'000, 'a')}));
  CHECK(too_long(row, {std::string(60'000, 'a'), std::string(6'000, 'a')}));
}

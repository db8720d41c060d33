#include "ctl/json.h"

#include "tests/support/catch.h"

using namespace seed::ctl;

TEST_CASE("members of the wrong type count as not there") {
  const Json object = {
      {"text", "x"}, {"whole", 7}, {"real", 2.9}, {"yes", true}, {"null", nullptr}};
  CHECK(integer(object, "whole") == 7);
  CHECK(integer(object, "real") == 2);
  CHECK(integer(object, "text", -1) == -1);
  CHECK(number(object, "whole") == 7.0);
  CHECK(number(object, "null", 0.5) == 0.5);
  CHECK(text(object, "whole").empty());
  CHECK(boolean(object, "yes"));
  CHECK(list(object, "text").empty());
  CHECK(member(Json(3), "x").is_null());
}

TEST_CASE("numbers that do not fit are held") {
  CHECK(integer(Json{{"n", UINT64_MAX}}, "n") == INT64_MAX);
  CHECK(integer(Json{{"n", 1e300}}, "n", 5) == 5);
}

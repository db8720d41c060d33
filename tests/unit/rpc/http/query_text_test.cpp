#include "rpc/http/query_text.h"

#include "tests/support/catch.h"

using namespace seed::rpc;

TEST_CASE("a parameter of the query is found by its name and decoded") {
  CHECK(query_value("since=12&x=", "since") == "12");
  CHECK(query_value("since=12&x=", "x") == "");
  CHECK(query_value("flag", "flag") == "");
  CHECK(query_value("a=1&a=2", "a") == "1");
  CHECK(query_value("n%61me=%c3%A9+b", "name") == "\xc3\xa9 b");
  CHECK(query_value("a=b=c", "a") == "b=c");
}

TEST_CASE("what is not in the query is nothing") {
  CHECK(query_value("", "a") == std::nullopt);
  CHECK(query_value("&&", "a") == std::nullopt);
  CHECK(query_value("ab=1", "a") == std::nullopt);
}

TEST_CASE("what is no escape stays as it is") {
  CHECK(query_value("a=%zz%4&b", "a") == "%zz%4");
  CHECK(query_value("a=100%", "a") == "100%");
}

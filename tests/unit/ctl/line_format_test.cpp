#include "ctl/line_format.h"

#include "tests/support/catch.h"

using namespace seed::ctl;

namespace {

std::string line(std::string_view format) {
  const auto parsed = LineFormat::parse(format, Schema::built_in());
  if (!parsed) return "error: " + parsed.error().text;
  return parsed->line({{"id", 7}, {"name", "a\nb"}, {"percent_done", 0.5}, {"labels", {"x", "y"}}},
                      Look());
}

}  // namespace

TEST_CASE("a line has columns and fields in braces") {
  CHECK(line("{id}\\t{name}") == "7\ta\\nb\n");
  CHECK(line("{done} {percent_done}") == "50.0% 0.5\n");
  CHECK(line("{{{id}}} {labels}\\n") == "{7} x,y\n");
  CHECK(line("plain") == "plain\n");
  CHECK(line("{id}\\0") == std::string("7\0", 2));
  CHECK(line("a\\\\b\\q") == "a\\b\\q\n");
}

TEST_CASE("a line with a column that there is not, or an open brace, is refused") {
  CHECK(line("{nonsense}").starts_with("error: there is no column"));
  CHECK(line("{id").starts_with("error: --format"));
  CHECK(line("{}").starts_with("error: "));
  CHECK(line("{id,name}").starts_with("error: --format"));
}

TEST_CASE("a line names the fields that it needs") {
  const auto parsed = LineFormat::parse("{done} {labels}", Schema::built_in());
  REQUIRE(parsed);
  CHECK(parsed->fields() == std::vector<std::string>{"percent_done", "labels"});
  CHECK(LineFormat::parse("", Schema::built_in())->empty());
}

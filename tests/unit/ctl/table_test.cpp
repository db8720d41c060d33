#include "ctl/table.h"

#include "tests/support/catch.h"

using namespace seed::ctl;

namespace {

Table sample() {
  Table table;
  table.column("N", Align::right).column("WORD").column("LAST");
  table.row({"1", "日本", "x\x1b[0m"});
  table.row({"10", "a", "a long last column"});
  return table;
}

}  // namespace

TEST_CASE("columns line up and no line ends in blanks") {
  CHECK(sample().render({}) ==
        " N  WORD  LAST\n"
        " 1  日本  x\\x1b[0m\n"
        "10  a     a long last column\n");
}

TEST_CASE("only on a terminal the last column is cut to its width") {
  Look look;
  look.columns = 20;
  CHECK(sample().render(look).find("a long last column") != std::string::npos);
  look.terminal = true;
  look.utf8 = true;
  CHECK(sample().render(look).find("10  a     a long la…\n") != std::string::npos);
}

TEST_CASE("colours surround the text and not the blanks") {
  Table table;
  table.column("A").column("B");
  table.row({Cell("x", Style::good), "y"});
  Look look;
  look.colours = true;
  CHECK(table.render(look).find("\x1b[32mx\x1b[0m  y\n") != std::string::npos);
}

TEST_CASE("a table without headers has no line for them") {
  Table table;
  table.column("").column("");
  table.row({"a", "b", "surplus"});
  CHECK(table.render({}) == "a  b\n");
}

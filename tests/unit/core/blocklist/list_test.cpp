#include "core/blocklist/list.h"

#include <atomic>
#include <string>

#include "core/base/limits.h"
#include "tests/support/catch.h"

namespace seed::blocklist {
namespace {

IpAddress at(const char* text) { return *IpAddress::parse(text); }

Result<List> parse(std::string_view text) { return parse_list(as_bytes(text)); }

TEST_CASE("the forms may be mixed, and what cannot be read is counted") {
  const auto list = parse(
      "# a comment\n"
      "name:192.0.2.0-192.0.2.9\r\n"
      "\r\n"
      "198.51.100.0/24\r"
      "rubbish\n"
      "010.000.000.001 - 010.000.000.009 , 255 , allowed\n"
      "2001:db8::/32\n"
      "192.0.2.77");
  REQUIRE(list);
  CHECK(list->table.size() == 4);
  CHECK(list->unreadable == 1);
  CHECK(list->table.contains(at("192.0.2.9")));
  CHECK(list->table.contains(at("198.51.100.255")));
  CHECK(list->table.contains(at("2001:db8::1")));
  CHECK(list->table.contains(at("192.0.2.77")));
  CHECK_FALSE(list->table.contains(at("10.0.0.1")));
}

TEST_CASE("a byte-order mark is passed over") {
  const auto list = parse(
      "\xef\xbb\xbf"
      "192.0.2.1\n192.0.2.2\n");
  REQUIRE(list);
  CHECK(list->table.size() == 2);
  CHECK(list->unreadable == 0);
}

TEST_CASE("a list without a rule is none") {
  for (const char* text : {"", "\n\n", "# nothing", "<html>\n<body>no such page</body>\n</html>",
                           "1.2.3.4 - 5.6.7.8 , 255 , all allowed"}) {
    const auto list = parse(text);
    REQUIRE_FALSE(list);
    CHECK(list.error().code == FaultCode::malformed);
  }
}

TEST_CASE("what is mostly unreadable is no list") {
  const auto list = parse("# x\n\nno such list\nuse this instead:\n192.0.2.1\n");
  REQUIRE_FALSE(list);
  CHECK(list.error().code == FaultCode::malformed);
  // As many of either may be one that is badly kept; what is allowed is readable too.
  CHECK(parse("rubbish\n192.0.2.1\n"));
  CHECK(parse("rubbish\nrubbish\n192.0.2.1\n1.2.3.4 - 5.6.7.8 , 255 , allowed\n"));
}

TEST_CASE("a web page is no list, whatever addresses are in it") {
  const std::string long_line(limits::blocklist_line_bytes_max, 'x');
  const std::string rules = "\n192.0.2.1\n192.0.2.2\n";
  for (const std::string& page :
       {"<html>" + rules, "\xef\xbb\xbf\r\n \t<p>" + rules, "<!-- " + long_line + rules}) {
    const auto list = parse(page);
    REQUIRE_FALSE(list);
    CHECK(list.error().code == FaultCode::malformed);
  }
  CHECK(parse("# <b>\n192.0.2.1\n"));
}

TEST_CASE("more rules than may be are refused as too many") {
  std::string text;
  for (std::size_t i = 0; i <= limits::blocklist_rules_max; ++i) text += "1.2.3.4\n";
  const auto list = parse(text);
  REQUIRE_FALSE(list);
  CHECK(list.error().code == FaultCode::too_large);
}

TEST_CASE("reading stops when it is called off") {
  const std::atomic<bool> called_off = true;
  const auto list = parse_list(as_bytes("192.0.2.1\n"), &called_off);
  REQUIRE_FALSE(list);
  CHECK(list.error().code == FaultCode::cancelled);
}

TEST_CASE("a line beyond its bound is passed over, and the next is read") {
  const std::string name(limits::blocklist_line_bytes_max, 'x');
  const auto list = parse(name + ":192.0.2.1-192.0.2.2\n192.0.2.9\n");
  REQUIRE(list);
  CHECK(list->table.size() == 1);
  CHECK(list->unreadable == 1);
  CHECK(list->table.contains(at("192.0.2.9")));
}

}  // namespace
}  // namespace seed::blocklist

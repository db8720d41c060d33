#include "core/blocklist/line.h"

#include <string>

#include "tests/support/catch.h"

namespace seed::blocklist {
namespace {

/// "first-last" of a rule, else what kind of line it is.
std::string read(std::string_view text) {
  const Line line = parse_line(text);
  switch (line.kind) {
    case LineKind::nothing:
      return "nothing";
    case LineKind::allowed:
      return "allowed";
    case LineKind::unreadable:
      return "unreadable";
    case LineKind::rule:
      break;
  }
  return line.range.first.to_string() + "-" + line.range.last.to_string();
}

TEST_CASE("an address alone is a rule of one") {
  CHECK(read("192.0.2.1") == "192.0.2.1-192.0.2.1");
  CHECK(read("  192.0.2.1\t") == "192.0.2.1-192.0.2.1");
  CHECK(read("2001:db8::1") == "2001:db8::1-2001:db8::1");
}

TEST_CASE("octets are decimal whatever zeros they begin with") {
  CHECK(read("001.002.003.004") == "1.2.3.4-1.2.3.4");
  CHECK(read("010.010.010.010 - 010.010.010.099") == "10.10.10.10-10.10.10.99");
  CHECK(read("0001.2.3.4") == "unreadable");
  CHECK(read("256.2.3.4") == "unreadable");
  CHECK(read("1.2.3.4.5") == "unreadable");
  CHECK(read("1.2.3") == "unreadable");
}

TEST_CASE("a range has its blanks or none, and its ends in order") {
  CHECK(read("192.0.2.0-192.0.2.255") == "192.0.2.0-192.0.2.255");
  CHECK(read("192.0.2.0 - 192.0.2.255") == "192.0.2.0-192.0.2.255");
  CHECK(read("2001:db8::-2001:db8::ff") == "2001:db8::-2001:db8::ff");
  CHECK(read("192.0.2.9-192.0.2.8") == "unreadable");
  CHECK(read("192.0.2.9-::1") == "unreadable");
  CHECK(read("192.0.2.9-") == "unreadable");
}

TEST_CASE("a prefix is all that begins so, and what is behind it does not matter") {
  CHECK(read("192.0.2.0/24") == "192.0.2.0-192.0.2.255");
  CHECK(read("192.0.2.77/25") == "192.0.2.0-192.0.2.127");
  CHECK(read("192.0.2.1/32") == "192.0.2.1-192.0.2.1");
  CHECK(read("1.2.3.4/0") == "0.0.0.0-255.255.255.255");
  CHECK(read("192.0.2.1/33") == "unreadable");
  CHECK(read("192.0.2.1/") == "unreadable");
  CHECK(read("2001:db8::/33") == "2001:db8::-2001:db8:7fff:ffff:ffff:ffff:ffff:ffff");
  CHECK(read("2001:db8::1/128") == "2001:db8::1-2001:db8::1");
  CHECK(read("2001:db8::1/129") == "unreadable");
  CHECK(read("::/0") == "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
}

TEST_CASE("mapped addresses are IPv4") {
  CHECK(read("::ffff:192.0.2.1") == "192.0.2.1-192.0.2.1");
  CHECK(read("::ffff:192.0.2.0/120") == "192.0.2.0-192.0.2.255");
  CHECK(read("::ffff:192.0.2.0-::ffff:192.0.2.9") == "192.0.2.0-192.0.2.9");
  CHECK(read("::ffff:192.0.2.0/95") == "unreadable");
  CHECK(read("::fffe:0:0/95") == "unreadable");
}

TEST_CASE("a name is what is in front of the addresses, whatever is in it") {
  CHECK(read("Some Name:1.2.3.4-5.6.7.8") == "1.2.3.4-5.6.7.8");
  CHECK(read("http://a:b: c :1.2.3.4-5.6.7.8") == "1.2.3.4-5.6.7.8");
  CHECK(read(":1.2.3.4-5.6.7.8") == "1.2.3.4-5.6.7.8");
  CHECK(read("1.2.3 & co: 1.2.3.4 - 5.6.7.8") == "1.2.3.4-5.6.7.8");
  CHECK(read("caf\xe9 \xff:1.2.3.4-5.6.7.8") == "1.2.3.4-5.6.7.8");
  CHECK(read("abc:1.2.3.4-5.6.7.8") == "1.2.3.4-5.6.7.8");
  CHECK(read("six:2001:db8::-2001:db8::ff") == "2001:db8::-2001:db8::ff");
  CHECK(read("a:b: 1:2:3:4:5:6:7:8-1:2:3:4:5:6:7:9") == "1:2:3:4:5:6:7:8-1:2:3:4:5:6:7:9");
  CHECK(read("name:1.2.3.4-5.6.7") == "unreadable");
  CHECK(read("name without addresses") == "unreadable");
  CHECK(read("1.2.3.4:6881") == "unreadable");
}

TEST_CASE("a name of hexadecimal digits is not taken for a group of an address") {
  const std::string all = "2a01:4f8::-2a01:4f8:ffff:ffff:ffff:ffff:ffff:ffff";
  for (const std::string name : {"DE:", "CA:", "cafe:", "DE: ", "a name:BE:", "10:"}) {
    CAPTURE(name);
    CHECK(read(name + all) == all);
    CHECK(read(name + "2a01:4f8::/32") == all);
    CHECK(read(name + "2a01:4f8::1") == "2a01:4f8::1-2a01:4f8::1");
    CHECK(read(name + "2a01:4f8:: - 2a01:4f8::9 , 000 , x: y") == "2a01:4f8::-2a01:4f8::9");
    CHECK(read(name + "1.2.3.4-5.6.7.8") == "1.2.3.4-5.6.7.8");
  }
  CHECK(read("DE:1:2:3:4:5:6:7:8-1:2:3:4:5:6:7:9") == "1:2:3:4:5:6:7:8-1:2:3:4:5:6:7:9");
}

TEST_CASE("an address without a name keeps its first group") {
  CHECK(read("2a01:4f8::-2a01:4f8:ffff:ffff:ffff:ffff:ffff:ffff") ==
        "2a01:4f8::-2a01:4f8:ffff:ffff:ffff:ffff:ffff:ffff");
  CHECK(read("2001:db8:1:2::-2001:db8:1:3::") == "2001:db8:1:2::-2001:db8:1:3::");
  CHECK(read("2001:db8::/32") == "2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff");
  CHECK(read("2001:2001:db8::1") == "2001:2001:db8::1-2001:2001:db8::1");
  CHECK(read("1:2:3:4:5:6:7:8-1:2:3:4:5:6:7:9") == "1:2:3:4:5:6:7:8-1:2:3:4:5:6:7:9");
  CHECK(read("fc00::/7") == "fc00::-fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
  CHECK(read("fe80:1::/32") == "fe80:1::-fe80:1:ffff:ffff:ffff:ffff:ffff:ffff");
  CHECK(read("::1") == "::1-::1");
}

TEST_CASE("an access level of 128 and more allows") {
  CHECK(read("001.002.003.004 - 005.006.007.008 , 000 , a name, with commas") == "1.2.3.4-5.6.7.8");
  CHECK(read("1.2.3.4-5.6.7.8,127,name: x") == "1.2.3.4-5.6.7.8");
  CHECK(read("1.2.3.4 - 5.6.7.8 , 128 , name") == "allowed");
  CHECK(read("1.2.3.4 - 5.6.7.8 , 200") == "allowed");
  CHECK(read("1.2.3.4 - 5.6.7.8 , name") == "unreadable");
  CHECK(read("1.2.3.4 - 5.6.7.8 , 1000 , name") == "unreadable");
}

TEST_CASE("comments stand alone or behind an address") {
  for (const char* text : {"", "   ", "# 1.2.3.4", "; 1.2.3.4", "// 1.2.3.4", "  # x"})
    CHECK(read(text) == "nothing");
  CHECK(read("192.0.2.0/24 ; SBL1") == "192.0.2.0-192.0.2.255");
  CHECK(read("192.0.2.1 # x") == "192.0.2.1-192.0.2.1");
  CHECK(read("192.0.2.1//x") == "192.0.2.1-192.0.2.1");
  CHECK(read("192.0.2.1 x") == "unreadable");
}

}  // namespace
}  // namespace seed::blocklist

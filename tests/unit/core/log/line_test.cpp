#include "core/log/line.h"

#include <limits>

#include "tests/support/catch.h"

namespace seed::log {
namespace {

using std::chrono::system_clock;

std::string text(std::initializer_list<Field> fields) {
  return line_body(Format::text, "n", "m", fields);
}
std::string json(std::initializer_list<Field> fields) {
  return line_body(Format::json, "n", "m", fields);
}

TEST_CASE("each kind of field is written as what it is") {
  const std::string owned = "a string";
  CHECK(text({{"s", owned}, {"v", std::string_view("view")}, {"c", "text"}}) ==
        "n: m s=\"a string\" v=view c=text");
  CHECK(text({{"i", -3},
              {"u", 3u},
              {"big", std::numeric_limits<std::uint64_t>::max()},
              {"small", std::numeric_limits<std::int64_t>::min()},
              {"octet", std::uint8_t{7}},
              {"short", std::int16_t{-7}}}) ==
        "n: m i=-3 u=3 big=18446744073709551615 small=-9223372036854775808 octet=7 short=-7");
  CHECK(text({{"d", 1.5}, {"t", true}, {"f", false}}) == "n: m d=1.5 t=true f=false");
  CHECK(text({{"hash", sha1(as_bytes("abc"))}}) ==
        "n: m hash=a9993e364706816aba3e25717850c26c9cd0d89d");
  CHECK(text({{"peer", *Endpoint::parse("[2001:db8::1]:80")}, {"ip", IpAddress::v4(1)}}) ==
        "n: m peer=[2001:db8::1]:80 ip=0.0.0.1");
  CHECK(text({{"raw", Bytes(as_bytes("ab"))}}) == "n: m raw=6162");
}

TEST_CASE("JSON has one object a line") {
  CHECK(json({}) == R"("name":"n","message":"m"})");
  CHECK(json({{"s", "a\nb"}, {"i", -3}, {"t", true}, {"d", 0.25}}) ==
        R"("name":"n","message":"m","s":"a\u000ab","i":-3,"t":true,"d":0.25})");
  CHECK(json({{"d", std::numeric_limits<double>::infinity()}}) ==
        R"("name":"n","message":"m","d":null})");
  CHECK(json({{"time", 1}, {"message", "x"}}) ==
        R"("name":"n","message":"m","time_":1,"message_":"x"})");
}

TEST_CASE("secrets are not written") {
  CHECK(text({{"password", "hunter2"},
              {"rpc_Token", "x"},
              {"passkey", 1234},
              {"Authorization", "Basic eA=="},
              {"tokens", 3}}) ==
        "n: m password=*** rpc_Token=*** passkey=*** Authorization=*** tokens=3");
  CHECK(json({{"client_secret", sha1({})}}) ==
        R"("name":"n","message":"m","client_secret":"***"})");
}

TEST_CASE("names and keys cannot break a line") {
  CHECK(line_body(Format::text, "a b\n", "m\n", {{"k=\n", 1}}) == "a_b_: m\\x0a k__=1");
  CHECK(line_body(Format::json, "a\"\n", "m", {{"k\"", 1}}) ==
        R"("name":"a\"\u000a","message":"m","k\"":1})");
  CHECK(line_body(Format::text, "", "m", {}) == "m");
}

TEST_CASE("a line begins with its time and level, or with a priority for the journal") {
  const system_clock::time_point when =
      system_clock::from_time_t(1795231800) + std::chrono::milliseconds(7);
  CHECK(line_head({Format::text, false}, Level::info, when) == "2026-11-21T03:30:00.007Z info  ");
  CHECK(line_head({Format::text, false}, Level::error, when) == "2026-11-21T03:30:00.007Z error ");
  CHECK(line_head({Format::text, true}, Level::error, when) == "<3>");
  CHECK(line_head({Format::text, true}, Level::warn, when) == "<4>");
  CHECK(line_head({Format::text, true}, Level::info, when) == "<6>");
  CHECK(line_head({Format::text, true}, Level::debug, when) == "<7>");
  CHECK(line_head({Format::json, false}, Level::warn, when) ==
        R"({"time":"2026-11-21T03:30:00.007Z","level":"warn",)");
  CHECK(line_head({Format::json, true}, Level::info, when).starts_with("<6>{\"time\""));
}

}  // namespace
}  // namespace seed::log

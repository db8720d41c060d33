#include "core/log/escape.h"

#include "core/base/bytes.h"
#include "core/base/rng.h"
#include "tests/support/catch.h"

namespace seed::log {
namespace {

std::string value(std::string_view text) {
  std::string out;
  append_value(out, text);
  return out;
}

std::string message(std::string_view text) {
  std::string out;
  append_message(out, text);
  return out;
}

std::string json(std::string_view text) {
  std::string out;
  append_json(out, text);
  return out;
}

TEST_CASE("a plain word stays as it is") {
  CHECK(value("tracker.example:80") == "tracker.example:80");
  CHECK(value("\xe6\x97\xa5") == "\xe6\x97\xa5");
  CHECK(value("") == "\"\"");
  CHECK(value("no route") == "\"no route\"");
  CHECK(value("a=b") == "\"a=b\"");
  CHECK(value("say \"hi\" \\o/") == R"("say \"hi\" \\o/")");
  CHECK(value("\"") == R"("\"")");
}

TEST_CASE("foreign text cannot steer a terminal or forge a line") {
  CHECK(value("a\x1b[2Jb") == R"("a\x1b[2Jb")");
  CHECK(value("a\r\n<3>fake") == R"("a\x0d\x0a<3>fake")");
  CHECK(value(std::string_view("\0", 1)) == R"("\x00")");
  CHECK(value("\x7f") == R"("\x7f")");
  CHECK(value("\xc2\x9b"
              "31m") == R"("\xc2\x9b31m")");
  CHECK(value("\xff\xfe") == R"("\xff\xfe")");
  CHECK(value("\xe2\x80\xae"
              "txt.exe") == R"("\xe2\x80\xaetxt.exe")");
  CHECK(message("say \"hi\"\n\x1b") == R"(say "hi"\x0a\x1b)");
}

TEST_CASE("JSON strings are well formed whatever is in them") {
  CHECK(json("plain") == R"("plain")");
  CHECK(json("a\"b\\c/") == R"("a\"b\\c/")");
  CHECK(json("\n\x1b\x7f") == R"("\u000a\u001b\u007f")");
  CHECK(json("\xff\xe2\x82") == R"("\\xff\\xe2\\x82")");
  CHECK(json("\xc2\x9b\xe2\x80\xae") == R"("\u009b\u202e")");
  CHECK(json("\xf0\x9f\x98\x80") == "\"\xf0\x9f\x98\x80\"");
}

TEST_CASE("long text is cut at a character's edge") {
  const std::string dots = "\xe2\x80\xa6";
  CHECK(value(std::string(512, 'a')) == std::string(512, 'a'));
  CHECK(value(std::string(513, 'a')) == std::string(512, 'a') + dots);
  std::string wide;
  for (int i = 0; i < 200; ++i) wide += "\xe6\x97\xa5";
  CHECK(value(wide) == wide.substr(0, 510) + dots);
  CHECK(json(std::string(600, 'a')) == "\"" + std::string(512, 'a') + dots + "\"");
  CHECK(message(std::string(5000, 'a')) == std::string(2048, 'a') + dots);
  // Nothing but continuation octets: cut all the same.
  CHECK(value(std::string(5000, '\x80')).size() < 4 * 512 + 10);
}

TEST_CASE("whatever goes in, what comes out is one line of UTF-8") {
  Rng rng(1);
  for (int round = 0; round < 3000; ++round) {
    Buffer input(static_cast<std::size_t>(rng.below(round % 50 == 0 ? 3000 : 12)));
    rng.fill(input);
    const auto text = as_text(input);
    for (const auto& out : {value(text), message(text), json(text)}) {
      REQUIRE(is_utf8(out));
      for (const char c : out) REQUIRE((static_cast<unsigned char>(c) >= 0x20 && c != 0x7f));
    }
  }
}

}  // namespace
}  // namespace seed::log

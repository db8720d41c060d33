#include "ctl/printable.h"

#include "ctl/json.h"
#include "tests/support/catch.h"

using namespace seed::ctl;

TEST_CASE("nothing that drives a terminal gets through") {
  CHECK(printable("a\x1b[31mb") == "a\\x1b[31mb");
  CHECK(printable("line\nline\r\t") == "line\\nline\\r\\t");
  CHECK(printable(std::string_view("\0\x7f", 2)) == "\\x00\\x7f");
  CHECK(printable("\xC2\x9B"
                  "31m") == "\\u009b31m");  // CSI as one character
  CHECK(printable("a\xFF\xC0"
                  "b") == "a\\xff\\xc0b");
}

TEST_CASE("marks that reorder or hide text are shown") {
  CHECK(printable("exe\u202Egpj") == "exe\\u202egpj");
  CHECK(printable("a\u200Bb") == "a\\u200bb");
  CHECK(printable("a\u2028b") == "a\\u2028b");
  CHECK(printable("\U000E0041") == "\\U000e0041");
}

TEST_CASE("text in any script stays as it is") {
  for (const char* text : {"plain", "日本語", "Ünïcödé", "👩‍👩‍👧", "می‌خواهم"})
    CHECK(printable(text) == text);
}

TEST_CASE("JSON for a terminal is escaped and still the same JSON") {
  const Json value = {{"name", "a\x1b[2J\u009b\u202e日本\x7f"}};
  const std::string document = json_text(value);
  CHECK(document.find('\x1b') == std::string::npos);
  CHECK(document.find("\u009b") == std::string::npos);
  CHECK(document.find('\x7f') == std::string::npos);
  CHECK(document.find("日本") != std::string::npos);
  CHECK(Json::parse(document) == value);
}

TEST_CASE("wide characters take two columns and combining ones none") {
  CHECK(display_width("abc") == 3);
  CHECK(display_width("日本") == 4);
  CHECK(display_width("e\u0301") == 1);
  CHECK(display_width("한국") == 4);
  CHECK(display_width("") == 0);
}

TEST_CASE("text is cut to its columns and says so") {
  CHECK(cut("abcdef", 6) == "abcdef");
  CHECK(cut("abcdef", 4) == "abc…");
  CHECK(cut("abcdef", 4, false) == "abc~");
  CHECK(cut("日本語", 5) == "日本…");
  CHECK(cut("日本語", 4) == "日…");
  CHECK(cut("abc", 0).empty());
}

TEST_CASE("where the terminal takes no UTF-8 everything but ASCII is escaped") {
  show_ascii_only(true);
  const std::string shown = printable("\u00e4b\u65e5");
  const std::string document = json_text(Json{{"a", "\u00e4"}});
  show_ascii_only(false);
  CHECK(shown == "\\u00e4b\\u65e5");
  CHECK(document.find("\\u00e4") != std::string::npos);
  CHECK(printable("\u00e4") == "\u00e4");
}

#include "rpc/json_writer.h"

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>

#include "tests/support/catch.h"

using namespace seed::rpc;

namespace {

std::string text_of(std::string_view value) {
  JsonWriter out;
  out.text(value);
  return out.take();
}

std::string real_of(double value) {
  JsonWriter out;
  out.real(value);
  return out.take();
}

}  // namespace

TEST_CASE("commas stand between members and nowhere else") {
  JsonWriter out;
  out.begin_object();
  out.key("a");
  out.begin_array();
  out.integer(1);
  out.begin_array();
  out.end_array();
  out.boolean(true);
  out.end_array();
  out.ready_key(JsonWriter::as_key("b"));
  out.null();
  out.key("c");
  out.begin_object();
  out.end_object();
  out.end_object();
  CHECK(out.take() == R"({"a":[1,[],true],"b":null,"c":{}})");
}

TEST_CASE("integers keep all 64 bits") {
  JsonWriter out;
  out.begin_array();
  out.integer(std::numeric_limits<std::int64_t>::min());
  out.integer(std::numeric_limits<std::uint64_t>::max());
  out.end_array();
  CHECK(out.take() == "[-9223372036854775808,18446744073709551615]");
}

TEST_CASE("reals read back the same and never look like integers") {
  CHECK(real_of(2) == "2.0");
  CHECK(real_of(0.0) == "0.0");
  CHECK(real_of(1.0 / 3) == "0.3333333333333333");
  CHECK(real_of(1e300) == "1e+300");
  CHECK(real_of(std::numeric_limits<double>::infinity()) == "0.0");
  CHECK(real_of(std::numeric_limits<double>::quiet_NaN()) == "0.0");
}

TEST_CASE("texts are escaped as JSON wants it and no more") {
  CHECK(text_of("a/b \"c\" \\") == R"("a/b \"c\" \\")");
  CHECK(text_of(std::string_view("\0\n\x1f", 3)) == R"("\u0000\n\u001f")");
  CHECK(text_of("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80") ==
        "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"");
}

TEST_CASE("ill-formed UTF-8 becomes the replacement character") {
  CHECK(text_of("a\xff"
                "b") ==
        "\"a\xef\xbf\xbd"
        "b\"");
  CHECK(nlohmann::json::accept(text_of("\xed\xa0\x80\xc0\x80\xf0\x9f")));
}

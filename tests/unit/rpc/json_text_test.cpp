#include "rpc/json_text.h"

#include <nlohmann/json.hpp>

#include "core/base/limits.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::rpc;

TEST_CASE("a byte order mark and text after the value do not matter") {
  CHECK(read_json("\xef\xbb\xbf {\"a\":1}")->at("a") == 1);
  CHECK(read_json("{\"a\":\"}\"} and more")->at("a") == "}");
  CHECK(read_json("[1] [2")->size() == 1);
}

TEST_CASE("what is no JSON says why") {
  CHECK(read_json("").error() == "No content");
  CHECK(read_json(" \r\n").error() == "No content");
  CHECK_FALSE(read_json("{\"a\":"));
  CHECK_FALSE(read_json("{]"));
  CHECK_FALSE(read_json("nonsense"));
}

TEST_CASE("what is no JSON says where") {
  CHECK(read_json("{\"a\":\"\xff\"}").error() == "the text is not UTF-8 at byte 7");
  CHECK(read_json("\xef\xbb\xbf {\"a\":\"\xc3\"}").error() == "the text is not UTF-8 at byte 11");
  CHECK(read_json("{\"a\":NaN}").error() == "the text is not JSON at byte 6");
  CHECK(read_json(" {\"a\":Infinity}").error() == "the text is not JSON at byte 7");
  CHECK(read_json("[1,2").error() == "the text is not JSON at byte 5");
}

TEST_CASE("a number beyond all is no JSON") { CHECK_FALSE(read_json("[1e999]")); }

TEST_CASE("nesting is bounded before the parser sees it") {
  const auto nested = [](int depth) {
    const auto count = static_cast<std::size_t>(depth);
    return std::string(count, '[') + std::string(count, ']');
  };
  CHECK(read_json(nested(limits::json_depth_max)));
  CHECK_FALSE(read_json(nested(limits::json_depth_max + 1)));
  CHECK_FALSE(read_json(std::string(10'000'000, '[')));
  CHECK(read_json("[\"" + std::string(200, '[') + "\"]"));
}

TEST_CASE("the number of values is bounded before the parser sees them") {
  const auto list = [](std::size_t count) {
    std::string out = "[0";
    for (std::size_t i = 1; i < count; ++i) out += ",0";
    return out + "]";
  };
  // The list itself counts for two.
  CHECK(read_json(list(limits::json_values_max - 1)));
  CHECK(read_json(list(limits::json_values_max)).error() ==
        "the JSON holds more than 1100000 values");
  std::string objects = "[{}";
  for (std::size_t i = 0; i < limits::json_values_max / 2; ++i) objects += ",{}";
  CHECK_FALSE(read_json(objects + "]"));
  CHECK(read_json("[\"" + std::string(2 * limits::json_values_max, ',') + "\"]"));
}

TEST_CASE("a tree is estimated by its values and its text") {
  CHECK(json_tree_bytes("[1,2]  ") == 5 + 3 * limits::json_value_bytes);
  CHECK(json_tree_bytes(" \"text\"") == 6);
  CHECK(json_tree_bytes("") == 0);
  // What is refused is not read.
  CHECK(json_tree_bytes(std::string(1000, '[')) == 0);
  CHECK(json_tree_bytes("[" + std::string(2 * limits::json_values_max, ',')) == 0);
}

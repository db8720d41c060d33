#include "core/bencode/document.h"

#include <string>
#include <string_view>

#include "core/bencode/value.h"
#include "tests/support/catch.h"

namespace seed::bencode {
namespace {

std::string fault_of(std::string_view text, ParseLimits bounds = {}) {
  const auto document = Document::parse(as_bytes(text), bounds);
  return document ? "none" : document.error().text;
}

TEST_CASE("the examples of BEP 3 parse") {
  const auto spam = Document::parse(as_bytes("4:spam"));
  REQUIRE(spam);
  CHECK(as_text(*spam->root().as_string()) == "spam");

  const auto three = Document::parse(as_bytes("i3e"));
  REQUIRE(three);
  CHECK(three->root().as_integer() == 3);
  CHECK(Document::parse(as_bytes("i-3e"))->root().as_integer() == -3);
  CHECK(Document::parse(as_bytes("i0e"))->root().as_integer() == 0);

  const auto list = Document::parse(as_bytes("l4:spam4:eggse"));
  REQUIRE(list);
  std::string joined;
  for (const Value item : list->root().list_items()) joined += to_string(*item.as_string()) + ",";
  CHECK(joined == "spam,eggs,");

  const auto dict = Document::parse(as_bytes("d3:cow3:moo4:spam4:eggse"));
  REQUIRE(dict);
  joined.clear();
  for (const auto& [key, value] : dict->root().dict_entries())
    joined += to_string(key) + "=" + to_string(*value.as_string()) + ",";
  CHECK(joined == "cow=moo,spam=eggs,");
  CHECK(dict->keys_sorted());
}

TEST_CASE("a value shows its raw octets and where they are") {
  const std::string_view text = "d4:infod1:ali1eee1:zi-7ee";
  const auto document = Document::parse(as_bytes(text));
  REQUIRE(document);
  const auto info = document->root().find("info");
  REQUIRE(info);
  CHECK(as_text(info->source()) == "d1:ali1eee");
  CHECK(info->offset() == 7);
  CHECK(as_text(document->root().source()) == text);
  CHECK(document->root().integer_or("z", 0) == -7);
  CHECK(document->token_count() == 8);
}

TEST_CASE("a value gives nothing for what it is not") {
  const auto document = Document::parse(as_bytes("d1:ai1e1:b1:x1:cle1:ddee"));
  REQUIRE(document);
  const Value root = document->root();
  CHECK_FALSE(root.as_integer());
  CHECK_FALSE(root.as_string());
  CHECK(root.list_items().empty());
  CHECK_FALSE(root.find("e"));
  CHECK_FALSE(root.find_string("a"));
  CHECK_FALSE(root.find_integer("b"));
  CHECK_FALSE(root.find_dict("c"));
  CHECK_FALSE(root.find_list("d"));
  CHECK(root.find_list("c")->list_items().empty());
  CHECK(root.find_dict("d")->dict_entries().empty());
  CHECK(root.find("c")->dict_entries().empty());
  CHECK(as_text(root.string_or("b")) == "x");
  CHECK(as_text(root.string_or("a", as_bytes("other"))) == "other");
  CHECK(root.integer_or("b", 9) == 9);
  CHECK_FALSE(root.find("a")->find("a"));
}

TEST_CASE("values stay good when their document moves") {
  const std::string text = "d1:ai42ee";
  auto first = Document::parse(as_bytes(text));
  const Value a = *first->root().find("a");
  const Document second = std::move(*first);
  CHECK(a.as_integer() == 42);
  CHECK(second.root().integer_or("a", 0) == 42);
}

TEST_CASE("integers are canonical and fit 64 bits") {
  CHECK(fault_of("i-0e") == "bencode: integer with a leading zero or a negative zero at offset 0");
  CHECK(fault_of("i03e") == "bencode: integer with a leading zero or a negative zero at offset 0");
  CHECK(fault_of("i-03e") == "bencode: integer with a leading zero or a negative zero at offset 0");
  CHECK(fault_of("i00e") == "bencode: integer with a leading zero or a negative zero at offset 0");
  for (const auto text : {"ie", "i-e", "i+1e", "i 1e", "i1 e", "i1.5e", "i--1e", "i0x1e"})
    CHECK(fault_of(text) == "bencode: integer is not a number at offset 0");
  CHECK(fault_of("i12") == "bencode: integer does not end at offset 0");
  CHECK(fault_of("i") == "bencode: integer does not end at offset 0");
  CHECK(Document::parse(as_bytes("i9223372036854775807e"))->root().as_integer() ==
        std::numeric_limits<std::int64_t>::max());
  CHECK(Document::parse(as_bytes("i-9223372036854775808e"))->root().as_integer() ==
        std::numeric_limits<std::int64_t>::min());
  CHECK(fault_of("i9223372036854775808e") == "bencode: integer does not fit 64 bits at offset 0");
  CHECK(fault_of("i-9223372036854775809e") == "bencode: integer does not fit 64 bits at offset 0");
  CHECK(fault_of("i" + std::string(5000, '9') + "e") ==
        "bencode: integer does not fit 64 bits at offset 0");
}

TEST_CASE("string lengths are canonical and fit the input") {
  CHECK(Document::parse(as_bytes("0:"))->root().as_string()->empty());
  CHECK(fault_of("5:spam") == "bencode: string runs past the end at offset 0");
  CHECK(fault_of("l4:spam9:eggse") == "bencode: string runs past the end at offset 7");
  CHECK(fault_of("04:spam") == "bencode: string length with a leading zero at offset 0");
  CHECK(fault_of("00:") == "bencode: string length with a leading zero at offset 0");
  CHECK(fault_of("4") == "bencode: string length does not end at offset 0");
  CHECK(fault_of("4-spam") == "bencode: string length is not a number at offset 0");
  CHECK(fault_of("9999999999:") == "bencode: string runs past the end at offset 0");
  CHECK(fault_of("18446744073709551615:") == "bencode: string length does not end at offset 0");
  CHECK(fault_of("-1:") == "bencode: no value begins at offset 0");
}

TEST_CASE("containers must end, and keys must be strings with values") {
  CHECK(fault_of("") == "bencode: unexpected end at offset 0");
  CHECK(fault_of("e") == "bencode: no value begins at offset 0");
  CHECK(fault_of("l") == "bencode: unexpected end at offset 1");
  CHECK(fault_of("d1:a") == "bencode: unexpected end at offset 4");
  CHECK(fault_of("d1:ae") == "bencode: dictionary key without a value at offset 4");
  CHECK(fault_of("di1ei2ee") == "bencode: dictionary key is not a string at offset 1");
  CHECK(fault_of("dlei1ee") == "bencode: dictionary key is not a string at offset 1");
  CHECK(fault_of("lx") == "bencode: no value begins at offset 1");
}

TEST_CASE("data behind the end is refused unless it was asked for") {
  CHECK(fault_of("i1ei2e") == "bencode: data behind the end at offset 3");
  const auto prefix = Document::parse_prefix(as_bytes("d8:msg_typei1eeDATA"));
  REQUIRE(prefix);
  CHECK(prefix->size() == 15);
  CHECK(prefix->root().integer_or("msg_type", -1) == 1);
}

TEST_CASE("unsorted keys are accepted and told") {
  const auto document = Document::parse(as_bytes("d1:bi1e1:ai2e1:cd1:xi0eee"));
  REQUIRE(document);
  CHECK_FALSE(document->keys_sorted());
  CHECK(document->root().integer_or("a", 0) == 2);
  // Keys are ordered as raw octets: a shorter one before the longer one it begins.
  CHECK(Document::parse(as_bytes("d1:ai1e2:aai1e1:\xff"
                                 "i1ee"))
            ->keys_sorted());
  CHECK_FALSE(Document::parse(as_bytes("d2:aai1e1:ai1ee"))->keys_sorted());
}

TEST_CASE("a key that comes twice is refused, sorted or not") {
  CHECK(fault_of("d1:ai1e1:ai2ee") == "bencode: a key is there twice at offset 7");
  CHECK(fault_of("d1:bi1e1:ai2e1:bi3ee").starts_with("bencode: a key is there twice"));
  CHECK(fault_of("d0:i1e0:i2ee") == "bencode: a key is there twice at offset 6");
  CHECK(fault_of("d1:ad1:ai1eee") == "none");
  CHECK(fault_of("ld1:ai1eed1:ai1eee") == "none");
}

TEST_CASE("depth and number of values are bounded") {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, 'l') + std::string(depth, 'e');
  };
  CHECK(fault_of(nested(64)) == "none");
  CHECK(fault_of(nested(65)) == "bencode: nested too deeply at offset 64");
  CHECK(fault_of(nested(1'000'000)) == "bencode: nested too deeply at offset 64");
  CHECK(fault_of(std::string(1'000'000, 'd')) ==
        "bencode: dictionary key is not a string at offset 1");
  CHECK(fault_of(nested(100'000), {.depth_max = 100'000}) == "none");
  CHECK(fault_of("li1ei2ee", {.tokens_max = 3}) == "none");
  CHECK(fault_of("li1ei2ei3ee", {.tokens_max = 3}) == "bencode: too many values at offset 7");
}

TEST_CASE("what ends too early is told apart from what is wrong") {
  const std::string whole = "d4:infod6:lengthi-12ee4:listl3:abc0:ee";
  REQUIRE(Document::parse(as_bytes(whole)));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK(Document::is_cut_short(as_bytes(whole.substr(0, size))));
  }
  for (const std::string_view text : {"x", "di1e", "i-xe", "01:", "12345678901", "d1:ai1e1:ai2",
                                      "i123456789012345678901", "d1:ae"}) {
    CAPTURE(std::string(text));
    CHECK_FALSE(Document::is_cut_short(as_bytes(text)));
  }
  CHECK_FALSE(Document::is_cut_short(as_bytes(whole)));
}

}  // namespace
}  // namespace seed::bencode

#include "core/bencode/writer.h"

#include <limits>

#include "core/bencode/document.h"
#include "tests/support/catch.h"

namespace seed::bencode {
namespace {

TEST_CASE("the writer makes the examples of BEP 3") {
  CHECK(as_text(Writer().string("spam").take()) == "4:spam");
  CHECK(as_text(Writer().string("").take()) == "0:");
  CHECK(as_text(Writer().integer(3).take()) == "i3e");
  CHECK(as_text(Writer().integer(0).take()) == "i0e");
  CHECK(as_text(Writer().begin_list().string("spam").string("eggs").end().take()) ==
        "l4:spam4:eggse");
  CHECK(
      as_text(
          Writer().begin_dict().key("cow").string("moo").key("spam").string("eggs").end().take()) ==
      "d3:cow3:moo4:spam4:eggse");
}

TEST_CASE("the writer writes the smallest and the largest integer") {
  CHECK(as_text(Writer().integer(std::numeric_limits<std::int64_t>::min()).take()) ==
        "i-9223372036854775808e");
  CHECK(as_text(Writer().integer(std::numeric_limits<std::int64_t>::max()).take()) ==
        "i9223372036854775807e");
}

TEST_CASE("raw values go in as they are") {
  Writer writer;
  writer.begin_dict().key("info").raw(as_bytes("d1:bi1e1:ai2ee")).key("l").begin_list().end().end();
  CHECK(writer.size() == 27);
  CHECK(as_text(writer.take()) == "d4:infod1:bi1e1:ai2ee1:llee");
  CHECK(writer.size() == 0);
}

TEST_CASE("a dictionary writer sorts its keys as raw octets") {
  DictWriter dict;
  CHECK(dict.empty());
  dict.integer("b", 2).string("\xff", "last").string("aa", "x").integer("a", 1);
  dict.raw("B", Writer().begin_list().end().take());
  CHECK(as_text(dict.take()) ==
        "d1:Ble1:ai1e2:aa1:x1:bi2e1:\xff"
        "4:laste");
  CHECK(as_text(dict.take()) == "de");
}

TEST_CASE("the canonical form sorts dictionaries at every depth") {
  const auto document =
      Document::parse(as_bytes("d1:bld1:zi1e1:yi2eei7ee1:a1:x1:cd2:aai0e1:ai-1eee"));
  REQUIRE(document);
  const Buffer sorted = canonical(document->root());
  CHECK(as_text(sorted) == "d1:a1:x1:bld1:yi2e1:zi1eei7ee1:cd1:ai-1e2:aai0eee");
  CHECK(Document::parse(sorted)->keys_sorted());
}

}  // namespace
}  // namespace seed::bencode

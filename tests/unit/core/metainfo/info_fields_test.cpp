#include "core/metainfo/info_fields.h"

#include "core/bencode/document.h"
#include "tests/support/catch.h"
#include "tests/unit/core/metainfo/make_torrent.h"

namespace seed::metainfo {
namespace {

bool sorted(std::string_view text) {
  const auto document = bencode::Document::parse(as_bytes(text));
  REQUIRE(document);
  return keys_sorted(document->root());
}

TEST_CASE("keys are sorted when all dictionaries have them so") {
  CHECK(sorted("de"));
  CHECK(sorted("i1e"));
  CHECK(sorted("d1:ai1e1:bi2ee"));
  CHECK(sorted("ld1:bi1eed1:ai1eee"));
  CHECK_FALSE(sorted("d1:bi1e1:ai2ee"));
  CHECK_FALSE(sorted("d1:ad1:bi1e1:ai2eee"));
  CHECK_FALSE(sorted("d1:ald2:aai1e1:ai2eeee"));
  CHECK(sorted("d1:\x7fi1e1:\x80i2ee"));  // as octets
}

TEST_CASE("attributes are the letters of BEP 47") {
  const auto document = bencode::Document::parse(as_bytes("d4:attr4:xzlpe"));
  REQUIRE(document);
  CHECK(attributes_of(document->root()) ==
        FileAttributes{.pad = true, .executable = true, .symlink = true});
}

TEST_CASE("components come behind the torrent's name, all or none") {
  const auto of = [](std::string_view text) -> std::size_t {
    const auto document = bencode::Document::parse(as_bytes(text));
    REQUIRE(document);
    const auto components = components_of(document->root(), as_bytes("name"));
    return components ? components->size() : 0;
  };
  CHECK(of(texts({"a", "b"})) == 3);
  CHECK(of("le") == 0);
  CHECK(of("l1:ai1ee") == 0);
  CHECK(of("i1e") == 0);
  CHECK_FALSE(components_of(std::nullopt, as_bytes("name")));
}

}  // namespace
}  // namespace seed::metainfo

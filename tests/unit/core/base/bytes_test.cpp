#include "core/base/bytes.h"

#include "core/base/rng.h"
#include "tests/support/catch.h"

namespace seed {
namespace {

std::string text_or_none(const std::optional<Buffer>& buffer) {
  return buffer ? to_string(*buffer) : "(none)";
}

TEST_CASE("hexadecimal comes in any case and in pairs") {
  CHECK(to_hex(as_bytes("\x01\xab\xff")) == "01abff");
  CHECK(text_or_none(from_hex("6A6b")) == "jk");
  CHECK(from_hex("")->empty());
  CHECK_FALSE(from_hex("6"));
  CHECK_FALSE(from_hex("6g"));
  CHECK_FALSE(from_hex("-1"));
  CHECK_FALSE(from_hex("\xff\xff"));
}

TEST_CASE("base32 as RFC 4648 has it") {
  CHECK(text_or_none(from_base32("")) == "");
  CHECK(text_or_none(from_base32("MY======")) == "f");
  CHECK(text_or_none(from_base32("MZXQ====")) == "fo");
  CHECK(text_or_none(from_base32("MZXW6===")) == "foo");
  CHECK(text_or_none(from_base32("MZXW6YQ=")) == "foob");
  CHECK(text_or_none(from_base32("MZXW6YTB")) == "fooba");
  CHECK(text_or_none(from_base32("mzxw6ytboi======")) == "foobar");
  CHECK(text_or_none(from_base32("mzxw6ytboi")) == "foobar");
}

TEST_CASE("what is not base32 is refused") {
  for (const auto* text : {"M", "MZX", "MZXW6Y", "M1", "MZ XQ", "MZ", "MY=======", "MZXW6YTB=", "=",
                           "MY==A", "\xc3\xa4"}) {
    CAPTURE(text);
    CHECK_FALSE(from_base32(text));
  }
}

TEST_CASE("base64 as RFC 4648 has it") {
  CHECK(to_base64(as_bytes("")) == "");
  CHECK(to_base64(as_bytes("f")) == "Zg==");
  CHECK(to_base64(as_bytes("fo")) == "Zm8=");
  CHECK(to_base64(as_bytes("foo")) == "Zm9v");
  CHECK(to_base64(as_bytes("foob")) == "Zm9vYg==");
  CHECK(to_base64(as_bytes("fooba")) == "Zm9vYmE=");
  CHECK(to_base64(as_bytes("foobar")) == "Zm9vYmFy");
  CHECK(text_or_none(from_base64("Zm9v\r\n YmE")) == "fooba");
  CHECK(text_or_none(from_base64("Zm9vYg=")) == "foob");
}

TEST_CASE("what is not base64 is refused") {
  for (const auto* text : {"Z", "Zm9vY", "Zh==", "Zm9v=", "Zg===", "Zg==Zg==", "Zm-_", "Zm9v!"}) {
    CAPTURE(text);
    CHECK_FALSE(from_base64(text));
  }
}

TEST_CASE("base64 and hexadecimal come back as they went") {
  Rng rng(3);
  for (std::size_t size = 0; size < 200; ++size) {
    Buffer buffer(size);
    rng.fill(buffer);
    CHECK(from_base64(to_base64(buffer)) == buffer);
    CHECK(from_hex(to_hex(buffer)) == buffer);
  }
}

TEST_CASE("UTF-8 is what RFC 3629 says") {
  for (const auto* good : {"", "plain", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
                           "\xee\x80\x80", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    CAPTURE(to_hex(as_bytes(good)));
    CHECK(is_utf8(good));
    CHECK(to_utf8(good) == good);
  }
  for (const auto* bad :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2\x41", "\xe0\x9f\xbf", "\xed\xa0\x80",
        "\xed\xbf\xbf", "\xe2\x82", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
        "\xff", "a\xfe"}) {
    CAPTURE(to_hex(as_bytes(bad)));
    CHECK_FALSE(is_utf8(bad));
    CHECK(is_utf8(to_utf8(bad)));
  }
}

TEST_CASE("each ill-formed sequence becomes one replacement character") {
  const std::string replaced = "\xef\xbf\xbd";
  CHECK(to_utf8("a\xe2\x82"
                "b") == "a" + replaced + "b");
  CHECK(to_utf8("\xf0\x9f\x98") == replaced);
  // A surrogate has no part that could begin a character.
  CHECK(to_utf8("\xed\xa0\x80") == replaced + replaced + replaced);
  CHECK(to_utf8(std::string_view("a\0b", 3)) == std::string_view("a\0b", 3));
}

TEST_CASE("random octets become well-formed UTF-8") {
  Rng rng(4);
  for (int round = 0; round < 2000; ++round) {
    Buffer buffer(static_cast<std::size_t>(rng.below(20)));
    rng.fill(buffer);
    for (auto& octet : buffer)
      if (rng.below(2) != 0) octet |= 0x80;
    CHECK(is_utf8(to_utf8(as_text(buffer))));
  }
}

TEST_CASE("a reader that went past the end is bad for good") {
  const Buffer input{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17};
  ByteReader reader(input);
  CHECK(reader.u8() == 1);
  CHECK(reader.u16() == 0x0203);
  CHECK(reader.u32() == 0x04050607);
  CHECK(reader.u64() == 0x08090a0b0c0d0e0f);
  CHECK(reader.ok());
  CHECK_FALSE(reader.done());
  CHECK(reader.u32() == 0);
  CHECK_FALSE(reader.ok());
  CHECK(reader.u8() == 0);
  CHECK(reader.take(1).empty());
  CHECK(reader.take(0).empty());
  CHECK_FALSE(reader.done());
}

TEST_CASE("a reader that read all is done") {
  const Buffer input{1, 2};
  ByteReader reader(input);
  CHECK(reader.take(2).size() == 2);
  CHECK(reader.done());
  CHECK(reader.rest().empty());
}

TEST_CASE("a writer writes big-endian") {
  ByteWriter writer;
  writer.u8(1).u16(0x0203).u32(0x04050607).u64(0x08090a0b0c0d0e0f).put("text");
  CHECK(to_hex(writer.bytes()) == "0102030405060708090a0b0c0d0e0f74657874");
  Buffer four(4);
  store_u32(four, 0xdeadbeef);
  CHECK(to_hex(four) == "deadbeef");
}

TEST_CASE("views are equal when their octets are") {
  CHECK(equal(as_bytes("abc"), as_bytes("abc")));
  CHECK(equal({}, {}));
  CHECK_FALSE(equal(as_bytes("abc"), as_bytes("abd")));
  CHECK_FALSE(equal(as_bytes("abc"), as_bytes("ab")));
}

}  // namespace
}  // namespace seed

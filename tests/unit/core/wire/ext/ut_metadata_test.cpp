#include "core/wire/ext/ut_metadata.h"

#include "tests/support/catch.h"

using namespace seed;
using wire::UtMetadata;

namespace {

std::string text_of(const UtMetadata& message) {
  Buffer octets;
  message.encode(octets);
  return to_string(octets);
}

}  // namespace

TEST_CASE("ut_metadata messages are those of BEP 9") {
  const UtMetadata request{UtMetadata::Kind::request, 0, 0, {}};
  CHECK(text_of(request) == "d8:msg_typei0e5:piecei0ee");
  CHECK(UtMetadata::parse(as_bytes("d8:msg_typei0e5:piecei0ee")) == request);
  const UtMetadata data{UtMetadata::Kind::data, 0, 4, to_buffer("xxxx")};
  CHECK(text_of(data) == "d8:msg_typei1e5:piecei0e10:total_sizei4eexxxx");
  CHECK(UtMetadata::parse(as_bytes(text_of(data))) == data);
  const UtMetadata reject{UtMetadata::Kind::reject, 5, 0, {}};
  CHECK(text_of(reject) == "d8:msg_typei2e5:piecei5ee");
  CHECK(UtMetadata::parse(as_bytes(text_of(reject))) == reject);
}

TEST_CASE("metadata that contradicts its size is refused") {
  for (const std::string_view text :
       {"d8:msg_typei1e5:piecei0e10:total_sizei5eexxxx",
        "d8:msg_typei1e5:piecei1e10:total_sizei4eexxxx", "d8:msg_typei1e5:piecei0eexxxx",
        "d8:msg_typei1e5:piecei0e10:total_sizei-1eexxxx", "d8:msg_typei0e5:piecei-1ee",
        "d8:msg_typei0ee", "le", ""}) {
    INFO(text);
    const auto parsed = UtMetadata::parse(as_bytes(text));
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().code == FaultCode::malformed);
  }
  CHECK(UtMetadata::parse(as_bytes("d8:msg_typei1e5:piecei0e10:total_sizei99999999eex"))
            .error()
            .code == FaultCode::too_large);
}

TEST_CASE("a whole piece behind the end of the metadata is refused") {
  const std::string beyond = "d8:msg_typei1e5:piecei1e10:total_sizei16384ee";
  CHECK_FALSE(UtMetadata::parse(as_bytes(beyond + std::string(wire::metadata_piece_bytes, 'x'))));
}

TEST_CASE("an unknown kind of ut_metadata message is unsupported") {
  CHECK(UtMetadata::parse(as_bytes("d8:msg_typei3e5:piecei0ee")).error().code ==
        FaultCode::unsupported);
}

#include "core/wire/ext/extension.h"

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::wire;

TEST_CASE("extensions are found by name and by the id we give out") {
  for (std::size_t i = 0; i < extension_count; ++i) {
    const auto extension = static_cast<Extension>(i);
    CHECK(extension_named(name_of(extension)) == extension);
    CHECK(extension_of_local_id(local_id(extension)) == extension);
  }
  CHECK_FALSE(extension_named("ut_nothing"));
  CHECK_FALSE(extension_of_local_id(0));
}

TEST_CASE("each extension message comes back as it was sent") {
  const std::vector<ExtensionMessage> messages{
      LtDontHave{PieceIndex{77}},
      UploadOnly{true},
      UtHolepunch{UtHolepunch::Kind::error, *Endpoint::parse("192.0.2.1:6881"),
                  UtHolepunch::Error::no_self},
      UtMetadata{UtMetadata::Kind::request, 3, 0, {}},
      UtPex{{{*Endpoint::parse("192.0.2.1:6881"), PexPeer::reachable}}, {}},
  };
  for (const auto& message : messages) {
    Buffer octets;
    encode_extension(message, octets);
    CHECK(parse_extension(extension_of(message), octets) == message);
  }
}

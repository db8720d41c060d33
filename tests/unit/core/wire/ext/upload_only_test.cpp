#include "core/wire/ext/upload_only.h"

#include "tests/support/catch.h"

using namespace seed;

TEST_CASE("upload_only is one octet, 0 or not") {
  CHECK(wire::UploadOnly::parse(Buffer{0}) == wire::UploadOnly{false});
  CHECK(wire::UploadOnly::parse(Buffer{9}) == wire::UploadOnly{true});
  CHECK_FALSE(wire::UploadOnly::parse({}));
  CHECK_FALSE(wire::UploadOnly::parse(Buffer{1, 1}));
}

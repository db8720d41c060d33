#include "core/log/secrets.h"

#include "tests/support/catch.h"

namespace seed::log {
namespace {

TEST_CASE("a tracker's URL is shown without its keys") {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"http://t.example/announce", "http://t.example/announce"},
      {"http://t.example:81/0123456789abcdef0123456789ABCDEF/announce",
       "http://t.example:81/***/announce"},
      {"https://t.example/announce.php?passkey=abc&x=1",
       "https://t.example/announce.php?passkey=***&x=***"},
      {"https://t.example/a?abc&&", "https://t.example/a?***&&"},
      {"https://user:pw@t.example/", "https://t.example/"},
      {"https://t.example/a1B2c3D4e5F6g7H8i9J0k1L2/announce", "https://t.example/***/announce"},
      {"https://t.example/a-rather-long-but-harmless-name",
       "https://t.example/a-rather-long-but-harmless-name"},
      {"https://t.example/deadbeef", "https://t.example/deadbeef"},
      {"http://user@", "(not a URL)"},
  };
  for (const auto& [url, shown] : rows) {
    CAPTURE(std::string(url));
    CHECK(without_secrets(url) == shown);
  }
}

}  // namespace
}  // namespace seed::log

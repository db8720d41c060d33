// LINK: seed::base
// A URL that parses is written so that it parses to the same again.
#include "core/base/check.h"
#include "core/base/url.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = seed::as_text({data, size});
  if (auto url = seed::Url::parse(text)) {
    url->userinfo.clear();
    const auto again = seed::Url::parse(url->to_string());
    SEED_CHECK(again && *again == *url);
    SEED_CHECK(!url->host.empty() && url->host_and_port().find('@') == std::string::npos);
  }
  if (const auto decoded = seed::percent_decode(text))
    SEED_CHECK(seed::percent_decode(seed::percent_encode(*decoded)) == decoded);
  return 0;
}

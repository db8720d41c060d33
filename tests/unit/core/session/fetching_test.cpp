#include "core/session/fetching.h"

#include "tests/support/catch.h"

namespace seed::session {
namespace {

TEST_CASE("what is fetched on order stays off private addresses unless the setting allows them") {
  FetchRules rules{.user_agent = "seedd test"};
  const FetchBounds bounds{.timeout = 3s, .body_bytes_max = 7};
  const auto request = fetch_request(rules, "http://a/", bounds);
  CHECK_FALSE(request.private_addresses_allowed);
  CHECK_FALSE(request.decode);
  CHECK(request.timeout == 3s);
  CHECK(request.body_bytes_max == 7);
  CHECK(request.user_agent == "seedd test");
  rules.private_addresses = true;
  CHECK(fetch_request(rules, "http://a/", bounds).private_addresses_allowed);
}

TEST_CASE("an error has the contract's form, and names the setting that forbids it") {
  CHECK(
      fetch_error_text("Couldn't fetch torrent", Fault{FaultCode::timed_out, 0, "a: no answer"}) ==
      "Couldn't fetch torrent: a: no answer (0)");
  CHECK(fetch_error_text("Couldn't fetch torrent",
                         Fault{FaultCode::permission, 0, "a: leads to a private address"}) ==
        "Couldn't fetch torrent: a: leads to a private address, which the setting "
        "fetch_private_addresses does not allow (0)");
  CHECK(fetch_error_text("Couldn't fetch torrent", 404) ==
        "Couldn't fetch torrent: Not Found (404)");
  CHECK(fetch_error_text("Couldn't fetch torrent", 418) ==
        "Couldn't fetch torrent: the server refused (418)");
}

TEST_CASE("a scheme is the same in any case") {
  CHECK(has_scheme("HTTP://a", "http://"));
  CHECK_FALSE(has_scheme("https://a", "http://"));
  CHECK_FALSE(has_scheme("http:", "http://"));
}

}  // namespace
}  // namespace seed::session

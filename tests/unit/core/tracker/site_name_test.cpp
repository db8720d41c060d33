#include "core/tracker/site_name.h"

#include "tests/support/catch.h"

using namespace seed::tracker;

TEST_CASE("a tracker is known by the word in front of its public suffix") {
  CHECK(site_name("tracker.example.com") == "example");
  CHECK(site_name("tracker.example.co.uk") == "example");
  CHECK(site_name("example.org") == "example");
  CHECK(site_name("co.uk") == "co");
  CHECK(site_name("localhost") == "localhost");
  CHECK(site_name("tracker.example.com.") == "example");
  CHECK(site_name("192.0.2.1") == "192.0.2.1");
  CHECK(site_name("2001:db8::1") == "2001:db8::1");
  CHECK(site_name("").empty());
  CHECK(site_name("...").empty());
}

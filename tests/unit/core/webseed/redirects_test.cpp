#include "core/webseed/redirects.h"

#include "tests/support/catch.h"

namespace seed::webseed {
namespace {

TEST_CASE("where a redirect led is known for a while") {
  Redirects redirects;
  const Instant now{100s};
  redirects.learn({1}, "http://a/", "http://b/", now);
  redirects.learn({2}, "http://a/", "http://a/", now);  // led nowhere
  redirects.learn({3}, "http://a/", "", now);
  redirects.learn({4}, "http://a/", "http://b/" + std::string(Redirects::url_bytes_max, 'x'), now);
  CHECK(redirects.find({1}, now) == "http://b/");
  for (std::uint32_t file = 2; file < 6; ++file) CHECK(redirects.find({file}, now).empty());
  CHECK(redirects.find({1}, now + Redirects::kept_for - 1ns) == "http://b/");
  CHECK(redirects.find({1}, now + Redirects::kept_for).empty());
  redirects.learn({1}, "http://a/", "http://c/", now);
  CHECK(redirects.find({1}, now) == "http://c/");
  redirects.forget({1});
  CHECK(redirects.find({1}, now).empty());
}

TEST_CASE("the oldest makes room") {
  Redirects redirects;
  for (std::uint32_t file = 0; file <= Redirects::kept_max; ++file)
    redirects.learn({file}, "http://a/", "http://b/", Instant{});
  CHECK(redirects.find({0}, Instant{}).empty());
  CHECK(redirects.find({1}, Instant{}) == "http://b/");
}

}  // namespace
}  // namespace seed::webseed

#include "core/storage/arrivals.h"

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::storage;

namespace {

std::vector<MovingFile> to(std::initializer_list<const char*> names) {
  std::vector<MovingFile> out;
  for (const char* name : names) {
    const auto path = *SafePath::root("/srv")->child(name);
    out.push_back({path, path});
  }
  return out;
}

}  // namespace

TEST_CASE("two moves do not make one name") {
  Arrivals arrivals;
  CHECK(arrivals.take({1, 1}, to({"a", "b"})));
  const auto refused = arrivals.take({2, 1}, to({"c", "b"}));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == FaultCode::exists);
  CHECK(refused.error().text.find("/srv/b") != std::string::npos);
  // And what was refused holds nothing.
  CHECK(arrivals.take({3, 1}, to({"c"})));
  CHECK(arrivals.take({1, 1}, to({"a", "b"})));
  const auto b = *SafePath::root("/srv")->child("b");
  CHECK_FALSE(arrivals.check({2, 1}, {&b, 1}));
  CHECK(arrivals.check({1, 1}, {&b, 1}));
  arrivals.give_back({1, 1});
  CHECK(arrivals.take({2, 1}, to({"b"})));
}

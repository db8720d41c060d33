#include "rpc/caller.h"

#include "tests/support/catch.h"

using namespace seed::rpc;

TEST_CASE("admin stands for all scopes, and no other for another") {
  for (const Scope scope : all_scopes) {
    CHECK(Scopes::all().allow(scope));
    for (const Scope other : all_scopes) {
      const Scopes set = Scopes().with(scope);
      CHECK(set.lists(other) == (scope == other));
      CHECK(set.allow(other) == (scope == other || scope == Scope::admin));
    }
  }
  CHECK(Scopes().none());
  CHECK_FALSE(Scopes().allow(Scope::read));
}

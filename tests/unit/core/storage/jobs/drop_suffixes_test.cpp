#include "core/storage/jobs/drop_suffixes.h"

#include "tests/unit/core/storage/fixture.h"

using namespace seed;
using namespace seed::storage;
using seed::test::FakeFiles;

TEST_CASE("a file whose last name is taken keeps its suffix, and the others lose theirs") {
  FakeFiles files;
  test::NoStore store;
  const SafePath root = *SafePath::root("/srv");
  const auto file = [&](const std::string& name) {
    files.put("/srv/" + name + ".part", as_bytes(name));
    return DropSuffixes::File{*root.child(name + ".part"), *root.child(name)};
  };
  const auto outcome = DropSuffixes{{file("a"), file("b"), file("c")}}({files, store});
  CHECK(outcome.dropped == std::vector{true, true, true});
  CHECK_FALSE(outcome.fault);
  files.put("/srv/e", as_bytes("the user's"));
  const auto again = DropSuffixes{{file("d"), file("e"), file("f")}}({files, store});
  CHECK(again.dropped == std::vector{true, false, true});
  REQUIRE(again.fault);
  CHECK(again.fault->code == FaultCode::exists);
  CHECK(again.fault->text.find("/srv/e is there already") == 0);
  CHECK(again.fault->text.find("e.part") != std::string::npos);
  CHECK(test::same(files.content("/srv/e"), as_bytes("the user's")));
  CHECK(test::same(files.content("/srv/e.part"), as_bytes("e")));
  CHECK(test::same(files.content("/srv/f"), as_bytes("f")));
}

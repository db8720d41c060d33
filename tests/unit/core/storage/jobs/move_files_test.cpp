#include "core/storage/jobs/move_files.h"

#include "tests/unit/core/storage/fixture.h"

namespace seed::storage {
namespace {

TEST_CASE("a move whose store is gone takes nothing back from the one that goes on with it") {
  test::FakeFiles files;
  test::NoStore store;
  const io::JobTools tools{files, store};
  const auto from = *SafePath::root("/srv/x");
  const auto to = *SafePath::root("/srv/y");
  REQUIRE(files.make_folders(to, true));
  std::vector<MovingFile> moving;
  for (const auto* name : {"a", "b"}) {
    files.put("/srv/x/" + std::string(name), as_bytes(std::string_view(name)));
    moving.push_back({*from.descend(name), *to.descend(name), {false, true, {}}});
  }
  FinishMove first{moving, std::make_shared<CopyControl>()};
  std::optional<Result<void>> second;
  files.set_hook([&](test::FileOp op, const std::string& path) -> std::optional<test::FileFault> {
    if (op != test::FileOp::rename || !path.ends_with("/b") || second) return std::nullopt;
    first.control->stop = true;
    second = Result<void>();
    second = FinishMove{moving}(tools);
    return test::FileFault{{FaultCode::io, 5, "no"}, 0};
  });
  CHECK_FALSE(first(tools));
  REQUIRE(second);
  CHECK(*second);
  for (const auto* name : {"a", "b"})
    CHECK(
        test::same(files.content("/srv/y/" + std::string(name)), as_bytes(std::string_view(name))));
}

}  // namespace
}  // namespace seed::storage

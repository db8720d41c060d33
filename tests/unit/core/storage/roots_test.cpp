#include "core/storage/roots.h"

#include "tests/unit/core/storage/fixture.h"

using namespace seed;
using namespace seed::storage;
using seed::test::FakeFiles;
using seed::test::FileFault;
using seed::test::FileOp;

namespace {

struct Bench {
  FakeFiles files;
  test::NoStore no_store;
  test::InlineWorkers workers{files, no_store};
  test::SeededEntropy entropy{1};
  Roots roots{workers, entropy};

  Result<KnownRoot> check(const std::string& path, RootUse use = RootUse::make) {
    std::optional<Result<KnownRoot>> out;
    roots.check(*SafePath::root(path), use,
                [&](Result<KnownRoot> found) { out = std::move(found); });
    workers.run_all();
    REQUIRE(out);
    return *out;
  }
};

}  // namespace

TEST_CASE("a new root is made, marked and known again") {
  Bench bench;
  const auto first = bench.check("/srv/new/root");
  REQUIRE(first);
  CHECK(first->marker.size() == 32);
  CHECK(bench.files.is_there("/srv/new/root/.seedd-root"));
  CHECK(bench.roots.version() == 1);
  CHECK(bench.check("/srv/new/root") == first);
  CHECK(bench.roots.version() == 1);
  Bench other;
  CHECK(other.roots.load(bench.roots.encode()));
  CHECK(*other.roots.find(*SafePath::root("/srv/new/root")) == *first);
}

TEST_CASE("two checks of a new root at once give it one marker") {
  Bench bench;
  const auto root = *SafePath::root("/srv/new");
  int answers = 0;
  for (int i = 0; i < 2; ++i)
    bench.roots.check(root, RootUse::make, [&](const Result<KnownRoot>& found) {
      CHECK(found);
      ++answers;
    });
  // As if the second had looked for a marker before the first wrote its own.
  REQUIRE(bench.workers.run_next());
  REQUIRE(bench.files.remove_file(*root.child(root_marker_name)));
  REQUIRE(bench.workers.run_next());
  Rng dice(3);
  bench.workers.set_dice(&dice);
  bench.workers.run_all();
  CHECK(answers == 2);
  CHECK(bench.check("/srv/new"));
}

TEST_CASE("a root that is expected and not there is not made") {
  Bench bench;
  CHECK(bench.check("/srv/x", RootUse::expected).error().code == FaultCode::root_missing);
  CHECK_FALSE(bench.files.is_there("/srv/x"));
}

TEST_CASE("an empty folder in place of a disk is not the root, and gets nothing") {
  Bench bench;
  bench.files.mount("/srv/x");
  REQUIRE(bench.check("/srv/x"));
  bench.files.unmount("/srv/x");
  const auto gone = bench.check("/srv/x");
  REQUIRE_FALSE(gone);
  CHECK(gone.error().code == FaultCode::root_missing);
  CHECK(gone.error().text.find("the disk of /srv/x is not there") == 0);
  CHECK_FALSE(bench.files.is_there("/srv/x/.seedd-root"));
  bench.files.remount("/srv/x");
  CHECK(bench.check("/srv/x"));
}

TEST_CASE("a folder that was removed from its disk is made again for who claims nothing in it") {
  Bench bench;
  bench.files.mount("/mnt/disk");
  const auto first = bench.check("/mnt/disk/tv");
  REQUIRE(first);
  REQUIRE(bench.files.remove_file(*SafePath::root("/mnt/disk/tv")->child(root_marker_name)));
  REQUIRE(bench.files.remove_folder(*SafePath::root("/mnt/disk/tv")));
  SECTION("but not for who does") {
    const auto expected = bench.check("/mnt/disk/tv", RootUse::expected);
    REQUIRE_FALSE(expected);
    CHECK(expected.error().code == FaultCode::root_missing);
  }
  SECTION("but not in an empty mount point") {
    bench.files.unmount("/mnt/disk");
    CHECK_FALSE(bench.check("/mnt/disk/tv"));
    bench.files.remount("/mnt/disk");
  }
  SECTION("also when somebody else has made it") {
    REQUIRE(bench.files.make_folders(*SafePath::root("/mnt/disk/tv"), true));
  }
  const auto again = bench.check("/mnt/disk/tv");
  REQUIRE(again);
  CHECK(again->identity.inode != first->identity.inode);
  // What was there is known when it comes back.
  CHECK(again->marker == first->marker);
  CHECK(bench.check("/mnt/disk/tv", RootUse::expected) == again);
}

TEST_CASE("a user who says the new disk is right is believed") {
  Bench bench;
  bench.files.mount("/srv/x");
  REQUIRE(bench.check("/srv/x"));
  bench.files.unmount("/srv/x");
  bench.roots.forget(*SafePath::root("/srv/x"));
  CHECK(bench.check("/srv/x"));
}

TEST_CASE("a deleted marker is written again, a foreign one is not accepted") {
  Bench bench;
  const auto known = bench.check("/srv/x");
  REQUIRE(known);
  const auto marker = *SafePath::root("/srv/x")->child(root_marker_name);
  (void)bench.files.remove_file(marker);
  CHECK(bench.check("/srv/x") == known);
  CHECK(bench.files.is_there(marker.full()));
  bench.files.put(marker.full(), as_bytes("0123456789abcdef0123456789abcdef\n"));
  CHECK_FALSE(bench.check("/srv/x", RootUse::expected));
}

TEST_CASE("a root that cannot be written is known by its identity") {
  Bench bench;
  bench.files.mount("/srv/x");
  bench.files.set_hook([](FileOp op, const std::string&) -> std::optional<FileFault> {
    if (op == FileOp::save) return FileFault{{FaultCode::permission, 30, "read only"}, 0};
    return std::nullopt;
  });
  const auto known = bench.check("/srv/x");
  REQUIRE(known);
  CHECK(known->marker.empty());
  CHECK(bench.check("/srv/x") == known);
  bench.files.unmount("/srv/x");
  CHECK_FALSE(bench.check("/srv/x"));
}

TEST_CASE("saved roots that are damaged change nothing") {
  Bench bench;
  REQUIRE(bench.check("/srv/x"));
  for (const auto* text : {"", "le", "d3:x/ydee", "d2:/ad6:marker3:abcee"})
    CHECK_FALSE(bench.roots.load(as_bytes(text)));
  CHECK(bench.roots.find(*SafePath::root("/srv/x")) != nullptr);
}

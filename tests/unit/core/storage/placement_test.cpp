#include "core/storage/placement.h"

#include "tests/unit/core/storage/fixture.h"

using namespace seed;
using namespace seed::storage;

namespace {

PlacementFacts at(const std::string& root) {
  PlacementFacts out;
  out.root = *SafePath::root(root);
  return out;
}

}  // namespace

TEST_CASE("a file's path is its root, its name and perhaps the suffix") {
  const auto torrent = test::two_files();
  Placement placement(torrent.layout(), at("/srv/x"), true);
  CHECK(placement.path_of({1}).full() == "/srv/x/t/sub/b.bin");
  CHECK(placement.other_path_of({1}).full() == "/srv/x/t/sub/b.bin.part");
  placement.set_suffixed({1}, true);
  CHECK(placement.path_of({1}).full() == "/srv/x/t/sub/b.bin.part");
  CHECK(placement.other_path_of({1}).full() == "/srv/x/t/sub/b.bin");
  CHECK(placement.name_of({1}) == "t/sub/b.bin");
}

TEST_CASE("renames apply in order, to files and all below folders") {
  const auto torrent = test::two_files();
  Placement placement(torrent.layout(), at("/srv/x"), true);
  placement.rename({"t", "u"});
  placement.rename({"u/sub", "v"});
  CHECK(placement.name_of({0}) == "u/a.bin");
  CHECK(placement.name_of({1}) == "u/v/b.bin");
  const Placement again(torrent.layout(), placement.facts(), true);
  CHECK(again.name_of({1}) == "u/v/b.bin");
  CHECK(again.may_rename("u/a.bin", "v").error().code == FaultCode::exists);
  CHECK(again.may_rename("u/v", "a.bin").error().code == FaultCode::exists);
  CHECK(again.may_rename("u/a", "z").error().code == FaultCode::not_found);
  CHECK(again.may_rename("", "z").error().code == FaultCode::not_found);
  CHECK_FALSE(again.may_rename("u", ".."));
  CHECK(again.may_rename("u/v/b.bin", "c.bin"));
}

TEST_CASE("a root that leaves no room for a name gives no path outside it") {
  const auto torrent = test::two_files();
  std::string root;
  while (root.size() < 4090) root += "/0123456789abcde";
  const Placement placement(torrent.layout(), at(root.substr(0, 4095)), true);
  CHECK(placement.path_of({1}).is_root());
}

TEST_CASE("nothing of a torrent bears the name of a root's marker") {
  const char* const name = GENERATE(".seedd-root", ".seedd-root.new", ".Seedd-Root");
  const std::string safe = "_" + std::string(name);
  const auto one = test::Torrent::make({{name, 33}}, 16384, 1);
  CHECK(Placement(one.layout(), at("/srv/x"), true).path_of({0}).full() == "/srv/x/" + safe);
  // Another root may be a folder of the torrent.
  const auto deep = test::Torrent::make({{"t/" + std::string(name) + "/a", 33}}, 16384, 1);
  CHECK(Placement(deep.layout(), at("/srv"), true).name_of({0}) == "t/" + safe + "/a");
  const auto torrent = test::two_files();
  const Placement placement(torrent.layout(), at("/srv/x"), true);
  CHECK(placement.may_rename("t", name).error().code == FaultCode::malformed);
  CHECK(placement.may_rename("t/a.bin", name).error().code == FaultCode::malformed);
  // Nor one that was renamed so before.
  auto saved = at("/srv/x");
  saved.renames = {{"t", name}};
  CHECK(Placement(torrent.layout(), saved, true).name_of({0}) == "t/a.bin");
}

TEST_CASE("no file gets a name that says it is not complete") {
  const auto torrent = test::two_files();
  const Placement placement(torrent.layout(), at("/srv/x"), true);
  CHECK(placement.may_rename("t/a.bin", "a.bin.part").error().code == FaultCode::malformed);
  CHECK(placement.may_rename("t/sub", "sub.part"));
}

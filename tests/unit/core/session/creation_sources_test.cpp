#include "core/session/creation_sources.h"

#include "tests/support/catch.h"
#include "tests/support/fake_files.h"

namespace seed::session {
namespace {

using seed::test::FakeFiles;

struct Setup {
  Setup() {
    files.put("/srv/album/b/2", as_bytes("22"));
    files.put("/srv/album/a.nfo", as_bytes("a"));
    files.put("/srv/album/.hidden", as_bytes("h"));
    files.put("/srv/album/.git/x", as_bytes("x"));
    files.put("/srv/alone", as_bytes("alone"));
  }
  Result<Sources> list() { return list_sources(files, wish, called_off); }
  std::vector<std::string> names() {
    const auto sources = list();
    REQUIRE(sources);
    std::vector<std::string> out;
    for (const auto& file : sources->files) {
      std::string path;
      for (const auto& name : file.path) path += '/' + name;
      out.push_back(path + ' ' + std::to_string(file.length));
    }
    return out;
  }

  FakeFiles files;
  std::atomic<bool> called_off = false;
  SourceWish wish{*SafePath::root("/srv")->child("album"), SourceLinks::refuse, true, {}};
};

TEST_CASE("a folder's files are listed with their lengths, those below it too") {
  Setup setup;
  CHECK(setup.names() == std::vector<std::string>{"/.git/x 1", "/.hidden 1", "/a.nfo 1", "/b/2 2"});
  CHECK(setup.list()->is_folder);
}

TEST_CASE("a file is listed by its name") {
  Setup setup;
  setup.wish.path = *SafePath::root("/srv")->child("alone");
  CHECK(setup.names() == std::vector<std::string>{"/alone 5"});
  CHECK_FALSE(setup.list()->is_folder);
}

TEST_CASE("what begins with a dot is left out if that is wanted, and what a pattern says") {
  Setup setup;
  setup.wish.hidden = false;
  CHECK(setup.names() == std::vector<std::string>{"/a.nfo 1", "/b/2 2"});
  setup.wish.exclude = {"*.nfo"};
  CHECK(setup.names() == std::vector<std::string>{"/b/2 2"});
  setup.wish.exclude = {"b/2"};
  CHECK(setup.names() == std::vector<std::string>{"/a.nfo 1"});
}

TEST_CASE("a folder that is not there, or too deep, is named") {
  Setup setup;
  setup.wish.path = *SafePath::root("/srv")->child("gone");
  const auto gone = setup.list();
  REQUIRE_FALSE(gone);
  CHECK(gone.error().text.find("/srv/gone") != std::string::npos);

  std::string deep = "/srv/album";
  for (std::size_t at = 0; at < metainfo::creation_depth_max; ++at) deep += "/d";
  setup.files.put(deep + "/file", as_bytes("x"));
  setup.wish.path = *SafePath::root("/srv")->child("album");
  const auto listed = setup.list();
  REQUIRE_FALSE(listed);
  CHECK(listed.error().code == FaultCode::too_large);
}

TEST_CASE("a listing that is called off ends") {
  Setup setup;
  setup.called_off = true;
  const auto listed = setup.list();
  REQUIRE_FALSE(listed);
  CHECK(listed.error().code == FaultCode::cancelled);
}

}  // namespace
}  // namespace seed::session

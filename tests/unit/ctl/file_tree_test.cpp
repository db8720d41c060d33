#include "ctl/file_tree.h"

#include "tests/support/catch.h"

using namespace seed::ctl;

namespace {

Json file(const char* name, int length, int done) {
  return {{"name", name}, {"length", length}, {"bytes_completed", done}};
}

}  // namespace

TEST_CASE("files stand in their folders, which sum them up") {
  const Json files = {file("top/b/1", 10, 10), file("top/a", 5, 0), file("top/b/2", 20, 5),
                      file("top/b/c/3", 1, 0)};
  const Json stats = {{{"wanted", true}, {"priority", 1}},
                      {{"wanted", false}, {"priority", 0}},
                      {{"wanted", true}, {"priority", 1}},
                      {{"wanted", true}, {"priority", 1}}};
  const auto lines = file_tree(files, stats, false);
  REQUIRE(lines.size() == 7);
  CHECK(lines[0].name == "top");
  CHECK(lines[0].file == -1);
  CHECK(lines[0].length == 36);
  CHECK(lines[0].done == 15);
  CHECK(lines[0].mixed);
  CHECK(lines[1].name == "|- b");
  CHECK_FALSE(lines[1].mixed);
  CHECK(lines[1].priority == 1);
  CHECK(lines[2].name == "|  |- 1");
  CHECK(lines[2].file == 0);
  CHECK(lines[3].name == "|  |- 2");
  CHECK(lines[4].name == "|  `- c");
  CHECK(lines[5].name == "|     `- 3");
  CHECK(lines[6].name == "`- a");
  CHECK_FALSE(lines[6].wanted);
  CHECK(file_tree(files, stats, true)[1].name == "├─ b");
}

TEST_CASE("a single file is a tree of one line, and no files are none") {
  const auto lines = file_tree(Json::array({file("film.mkv", 3, 3)}), Json::array(), true);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].name == "film.mkv");
  CHECK(lines[0].wanted);
  CHECK(file_tree(Json::array(), Json::array(), true).empty());
}

TEST_CASE("a path of a hundred thousand folders is no deeper than the tree may be") {
  std::string path;
  for (int i = 0; i < 100'000; ++i) path += "d/";
  const Json files = {{{"name", path + "file"}, {"length", INT64_MAX}, {"bytes_completed", 1}},
                      {{"name", "d/other"}, {"length", INT64_MAX}, {"bytes_completed", 1}}};
  const auto lines = file_tree(files, Json::array(), false);
  CHECK(lines.size() == 102);
  CHECK(lines.front().length == INT64_MAX);
}

#include "core/uv/saved_settings.h"

#include <filesystem>
#include <fstream>
#include <set>

#include "core/uv/store_sqlite.h"
#include "tests/adapters/core/uv/support.h"

using namespace seed;
using namespace seed::uv;
using namespace seed::uv::test;

namespace {

io::StoreChange speed(std::string_view value) {
  io::StoreChange out;
  out.kind = io::StoreChange::Kind::put_setting;
  out.name = "speed";
  out.value = to_buffer(value);
  return out;
}

}  // namespace

TEST_CASE("saved settings are read beside a daemon that runs, was stopped, or was killed") {
  const TempFolder folder;
  const std::string path = folder / "odd %41 ?name.db";
  const std::vector<std::pair<std::string, std::string>> expected{{"speed", "100"}};
  const auto names = [&] {
    std::set<std::string> out;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
      out.insert(entry.path().filename().string());
    return out;
  };
  CHECK(read_saved_settings(path)->empty());
  CHECK(names().empty());
  {
    StoreSqlite store(path);
    REQUIRE(store.load());
    REQUIRE(store.commit({speed("100")}));
    const auto before = names();
    CHECK(read_saved_settings(path) == expected);
    CHECK(names() == before);
    REQUIRE(store.commit({speed("200")}));
    std::filesystem::copy(path, folder / "killed");
    std::filesystem::copy(path + "-wal", folder / "killed-wal");
    REQUIRE(store.commit({speed("100")}));
  }
  const auto closed = names();
  CHECK(read_saved_settings(path) == expected);
  CHECK(names() == closed);
  CHECK(read_saved_settings(folder / "killed")->at(0).second == "200");
  // The next start is to find the log, and to look for damage.
  CHECK(std::filesystem::file_size(folder / "killed-wal") > 0);
  std::ofstream(folder / "other") << "this is not a database, and long enough to be one";
  CHECK_FALSE(read_saved_settings(folder / "other"));
}

#include "core/metainfo/original_paths.h"

#include "tests/support/catch.h"

namespace seed::metainfo {
namespace {

using Names = std::vector<std::string>;

Metainfo parsed(const std::string& files, const std::string& name) {
  auto out = parse_info(
      as_bytes("d" + files + name + "12:piece lengthi16384e6:pieces20:aaaaaaaaaaaaaaaaaaaae"));
  REQUIRE(out);
  return *std::move(out);
}

TEST_CASE("paths are what the torrent says and not what is on disk") {
  const auto torrent = parsed(
      "5:filesl"
      "d6:lengthi1e4:pathl3:a\\b1:ceed6:lengthi1e4:pathl3:a\\b1:ceee",
      "4:name4:x:y.");
  const OriginalPaths paths(torrent);
  CHECK(paths.components({0}) == Names{"x:y.", "a\\b", "c"});
  CHECK(paths.components({1}) == Names{"x:y.", "a\\b", "c"});
  CHECK(torrent.layout.components({1}) != paths.components({1}));
}

TEST_CASE("a single file has the torrent's name alone") {
  const auto torrent = parsed("6:lengthi7e", "4:name3:a/b");
  CHECK(OriginalPaths(torrent).components({0}) == Names{"a/b"});
}

TEST_CASE("where the torrent says nothing that can be used the name on disk is") {
  const auto torrent =
      parsed("5:filesld6:lengthi1e4:pathl0:eed4:attr1:p6:lengthi1eed6:lengthi1e4:pathl1:a2:..eee",
             "4:name1:n");
  const OriginalPaths paths(torrent);
  CHECK(paths.components({0}) == torrent.layout.components({0}));
  CHECK(paths.components({1}) == torrent.layout.components({1}));
  CHECK(paths.components({2}).at(1) == "a");
  CHECK(paths.components({2}).at(2) != "..");
}

TEST_CASE("a path in UTF-8 that cannot be used does not hide the other") {
  const auto torrent = parsed("5:filesld6:lengthi1e4:pathl1:ae10:path.utf-8l0:eee", "4:name1:n");
  CHECK(OriginalPaths(torrent).components({0}) == Names{"n", "a"});
}

}  // namespace
}  // namespace seed::metainfo

#include "core/metainfo/glob.h"

#include <string>

#include "tests/support/catch.h"

namespace seed::metainfo {
namespace {

TEST_CASE("stars and question marks stay within a name") {
  CHECK(glob_matches("", ""));
  CHECK_FALSE(glob_matches("", "a"));
  CHECK(glob_matches("a.nfo", "a.nfo"));
  CHECK_FALSE(glob_matches("a.nfo", "a.NFO"));
  CHECK(glob_matches("*", ""));
  CHECK(glob_matches("*.nfo", ".nfo"));
  CHECK(glob_matches("*.nfo", "x.nfo.nfo"));
  CHECK_FALSE(glob_matches("*.nfo", "d/x.nfo"));
  CHECK(glob_matches("*/*.nfo", "d/x.nfo"));
  CHECK(glob_matches("a*b*c", "axxbyybzzc"));
  CHECK_FALSE(glob_matches("a*b*c", "axxbyybzz"));
  CHECK(glob_matches("?", "ä"));
  CHECK(glob_matches("??", "ä\xff"));
  CHECK_FALSE(glob_matches("?", ""));
  CHECK_FALSE(glob_matches("a?b", "a/b"));
}

TEST_CASE("two stars cross folders") {
  CHECK(glob_matches("**", "a/b/c"));
  CHECK(glob_matches("a/**", "a/b/c"));
  CHECK_FALSE(glob_matches("a/**", "b/c"));
  CHECK(glob_matches("**/c", "c"));
  CHECK(glob_matches("**/c", "a/b/c"));
  CHECK_FALSE(glob_matches("**/c", "a/bc"));
  CHECK(glob_matches("a/**/c", "a/c"));
  CHECK(glob_matches("a/**/c", "a/b/b/c"));
  CHECK_FALSE(glob_matches("a/**/c", "ac"));
  CHECK(glob_matches("a**c", "a/b/c"));
}

TEST_CASE("a backslash takes the meaning away") {
  CHECK(glob_matches("\\*", "*"));
  CHECK_FALSE(glob_matches("\\*", "a"));
  CHECK(glob_matches("a\\\\", "a\\"));
  CHECK(glob_matches("a\\", "a\\"));
}

TEST_CASE("patterns that take long elsewhere do not here") {
  std::string pattern;
  for (int i = 0; i < 500; ++i) pattern += "*a";
  CHECK_FALSE(glob_matches(pattern + "b", std::string(3000, 'a')));
  CHECK_FALSE(glob_matches(std::string(pattern_bytes_max + 1, '*'), ""));
}

TEST_CASE("a pattern without a slash is of names, one with it of paths") {
  CHECK(excludes("*.txt", "a/b.txt"));
  CHECK(excludes("node", "a/node/b"));
  CHECK_FALSE(excludes("b", "a/bb"));
  CHECK(excludes("a/b", "a/b/c"));
  CHECK(excludes("a/b", "a/b"));
  CHECK_FALSE(excludes("a/b", "x/a/b"));
  CHECK(excludes("**/a/b", "x/a/b"));
  CHECK(excludes("/a", "a/b"));
  CHECK_FALSE(excludes("/b", "a/b"));
  CHECK(excludes("a/", "a/b"));
  CHECK_FALSE(excludes("/", "a"));
  CHECK_FALSE(excludes("", "a"));
}

}  // namespace
}  // namespace seed::metainfo

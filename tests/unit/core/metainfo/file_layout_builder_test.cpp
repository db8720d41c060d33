#include "core/metainfo/file_layout_builder.h"

#include <fmt/format.h>

#include <set>

#include "tests/support/catch.h"

namespace seed::metainfo {
namespace {

using Path = std::vector<std::string>;
using Paths = std::vector<std::string>;

FileEntry entry(Path path, std::uint64_t length = 1) {
  return {.length = length, .path = std::move(path), .attributes = {}, .symlink_path = {}};
}

Paths paths_of(const std::vector<Path>& paths) {
  FileLayoutBuilder builder(16, Alignment::contiguous);
  for (const Path& path : paths) REQUIRE(builder.add(entry(path)));
  const auto layout = std::move(builder).finish();
  REQUIRE(layout);
  Paths out;
  for (std::uint32_t file = 0; file < layout->file_count(); ++file)
    out.push_back(layout->path({file}));
  return out;
}

TEST_CASE("no component leaves the root or breaks a path") {
  using namespace std::string_literals;
  CHECK(paths_of({{"r", "..", "..", "etc", "passwd"}}) == Paths{"r/__/__/etc/passwd"});
  CHECK(paths_of({{"r", "/etc/passwd"}}) == Paths{"r/_etc_passwd"});
  CHECK(paths_of({{"r", ".", "a"}}) == Paths{"r/_/a"});
  CHECK(paths_of({{"r", "", "a", ""}}) == Paths{"r/a"});
  CHECK(paths_of({{"", ""}}) == Paths{"_"});
  CHECK(paths_of({{"r", "a\0b"s}}) == Paths{"r/a_b"});
  CHECK(paths_of({{"..", "a"}}) == Paths{"__/a"});
  CHECK(paths_of({{"r", "\xff\xfe"}}) == Paths{"r/__"});
}

TEST_CASE("of files with one path the first keeps it") {
  CHECK(paths_of({{"r", "a.txt"}, {"r", "a.txt"}, {"r", "a.txt"}}) ==
        Paths{"r/a.txt", "r/a.1.txt", "r/a.2.txt"});
  CHECK(paths_of({{"r", "a"}, {"r", "a"}}) == Paths{"r/a", "r/a.1"});
  CHECK(paths_of({{"r", ".hidden"}, {"r", ".hidden"}}) == Paths{"r/.hidden", "r/.hidden.1"});
  CHECK(paths_of({{"r", "a/b"}, {"r", "a_b"}}) == Paths{"r/a_b", "r/a_b.1"});
  CHECK(paths_of({{"r", "a"}, {"r", "A"}, {"q", "a"}}) == Paths{"r/a", "r/A", "q/a"});
}

TEST_CASE("a new name never takes the path that another file came with") {
  CHECK(paths_of({{"r", "a.txt"}, {"r", "a.txt"}, {"r", "a.1.txt"}, {"r", "a.2.txt"}}) ==
        Paths{"r/a.txt", "r/a.3.txt", "r/a.1.txt", "r/a.2.txt"});
}

TEST_CASE("a file that is the folder of another makes way for it") {
  CHECK(paths_of({{"r", "a"}, {"r", "a", "b"}}) == Paths{"r/a.1", "r/a/b"});
  CHECK(paths_of({{"r", "a", "b"}, {"r", "a"}, {"r", "a"}}) == Paths{"r/a/b", "r/a.1", "r/a.2"});
  CHECK(paths_of({{"r", "a"}, {"r", "a", "b"}, {"r", "a.1", "c"}}) ==
        Paths{"r/a.2", "r/a/b", "r/a.1/c"});
  CHECK(paths_of({{"r"}, {"r", "a"}}) == Paths{"r.1", "r/a"});
}

TEST_CASE("long names are cut to what a file system takes, and stay apart") {
  const std::string long_name(300, 'x');
  const Paths paths =
      paths_of({{"r", long_name + "1.txt"}, {"r", long_name + "2.txt"}, {"r", long_name}});
  CHECK(paths[0] == "r/" + std::string(251, 'x') + ".txt");
  CHECK(paths[1] == "r/" + std::string(249, 'x') + ".1.txt");
  CHECK(paths[2] == "r/" + std::string(255, 'x'));
  // Cut at the edge of a character: "é" is two octets.
  std::string accents;
  for (int i = 0; i < 127; ++i) accents += "é";
  CHECK(paths_of({{"r", accents}, {"r", accents}})[1] == "r/" + accents.substr(0, 252) + ".1");
}

TEST_CASE("pad files neither take names nor give them up") {
  FileLayoutBuilder builder(16, Alignment::contiguous);
  REQUIRE(builder.add({1, {"r", "a"}, {.pad = true}, {}}));
  REQUIRE(builder.add({1, {"r", "a"}, {}, {}}));
  const auto layout = std::move(builder).finish();
  REQUIRE(layout);
  CHECK(layout->is_pad({0}));
  CHECK(layout->path({1}) == "r/a");
}

TEST_CASE("names made to collide are told apart in bearable time") {
  // Pairs of files whose new names all compete for the same numbers.
  FileLayoutBuilder builder(1 << 20, Alignment::contiguous);
  const std::string stem(252, 'x');
  for (int i = 0; i < 3'000; ++i) {
    const std::string tail = fmt::format("{}{}{}", char('A' + i % 26), char('A' + i / 26 % 26),
                                         char('0' + i / 676 % 64));
    for (int twice = 0; twice < 2; ++twice)
      if (!builder.add(entry({"r", stem + tail}))) FAIL("refused");
  }
  const auto layout = std::move(builder).finish();
  REQUIRE(layout);
  std::set<std::string> paths;
  for (std::uint32_t file = 0; file < layout->file_count(); ++file)
    paths.insert(layout->path({file}));
  CHECK(paths.size() == 6'000);
}

TEST_CASE("what is out of bounds is refused with its reason") {
  const auto fault_of = [](std::uint32_t piece_length, const std::vector<FileEntry>& files) {
    FileLayoutBuilder builder(piece_length, Alignment::contiguous);
    for (const FileEntry& file : files)
      if (const auto added = builder.add(file); !added) return added.error().text;
    const auto layout = std::move(builder).finish();
    return layout ? "none" : layout.error().text;
  };
  CHECK(fault_of(16, {}) == "there are no files in it");
  CHECK(fault_of(0, {entry({"a"})}) == "the piece length is out of range");
  CHECK(fault_of((1u << 30) + 1, {entry({"a"})}) == "the piece length is out of range");
  CHECK(fault_of(1u << 30, {entry({"a"})}) == "none");
  CHECK(fault_of(1, {entry({"a"}, limits::pieces_max)}) == "none");
  CHECK(fault_of(1, {entry({"a"}, limits::pieces_max + 1)}) ==
        "the files have more than 4000000 pieces together");
  CHECK(fault_of(1u << 30, {entry({"a"}, 1ull << 62), entry({"b"}, 1ull << 62)}) ==
        "the files have more than 4000000 pieces together");
  CHECK(fault_of(16, {entry(Path(128, "a"))}) == "none");
  CHECK(fault_of(16, {entry(Path(129, "a"))}) == "the path of file 0 is too long");
  CHECK(fault_of(16, {entry({"a"}), entry(Path(13, std::string(255, 'a')))}) ==
        "the path of file 1 is too long");
  CHECK(fault_of(16, {entry(Path(12, std::string(255, 'a')))}) == "none");
}

TEST_CASE("aligned files of more pieces than the bound are refused") {
  FileLayoutBuilder builder(1u << 30, Alignment::per_file);
  REQUIRE(builder.add(entry({"a"}, std::uint64_t{limits::pieces_max} << 30)));
  CHECK_FALSE(builder.add(entry({"b"}, 1)));
}

}  // namespace
}  // namespace seed::metainfo

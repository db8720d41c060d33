#include "core/metainfo/file_layout.h"

#include <fmt/format.h>

#include "core/metainfo/file_layout_builder.h"
#include "tests/support/catch.h"

namespace seed::metainfo {
namespace {

FileLayout layout_of(std::initializer_list<std::uint64_t> lengths, std::uint32_t piece_length,
                     Alignment alignment) {
  FileLayoutBuilder builder(piece_length, alignment);
  for (const std::uint64_t length : lengths)
    REQUIRE(builder.add(
        {.length = length, .path = {"root", "file"}, .attributes = {}, .symlink_path = {}}));
  auto layout = std::move(builder).finish();
  REQUIRE(layout);
  return std::move(*layout);
}

std::vector<std::uint32_t> piece_sizes(const FileLayout& layout) {
  std::vector<std::uint32_t> out;
  for (std::uint32_t piece = 0; piece < layout.piece_count(); ++piece)
    out.push_back(layout.piece_size({piece}));
  return out;
}

using Slices = std::vector<FileSlice>;
using Sizes = std::vector<std::uint32_t>;

TEST_CASE("contiguous pieces run over the borders of files") {
  const FileLayout layout = layout_of({10, 5, 0, 20, 0}, 16, Alignment::contiguous);
  CHECK(layout.total_size() == 35);
  CHECK(piece_sizes(layout) == Sizes{16, 16, 3});
  CHECK(layout.piece_size({3}) == 0);
  CHECK(layout.slices(PieceIndex{0}).to_vector() == Slices{{{0}, 0, 10}, {{1}, 0, 5}, {{3}, 0, 1}});
  CHECK(layout.slices(PieceIndex{1}).to_vector() == Slices{{{3}, 1, 16}});
  CHECK(layout.slices(BlockRef{{0}, 8, 4}).to_vector() == Slices{{{0}, 8, 2}, {{1}, 0, 2}});
  CHECK(layout.slices(BlockRef{{0}, 10, 5}).to_vector() == Slices{{{1}, 0, 5}});
  CHECK(layout.pieces_of({0}) == PieceRange{{0}, {1}});
  CHECK(layout.pieces_of({1}) == PieceRange{{0}, {1}});
  CHECK(layout.pieces_of({2}).empty());
  CHECK(layout.pieces_of({3}) == PieceRange{{0}, {3}});
  CHECK(layout.pieces_of({4}).empty());
  CHECK(layout.offset({3}) == 15);
}

TEST_CASE("aligned files begin on a piece border and end in a short piece") {
  const FileLayout layout = layout_of({10, 0, 40, 16}, 16, Alignment::per_file);
  CHECK(layout.total_size() == 66);
  CHECK(piece_sizes(layout) == Sizes{10, 16, 16, 8, 16});
  CHECK(layout.offset({2}) == 16);
  CHECK(layout.slices(PieceIndex{0}).to_vector() == Slices{{{0}, 0, 10}});
  CHECK(layout.slices(PieceIndex{1}).to_vector() == Slices{{{2}, 0, 16}});
  CHECK(layout.slices(PieceIndex{3}).to_vector() == Slices{{{2}, 32, 8}});
  CHECK(layout.slices(BlockRef{{3}, 4, 100}).to_vector() == Slices{{{2}, 36, 4}});
  CHECK(layout.slices(PieceIndex{4}).to_vector() == Slices{{{3}, 0, 16}});
  CHECK(layout.pieces_of({0}) == PieceRange{{0}, {1}});
  CHECK(layout.pieces_of({1}).empty());
  CHECK(layout.pieces_of({2}) == PieceRange{{1}, {4}});
  CHECK(layout.files_of(PieceIndex{3}) == FileRange{{2}, {3}});
}

TEST_CASE("what lies beyond a piece or beyond the end is left out") {
  const FileLayout layout = layout_of({20}, 16, Alignment::contiguous);
  CHECK(layout.slices(BlockRef{{1}, 0, 16}).to_vector() == Slices{{{0}, 16, 4}});
  CHECK(layout.slices(BlockRef{{0}, 15, 0xffffffff}).to_vector() == Slices{{{0}, 15, 1}});
  CHECK(layout.slices(BlockRef{{0}, 16, 1}).empty());
  CHECK(layout.slices(BlockRef{{0}, 0, 0}).empty());
  CHECK(layout.slices(BlockRef{{2}, 0, 1}).empty());
  CHECK(layout.slices(BlockRef{{0xffffffff}, 0xffffffff, 0xffffffff}).empty());
  CHECK(FileLayout().slices(PieceIndex{0}).empty());
  CHECK(FileLayout().files_of(PieceIndex{0}).empty());
}

TEST_CASE("the files of pieces are found from the first to the last") {
  const FileLayout layout = layout_of({10, 5, 0, 20, 0}, 16, Alignment::contiguous);
  CHECK(layout.files_of(PieceIndex{0}) == FileRange{{0}, {4}});
  CHECK(layout.files_of(PieceIndex{2}) == FileRange{{3}, {4}});
  CHECK(layout.files_of({{0}, {99}}) == FileRange{{0}, {4}});
  CHECK(layout.files_of({{3}, {4}}).empty());
  CHECK(layout.files_of({{2}, {2}}).empty());
  CHECK(layout.files_of(PieceIndex{0xffffffff}).empty());
}

TEST_CASE("paths come as text, as components and as a last name") {
  FileLayoutBuilder builder(16, Alignment::contiguous);
  REQUIRE(builder.add({1, {"root", "sub", "a.txt"}, {.executable = true}, {}}));
  REQUIRE(builder.add({2, {"root", "b"}, {}, {}}));
  REQUIRE(builder.add({0, {"root", "link"}, {.symlink = true}, {"root", "..", "b"}}));
  const auto layout = std::move(builder).finish();
  REQUIRE(layout);
  CHECK(layout->path({0}) == "root/sub/a.txt");
  CHECK(layout->path({1}) == "root/b");
  CHECK(layout->name({0}) == "a.txt");
  CHECK(layout->components({0}) == std::vector<std::string>{"root", "sub", "a.txt"});
  CHECK(layout->attributes({0}).executable);
  CHECK_FALSE(layout->attributes({1}).executable);
  CHECK(layout->symlink_target({2}) == "root/__/b");
  CHECK(layout->symlink_target({1}).empty());
}

TEST_CASE("a file or a folder is renamed in a copy, never onto a neighbour or out of the root") {
  FileLayoutBuilder builder(16, Alignment::contiguous);
  for (const auto name : {"a", "b"}) REQUIRE(builder.add({1, {"root", "sub", name}, {}, {}}));
  REQUIRE(builder.add({1, {"root", "c"}, {}, {}}));
  const auto layout = std::move(builder).finish();
  REQUIRE(layout);
  const auto paths = [](const Result<FileLayout>& renamed) {
    if (!renamed) return std::string(name_of(renamed.error().code));
    return renamed->path({0}) + " " + renamed->path({1}) + " " + renamed->path({2});
  };
  CHECK(paths(layout->renamed("root", "new")) == "new/sub/a new/sub/b new/c");
  CHECK(paths(layout->renamed("root/sub", "s")) == "root/s/a root/s/b root/c");
  CHECK(paths(layout->renamed("root/sub/b", "x.y")) == "root/sub/a root/sub/x.y root/c");
  CHECK(paths(layout->renamed("root/c", "c")) == "root/sub/a root/sub/b root/c");
  CHECK(layout->path({1}) == "root/sub/b");
  CHECK(paths(layout->renamed("root/sub/b", "a")) == "exists");
  CHECK(paths(layout->renamed("root/c", "sub")) == "exists");
  CHECK(paths(layout->renamed("root/sub", "c")) == "exists");
  for (const auto missing :
       {"", "x", "root/", "root/x", "root/x/a", "root/sub/a/b", "/root", "sub"})
    CHECK(paths(layout->renamed(missing, "n")) == "not_found");
  for (const auto unsafe : {"", ".", "..", "a/b", "\xff", "a\n"})
    CHECK(paths(layout->renamed("root", unsafe)) == "malformed");
}

TEST_CASE("a hundred thousand files take about 51 octets each") {
  FileLayoutBuilder builder(1 << 20, Alignment::contiguous);
  for (int i = 0; i < 100'000; ++i) {
    const auto folder = fmt::format("folder{}", i / 100);
    const auto name = fmt::format("file number {:07}", i);
    const Bytes path[] = {as_bytes("root"), as_bytes(folder), as_bytes(name)};
    if (!builder.add(path, 1000, {}, {})) FAIL("refused");
  }
  const auto layout = std::move(builder).finish();
  REQUIRE(layout);
  CHECK(layout->name({7}).size() == 19);
  CHECK(layout->memory_bytes() / 100'000 == 51);
  CHECK(layout->path({99'999}) == "root/folder999/file number 0099999");
}

}  // namespace
}  // namespace seed::metainfo

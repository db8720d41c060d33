#include "core/webseed/plan.h"

#include "core/metainfo/file_layout_builder.h"
#include "tests/unit/core/webseed/torrents.h"

namespace seed::webseed {
namespace {

using namespace test;
using Parts = std::vector<Part>;

TEST_CASE("a run within one file is one part, over all pieces") {
  const auto torrent = torrent_of({{1'000'000}}, 65536);
  CHECK(plan_requests(torrent.layout, {{2}, 0, 3 * 65536}) == Parts{{{0}, 131072, 196608}});
  CHECK(plan_requests(torrent.layout, {{2}, 16384, 65536}) == Parts{{{0}, 147456, 65536}});
  // What is beyond the end is left out.
  CHECK(plan_requests(torrent.layout, {{15}, 0, 1 << 20}) == Parts{{{0}, 983040, 16960}});
  CHECK(plan_requests(torrent.layout, {{16}, 0, 100}).empty());
  CHECK(plan_requests(torrent.layout, {{0}, 0, 0}).empty());
}

TEST_CASE("each file is a part of its own, empty ones none, and pads are zeros") {
  const auto torrent = torrent_of({{10}, {0}, {32748}, {10, {".pad", "10"}, true}, {40000}}, 16384);
  CHECK(plan_requests(torrent.layout, {{0}, 0, 60000}) ==
        Parts{{{0}, 0, 10}, {{2}, 0, 32748}, {{3}, 0, 10, true}, {{4}, 0, 27232}});
}

TEST_CASE("files that begin on a piece's border end in a short piece") {
  metainfo::FileLayoutBuilder builder(32768, metainfo::Alignment::per_file);
  for (const std::uint64_t length : {std::uint64_t{40000}, std::uint64_t{5}, std::uint64_t{70000}})
    REQUIRE(
        builder.add({.length = length, .path = {"n", "f"}, .attributes = {}, .symlink_path = {}}));
  const auto layout = std::move(builder).finish();
  REQUIRE(layout);
  CHECK(plan_requests(*layout, {{1}, 0, 7232 + 5 + 32768}) ==
        Parts{{{0}, 32768, 7232}, {{1}, 0, 5}, {{2}, 0, 32768}});
  BlocksOf blocks(*layout, {{1}, 0, 7232 + 5 + 32768});
  CHECK(blocks.next() == BlockRef{{1}, 0, 7232});
  CHECK(blocks.next() == BlockRef{{2}, 0, 5});
  CHECK(blocks.next() == BlockRef{{3}, 0, 16384});
  CHECK(blocks.next() == BlockRef{{3}, 16384, 16384});
  CHECK_FALSE(blocks.next());
}

TEST_CASE("blocks of a run are on the grid, the last of a piece the rest of it") {
  const auto torrent = torrent_of({{50000}}, 20000);
  BlocksOf blocks(torrent.layout, {{0}, 16384, 30000});
  CHECK(blocks.next() == BlockRef{{0}, 16384, 3616});
  CHECK(blocks.next() == BlockRef{{1}, 0, 16384});
  CHECK(blocks.next() == BlockRef{{1}, 16384, 3616});
  CHECK(blocks.next() == BlockRef{{2}, 0, 10000});
  CHECK_FALSE(blocks.next());
}

}  // namespace
}  // namespace seed::webseed

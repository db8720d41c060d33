#include "core/torrent/shapes.h"

#include "core/metainfo/file_layout_builder.h"
#include "tests/support/catch.h"

namespace seed::torrent {
namespace {

std::shared_ptr<const metainfo::Metainfo> of_files(metainfo::Alignment alignment) {
  metainfo::FileLayoutBuilder builder(32768, alignment);
  for (const std::uint64_t length : {40000, 32768, 100}) {
    metainfo::FileEntry file;
    file.length = length;
    file.path = {"t", std::to_string(length)};
    REQUIRE(builder.add(file));
  }
  auto out = std::make_shared<metainfo::Metainfo>();
  out->layout = std::move(builder).finish().value();
  return out;
}

}  // namespace

TEST_CASE("where files lie end to end, only the last piece is short") {
  const auto metainfo = of_files(metainfo::Alignment::contiguous);
  const auto shape = link_shape(metainfo);
  CHECK(shape == peer::TorrentShape{3, 32768, 40000 + 32768 + 100 - 2 * 32768});
  CHECK(picker_shape(metainfo->layout).short_pieces.empty());
}

TEST_CASE("where each file begins a piece, the last of each is short") {
  const auto metainfo = of_files(metainfo::Alignment::per_file);
  const auto link = link_shape(metainfo);
  const auto picker = picker_shape(metainfo->layout);
  const std::uint32_t lengths[] = {32768, 40000 - 32768, 32768, 100};
  CHECK(link.piece_count == 4);
  for (std::uint32_t piece = 0; piece < 4; ++piece) {
    CHECK(link.bytes_of({piece}) == lengths[piece]);
    CHECK(picker.length_of({piece}) == lengths[piece]);
  }
  CHECK_FALSE(link.contains(BlockRef{{1}, 0, 16384}));
  CHECK(link.contains(BlockRef{{1}, 0, 40000 - 32768}));
}

}  // namespace seed::torrent

#include "core/peer/torrent_shape.h"

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::peer;

TEST_CASE("blocks lie within their piece, and the last piece is shorter") {
  const TorrentShape shape{3, 32768, 100};
  CHECK(shape.contains(BlockRef{{0}, 16384, 16384}));
  CHECK(shape.contains(BlockRef{{2}, 0, 100}));
  CHECK_FALSE(shape.contains(BlockRef{{2}, 0, 101}));
  CHECK_FALSE(shape.contains(BlockRef{{2}, 100, 1}));
  CHECK_FALSE(shape.contains(BlockRef{{3}, 0, 1}));
  CHECK_FALSE(shape.contains(BlockRef{{0}, 0, 0}));
  CHECK_FALSE(shape.contains(BlockRef{{0}, 0xffffffff, 2}));
  CHECK_FALSE(shape.contains(BlockRef{{0}, 1, 0xffffffff}));
}

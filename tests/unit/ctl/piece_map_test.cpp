#include "ctl/piece_map.h"

#include "tests/support/catch.h"

using namespace seed::ctl;

namespace {

// 1100'0000 0001'0000: three of 12.
Json torrent() {
  return {{"pieces", "wBA="},
          {"piece_count", 12},
          {"availability", {-1, -1, 0, 1, 1, 1, 1, 1, 1, 1, 1, -1}}};
}

}  // namespace

TEST_CASE("pieces are read from the bitfield, its top bit first") {
  const PieceMap map = read_pieces(torrent());
  CHECK(map.have.size() == 12);
  CHECK(map.count() == 3);
  CHECK(map.have[0]);
  CHECK(map.have[11]);
  CHECK_FALSE(map.have[2]);
  CHECK(map.nowhere() == 1);
}

TEST_CASE("a map has a cell a piece where there is room, else more pieces a cell") {
  const PieceMap map = read_pieces(torrent());
  Look look;
  CHECK(draw_pieces(map, look, 5) == " 0  ##x........#\n");
  look.columns = 12;
  CHECK(draw_pieces(map, look, 5) == " 0  ##x.....\n 8  ...#\n");
  CHECK(draw_pieces(map, look, 1) == " 0  #x...+\n");
  look.utf8 = true;
  CHECK(draw_pieces(map, look, 1) == " 0  █×···▒\n");
  look.colours = true;
  CHECK(draw_pieces(map, look, 1).find("\x1b[31m×\x1b[0m") != std::string::npos);
}

TEST_CASE("answers that make no sense draw no more than there is") {
  CHECK(read_pieces({{"pieces", "wA=="}, {"piece_count", 1'000'000'000'000}}).have.size() == 8);
  CHECK(read_pieces({{"pieces", "!!"}, {"piece_count", 9}}).have.empty());
  CHECK(read_pieces({{"piece_count", -5}}).have.empty());
  CHECK(draw_pieces({}, Look(), 5).empty());
}

#include "core/swarm/bans.h"

#include "tests/support/catch.h"

using namespace seed;
using swarm::Bans;
using swarm::BlockDigest;

namespace {

IpAddress ip(std::uint32_t n) { return IpAddress::v4(0x0a000000 + n); }
using Guilty = std::vector<IpAddress>;
using Digests = std::vector<BlockDigest>;

}  // namespace

TEST_CASE("the single sender of a failed piece is guilty at once") {
  Bans bans;
  for (std::uint32_t block = 0; block < 4; ++block) bans.on_block({1}, block, ip(7));
  CHECK(bans.on_piece_failed({1}, 4, {}) == Guilty{ip(7)});
  CHECK(bans.pieces_under_way() == 0);
}

TEST_CASE("of several senders the one whose block was wrong shows when the piece passes") {
  Bans bans;
  bans.on_block({1}, 0, ip(1));
  bans.on_block({1}, 1, ip(2));
  CHECK(bans.on_piece_failed({1}, 2, Digests{10, 66}).empty());
  CHECK(bans.needs_digests({1}));
  bans.on_block({1}, 0, ip(3));
  bans.on_block({1}, 1, ip(3));
  CHECK(bans.on_piece_passed({1}, Digests{10, 20}) == Guilty{ip(2)});
  CHECK_FALSE(bans.needs_digests({1}));
}

TEST_CASE("liars of several attempts are all found, each once") {
  Bans bans;
  for (int i = 0; i < 3; ++i) {
    bans.on_block({1}, 0, ip(1));
    bans.on_block({1}, 1, ip(2));
    CHECK(bans.on_piece_failed({1}, 2, Digests{66, 20}).empty());
  }
  bans.on_block({1}, 0, ip(2));
  bans.on_block({1}, 1, ip(3));
  CHECK(bans.on_piece_failed({1}, 2, Digests{10, 67}).empty());
  CHECK(bans.on_piece_passed({1}, Digests{10, 20}) == Guilty{ip(1), ip(3)});
}

TEST_CASE("a block of unknown origin convicts nobody") {
  Bans bans;
  bans.on_block({1}, 0, std::nullopt);
  bans.on_block({1}, 1, ip(2));
  CHECK(bans.on_piece_failed({1}, 2, Digests{66, 20}).empty());
  CHECK(bans.on_piece_passed({1}, Digests{10, 20}).empty());
  bans.on_block({3}, 0, ip(1));
  bans.on_block({3}, 1, std::nullopt);
  CHECK(bans.on_piece_failed({3}, 2, Digests{10, 66}).empty());
  CHECK(bans.on_piece_passed({3}, Digests{10, 20}).empty());
  // A block that was never recorded (restored by a resume) is of unknown origin as well.
  bans.on_block({2}, 1, ip(2));
  CHECK(bans.on_piece_failed({2}, 3, Digests{66, 20, 30}).empty());
}

TEST_CASE("without digests nobody is convicted of a shared piece") {
  Bans bans;
  bans.on_block({1}, 0, ip(1));
  bans.on_block({1}, 1, ip(2));
  CHECK(bans.on_piece_failed({1}, 2, {}).empty());
  CHECK(bans.on_piece_passed({1}, Digests{10, 20}).empty());
  CHECK(bans.on_piece_failed({9}, 2, {}).empty());
}

TEST_CASE("the memory of failures is bounded and forgets the oldest") {
  Bans bans;
  for (std::uint32_t piece = 0; piece <= Bans::failed_pieces_max; ++piece) {
    bans.on_block({piece}, 0, ip(1));
    bans.on_block({piece}, 1, ip(2));
    bans.on_piece_failed({piece}, 2, Digests{66, 20});
  }
  CHECK(bans.pieces_failed() == Bans::failed_pieces_max);
  CHECK_FALSE(bans.needs_digests({0}));
  CHECK(bans.needs_digests({1}));
  bans.on_block({3}, 0xffffffff, ip(1));
  CHECK(bans.pieces_under_way() == 0);
}

TEST_CASE("a dropped piece leaves no senders behind") {
  Bans bans;
  bans.on_block({1}, 0, ip(1));
  bans.on_piece_dropped({1});
  bans.on_block({1}, 1, ip(2));
  CHECK(bans.on_piece_failed({1}, 2, {}).empty());
}

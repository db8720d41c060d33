#include "core/peer/peer_requests.h"

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::peer;

TEST_CASE("a peer's requests are kept once, in order, and bounded") {
  PeerRequests requests(4);
  const auto block = [](std::uint32_t i) { return BlockRef{PieceIndex{i}, 0, 1}; };
  for (std::uint32_t i = 0; i < 4; ++i)
    CHECK(requests.add(block(i), Instant{}) == PeerRequests::Added::yes);
  CHECK(requests.add(block(3), Instant{}) == PeerRequests::Added::there_already);
  CHECK(requests.add(block(9999), Instant{}) == PeerRequests::Added::full);
  CHECK(requests.take(block(0)));
  CHECK_FALSE(requests.take(block(0)));
  const auto taken = requests.take_if([](const BlockRef& b) { return b.piece.value > 2; });
  CHECK(taken.front() == block(3));
  CHECK(requests.size() == 2);
  CHECK(requests.begin()->block == block(1));
}

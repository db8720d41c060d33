// Blocks asked for, cut anyhow and mixed with others: each comes once, right, and only when wanted.
#include <set>

#include "core/base/rng.h"
#include "core/peer/connection.h"
#include "tests/support/catch.h"
#include "tests/unit/core/peer/scripted_peer.h"

using namespace seed;
using namespace seed::peer;
using namespace seed::peer::test;

TEST_CASE("what arrives is what was asked for and not taken back") {
  const std::uint64_t seed = GENERATE(range(1, 41));
  INFO("seed " << seed);
  Rng rng(seed);
  Connection connection = opened();
  feed(connection, {wire::Unchoke{}});
  std::vector<BlockRef> on_the_way;
  std::set<BlockRef> due;
  Buffer stream;
  std::size_t wasted = 0;
  for (int step = 0; step < 400; ++step) {
    const BlockRef ref{PieceIndex{static_cast<std::uint32_t>(rng.below(4))},
                       static_cast<std::uint32_t>(rng.below(32)) * 1024, 1024};
    switch (rng.below(4)) {
      case 0:
        if (connection.request(ref, at(1s))) {
          CHECK(due.insert(ref).second);
          on_the_way.push_back(ref);
        }
        break;
      case 1:
        CHECK(connection.cancel(ref, at(1s)) == (due.erase(ref) == 1));
        break;
      case 2:
        if (!on_the_way.empty()) {
          const Buffer more = piece_octets(on_the_way.front());
          stream.insert(stream.end(), more.begin(), more.end());
          on_the_way.erase(on_the_way.begin());
        }
        break;
      default: {
        const auto count = static_cast<std::ptrdiff_t>(rng.below(stream.size() + 1));
        for (const auto& event : feed(connection, Buffer(stream.begin(), stream.begin() + count))) {
          const auto* got = std::get_if<BlockReceived>(&event);
          REQUIRE(got != nullptr);
          CHECK(due.erase(got->ref) == 1);
          CHECK(equal(got->block.bytes(), content(got->ref)));
        }
        stream.erase(stream.begin(), stream.begin() + count);
        break;
      }
    }
    CHECK(connection.our_requests().size() == due.size());
    CHECK(connection.counts().wasted >= wasted);
    wasted = connection.counts().wasted;
  }
}

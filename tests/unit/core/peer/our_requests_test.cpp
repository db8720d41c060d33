#include "core/peer/our_requests.h"

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::peer;

namespace {
const BlockRef a{PieceIndex{1}, 0, 16384};
const BlockRef b{PieceIndex{1}, 16384, 16384};
}  // namespace

TEST_CASE("requests are kept in the order they were sent") {
  OurRequests requests;
  requests.add(a, Instant{} + 1s);
  requests.add(b, Instant{} + 2s);
  CHECK(requests.contains(b));
  CHECK(requests.begin()->block == a);
  CHECK(requests.take(a) == Instant{} + 1s);
  CHECK_FALSE(requests.take(a));
  CHECK(requests.begin()->block == b);
  CHECK(requests.size() == 1);
}

TEST_CASE("each request taken back explains one late block") {
  OurRequests requests;
  requests.add(a, Instant{});
  requests.add(b, Instant{});
  CHECK(requests.withdraw(a));
  CHECK_FALSE(requests.withdraw(a));
  CHECK(requests.withdraw_all() == std::vector{b});
  CHECK(requests.explain_late());
  requests.refuse_late();
  CHECK_FALSE(requests.explain_late());
  CHECK(requests.strays() == 1);
}

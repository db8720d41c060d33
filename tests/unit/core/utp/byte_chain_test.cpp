#include "core/utp/byte_chain.h"

#include "tests/support/catch.h"
#include "tests/unit/core/utp/pair.h"

using namespace seed;
using namespace seed::utp;
using namespace seed::utp::test;

TEST_CASE("octets come out as they went in, in long runs") {
  Budget budget(1u << 20);
  BufferPool pool(1000, budget);
  ByteChain chain(pool);
  const Buffer all = pattern(70 * 77);
  for (std::size_t at = 0; at < all.size(); at += 77)
    REQUIRE(chain.append(Bytes(all).subspan(at, 77)));
  CHECK(chain.size() == all.size());
  CHECK(chain.front().size() == 1000);
  Buffer out;
  while (!chain.empty()) {
    const Bytes part = chain.front().first(std::min<std::size_t>(chain.front().size(), 333));
    out.insert(out.end(), part.begin(), part.end());
    chain.consume(part.size());
  }
  CHECK(out == all);
  CHECK(chain.front().empty());
  CHECK(budget.used() == 0);
}

TEST_CASE("without room nothing is taken, not half of it") {
  Budget budget(1000);
  BufferPool pool(1000, budget);
  ByteChain chain(pool);
  const Buffer some = pattern(600);
  CHECK(chain.append(some));
  CHECK_FALSE(chain.append(some));
  CHECK(chain.size() == 600);
  CHECK(chain.append(Bytes(some).first(400)));
  CHECK(chain.size() == 1000);
  chain.clear();
  CHECK(chain.append(some));
}

#include "core/dht/tokens.h"

#include <set>

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::dht;

namespace {

const Instant start{5000s};
const Tokens::Secret secret{1, 2, 3};
const IpAddress address = *IpAddress::parse("203.0.113.7");
const IpAddress other = *IpAddress::parse("203.0.113.8");
const IpAddress address_6 = *IpAddress::parse("2001:db8::7");

}  // namespace

TEST_CASE("a token is good for its address alone") {
  const Tokens tokens(secret, start);
  const auto token = tokens.make(address, start);
  CHECK(token.size() == 8);
  CHECK(tokens.valid(token, address, start));
  CHECK_FALSE(tokens.valid(token, other, start));
  CHECK_FALSE(tokens.valid(token, address_6, start));
  CHECK(tokens.valid(tokens.make(address_6, start), address_6, start));
}

TEST_CASE("a token is good for five minutes and for no more than ten") {
  const Tokens tokens(secret, start);
  for (const Duration made : {0s, 100s, 299s, 300s, 1000s}) {
    CAPTURE(seconds_of(made));
    const auto token = tokens.make(address, start + made);
    CHECK(tokens.valid(token, address, start + made));
    CHECK(tokens.valid(token, address, start + made + 5min));
    CHECK_FALSE(tokens.valid(token, address, start + made + 10min));
  }
}

TEST_CASE("tokens change with each secret and differ between nodes") {
  const Tokens tokens(secret, start);
  std::set<Tokens::Token> seen;
  for (int i = 0; i < 50; ++i) seen.insert(tokens.make(address, start + i * 5min));
  CHECK(seen.size() == 50);
  CHECK(tokens.make(address, start) == tokens.make(address, start + 299s));
  CHECK_FALSE(Tokens(Tokens::Secret{9}, start).valid(tokens.make(address, start), address, start));
}

TEST_CASE("a token of any other length or with any bit changed is refused") {
  const Tokens tokens(secret, start);
  const auto token = tokens.make(address, start);
  CHECK_FALSE(tokens.valid({}, address, start));
  CHECK_FALSE(tokens.valid(Bytes(token).first(7), address, start));
  Buffer longer(token.begin(), token.end());
  longer.push_back(0);
  CHECK_FALSE(tokens.valid(longer, address, start));
  for (std::size_t bit = 0; bit < token.size() * 8; ++bit) {
    auto wrong = token;
    wrong[bit / 8] = static_cast<std::uint8_t>(wrong[bit / 8] ^ (1 << bit % 8));
    CHECK_FALSE(tokens.valid(wrong, address, start));
  }
}

TEST_CASE("a time before the first secret does no harm") {
  const Tokens tokens(secret, start);
  CHECK(tokens.valid(tokens.make(address, start - 1h), address, start));
}

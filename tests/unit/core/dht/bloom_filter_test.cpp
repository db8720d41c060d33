#include "core/dht/bloom_filter.h"

#include <string>

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::dht;

namespace {

IpAddress v4(std::uint32_t n) { return IpAddress::v4(0xc0000200 + n); }
IpAddress v6(std::uint32_t n) {
  Buffer octets = to_buffer(IpAddress::parse("2001:db8::")->octets());
  octets[14] = static_cast<std::uint8_t>(n >> 8);
  octets[15] = static_cast<std::uint8_t>(n);
  return *IpAddress::from_octets(octets);
}

/// BEP 33, "Test Vectors".
const std::string published =
    "f6c3f5eaa07ffd91bde89f777f26fb2bff37bdb8fb2bbaa2fd3ddde7bacfff75ee7ccbae"
    "fe5eedb1fbfaff67f6abff5e43ddbca3fd9b9ffdf4ffd3e9dff12d1bdf59db53dbe9fa5b"
    "7ff3b8fdfcde1afb8bedd7be2f3ee71ebbbfe93bcdeefe148246c2bc5dbff7e7efdcf24f"
    "d8dc7adffd8fffdfddfff7a4bbeedf5cb95ce81fc7fcff1ff4ffffdfe5f7fdcbb7fd79b3"
    "fa1fc77bfe07fff905b7b7ffc7fefeffe0b8370bb0cd3f5b7f2bd93feb4386cfdd6f7fd5"
    "bfaf2e9ebffffeecd67adbf7c67f17efd5d75eba6ffeba7fff47a91eb1bfbb53e8abfb57"
    "62abe8ff237279bfefbfeef5ffc5febfdfe5adffadfee1fb737ffffbfd9f6aeffeee76b6"
    "fd8f72ef";

}  // namespace

TEST_CASE("the published set of addresses gives the published filter and estimate") {
  BloomFilter filter;
  for (std::uint32_t n = 0; n <= 255; ++n) filter.insert(v4(n));
  for (std::uint32_t n = 0; n <= 0x3e7; ++n) filter.insert(v6(n));
  CHECK(to_hex(filter.bytes()) == published);
  CHECK(filter.estimate() == Approx(1224.9308).margin(0.0001));
}

TEST_CASE("a filter contains what was inserted and little else") {
  BloomFilter filter;
  for (std::uint32_t n = 0; n < 50; ++n) filter.insert(v4(n));
  std::size_t others = 0;
  for (std::uint32_t n = 0; n < 50; ++n) CHECK(filter.may_contain(v4(n)));
  for (std::uint32_t n = 50; n < 250; ++n) others += filter.may_contain(v4(n)) ? 1 : 0;
  CHECK(others < 5);
}

TEST_CASE("joined filters are the filter of both sets") {
  BloomFilter one;
  BloomFilter other;
  BloomFilter both;
  for (std::uint32_t n = 0; n < 100; ++n) {
    (n < 60 ? one : other).insert(v4(n));
    both.insert(v4(n));
  }
  one.join(other);
  CHECK(one == both);
}

TEST_CASE("estimates go from none to all bits set") {
  BloomFilter filter;
  CHECK(filter.estimate() == 0);
  filter.insert(v4(1));
  CHECK(filter.estimate() == Approx(1).epsilon(0.01));
  const Buffer full(BloomFilter::size, 0xff);
  CHECK(BloomFilter::from(full)->estimate() == Approx(7806).epsilon(0.001));
}

TEST_CASE("only 256 octets are a filter") {
  const Buffer octets(257, 0x10);
  CHECK_FALSE(BloomFilter::from(octets));
  CHECK_FALSE(BloomFilter::from(Bytes(octets).first(255)));
  const auto filter = BloomFilter::from(Bytes(octets).first(256));
  REQUIRE(filter);
  CHECK(equal(filter->bytes(), Bytes(octets).first(256)));
}

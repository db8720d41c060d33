#include "core/blocklist/table.h"

#include "core/base/rng.h"
#include "tests/support/catch.h"

namespace seed::blocklist {
namespace {

IpAddress at(const char* text) { return *IpAddress::parse(text); }

Table table_of(std::initializer_list<std::pair<const char*, const char*>> ranges) {
  TableBuilder builder;
  for (const auto& [first, last] : ranges) builder.add({at(first), at(last)});
  return std::move(builder).build();
}

TEST_CASE("the ends of a range are in it, their neighbours are not") {
  const Table table = table_of({{"192.0.2.10", "192.0.2.20"}, {"2001:db8::10", "2001:db8::20"}});
  CHECK(table.size() == 2);
  for (const char* in : {"192.0.2.10", "192.0.2.15", "192.0.2.20", "2001:db8::10", "2001:db8::20",
                         "::ffff:192.0.2.10"})
    CHECK(table.contains(at(in)));
  for (const char* out : {"192.0.2.9", "192.0.2.21", "0.0.0.0", "255.255.255.255", "2001:db8::f",
                          "2001:db8::21", "::", "ffff::"})
    CHECK_FALSE(table.contains(at(out)));
}

TEST_CASE("the whole of a family is a range as any other") {
  const Table table = table_of({{"0.0.0.0", "255.255.255.255"}});
  CHECK(table.contains(at("0.0.0.0")));
  CHECK(table.contains(at("255.255.255.255")));
  CHECK_FALSE(table.contains(at("::1")));
}

TEST_CASE("ranges that overlap are one, ranges that touch are two") {
  const Table table = table_of({{"10.0.0.5", "10.0.0.9"},
                                {"10.0.0.0", "10.0.0.200"},
                                {"10.0.0.7", "10.0.1.0"},
                                {"10.0.1.1", "10.0.1.9"}});
  CHECK(table.size() == 2);
  CHECK(table.contains(at("10.0.0.250")));
  CHECK(table.contains(at("10.0.1.9")));
  CHECK_FALSE(table.contains(at("10.0.1.10")));
}

TEST_CASE("an empty table holds nobody") {
  CHECK(Table().empty());
  CHECK_FALSE(Table().contains(at("192.0.2.1")));
  CHECK_FALSE(Table().contains(at("::1")));
}

TEST_CASE("a lookup says what a walk through all rules says") {
  Rng rng(11);
  std::vector<AddressRange> rules;
  TableBuilder builder;
  for (int i = 0; i < 300; ++i) {
    const auto first = static_cast<std::uint32_t>(rng.below(5000));
    const auto last = first + static_cast<std::uint32_t>(rng.below(20));
    rules.push_back({IpAddress::v4(first), IpAddress::v4(last)});
    builder.add(rules.back());
  }
  const Table table = std::move(builder).build();
  for (std::uint32_t i = 0; i < 5100; ++i) {
    const IpAddress address = IpAddress::v4(i);
    const bool expected = std::ranges::any_of(rules, [&](const AddressRange& range) {
      return range.first <= address && address <= range.last;
    });
    if (table.contains(address) != expected) FAIL(address.to_string());
  }
}

TEST_CASE("what was kept comes back the same") {
  const Table table = table_of(
      {{"192.0.2.10", "192.0.2.20"}, {"10.0.0.0", "10.0.0.0"}, {"2001:db8::10", "2001:db8::20"}});
  const Buffer kept = table.encode();
  const auto again = Table::decode(kept);
  REQUIRE(again);
  CHECK(again->size() == 3);
  CHECK(again->encode() == kept);
  CHECK(again->contains(at("192.0.2.20")));
  CHECK(again->contains(at("2001:db8::11")));
}

TEST_CASE("what was kept and is damaged is not taken") {
  const Buffer kept = table_of({{"192.0.2.10", "192.0.2.20"}}).encode();
  for (std::size_t i = 0; i < kept.size(); ++i) {
    Buffer damaged = kept;
    damaged[i] ^= 0x10;
    CHECK_FALSE(Table::decode(damaged));
    CHECK_FALSE(Table::decode(Bytes(kept).first(i)));
  }
  Buffer longer = kept;
  longer.push_back(0);
  CHECK_FALSE(Table::decode(longer));
}

}  // namespace
}  // namespace seed::blocklist

#include "core/dht/item_store.h"

#include <limits>

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::dht;

namespace {

const Instant start{1000s};

Endpoint source(std::uint32_t n, std::uint16_t port = 6881) {
  return {IpAddress::v4(0x50000000 + n), port};
}
Item immutable(std::uint32_t n, std::size_t bytes = 14) {
  ByteWriter value;
  value.put("e").u32(n);
  Buffer out = value.take();
  out.resize(bytes, 'x');
  return {out, std::nullopt};
}
Item changing(std::int64_t seq, std::string_view value = "12:Hello World!",
              std::string_view salt = "") {
  MutablePart part;
  part.key =
      *ItemKey::parse_hex("77ff84905a91936367c01360803104f92432fcd904a43511876df5cdf3e7e548");
  part.salt = to_buffer(salt);
  part.seq = seq;
  return {to_buffer(value), part};
}
Item of_key(std::uint32_t n) {
  Item item = changing(1);
  item.changing->key.octets[0] = static_cast<std::uint8_t>(n);
  item.changing->key.octets[1] = static_cast<std::uint8_t>(n >> 8);
  return item;
}

}  // namespace

TEST_CASE("items are where the published vectors say") {
  CHECK(changing(1).target().hex() == "4a533d47ec9c7d95b1ad75f576cffc641853b750");
  CHECK(changing(1, "12:Hello World!", "foobar").target().hex() ==
        "411eba73b6f087ca51a3795d9c8c938d365e32c1");
  CHECK(Item{to_buffer("12:Hello World!"), std::nullopt}.target().hex() ==
        "e5f96f6f38320f0f33959cb4d3d656452117aadb");
}

TEST_CASE("what was put is found for two hours") {
  ItemStore store;
  CHECK(store.deadline() == never);
  const Item item = immutable(1);
  CHECK_FALSE(store.put(item, std::nullopt, source(1), start));
  REQUIRE(store.find(item.target(), start));
  CHECK(*store.find(item.target(), start + 2h - 1ns) == item);
  CHECK(store.find(item.target(), start + 2h) == nullptr);
  CHECK(store.find(immutable(2).target(), start) == nullptr);
  CHECK(store.deadline() == start + 2h);
  store.expire(start + 2h - 1ns);
  CHECK(store.size() == 1);
  store.expire(start + 2h);
  CHECK(store.size() == 0);
  CHECK(store.bytes() == 0);
}

TEST_CASE("what is put again lives on") {
  ItemStore store;
  store.put(immutable(1), std::nullopt, source(1), start);
  store.put(changing(1), std::nullopt, source(1), start);
  CHECK_FALSE(store.put(immutable(1), std::nullopt, source(2), start + 1h));
  CHECK_FALSE(store.put(changing(1), std::nullopt, source(2), start + 1h));
  store.expire(start + 150min);
  CHECK(store.size() == 2);
  CHECK(store.deadline() == start + 3h);
}

TEST_CASE(
    "a higher sequence number replaces, a lower one or another value with the same does not") {
  ItemStore store;
  const Sha1 target = changing(1).target();
  CHECK_FALSE(store.put(changing(5, "1:a"), std::nullopt, source(1), start));
  CHECK_FALSE(store.put(changing(6, "1:b"), std::nullopt, source(1), start));
  CHECK(store.put(changing(5, "1:a"), std::nullopt, source(1), start) == PutRefusal::seq_too_low);
  CHECK(store.put(changing(6, "1:c"), std::nullopt, source(1), start) == PutRefusal::seq_too_low);
  CHECK(store.find(target, start)->value == to_buffer("1:b"));
  CHECK(store.size() == 1);
  constexpr auto highest = std::numeric_limits<std::int64_t>::max();
  CHECK_FALSE(store.put(changing(highest, "1:d"), std::nullopt, source(1), start));
  CHECK(store.put(changing(-1, "1:e"), std::nullopt, source(1), start) == PutRefusal::seq_too_low);
}

TEST_CASE("compare and swap takes the put only over the sequence number it names") {
  ItemStore store;
  CHECK_FALSE(store.put(changing(5), 4, source(1), start));
  CHECK(store.put(changing(7), 4, source(1), start) == PutRefusal::cas_mismatch);
  CHECK(store.put(changing(3), 4, source(1), start) == PutRefusal::cas_mismatch);
  CHECK_FALSE(store.put(changing(7, "1:n"), 5, source(1), start));
  CHECK(store.put(changing(6), 7, source(1), start) == PutRefusal::seq_too_low);
  CHECK(store.find(changing(1).target(), start)->changing->seq == 7);
}

TEST_CASE("values over 1000 octets and salts over 64 are refused") {
  ItemStore store;
  CHECK_FALSE(store.put(immutable(1, 1000), std::nullopt, source(1), start));
  CHECK(store.put(immutable(1, 1001), std::nullopt, source(1), start) == PutRefusal::value_too_big);
  const std::string salt(65, 's');
  CHECK_FALSE(store.put(changing(1, "1:a", salt.substr(1)), std::nullopt, source(1), start));
  CHECK(store.put(changing(1, "1:a", salt), std::nullopt, source(1), start) ==
        PutRefusal::salt_too_big);
  CHECK(static_cast<int>(PutRefusal::value_too_big) == 205);
  CHECK(static_cast<int>(PutRefusal::salt_too_big) == 207);
  CHECK(static_cast<int>(PutRefusal::cas_mismatch) == 301);
  CHECK(static_cast<int>(PutRefusal::seq_too_low) == 302);
}

TEST_CASE("a refusal is known before it is put, and nothing comes of it") {
  ItemStore store;
  store.put(changing(5), std::nullopt, source(1), start);
  CHECK(store.refusal(changing(4), std::nullopt, source(1)) == PutRefusal::seq_too_low);
  CHECK(store.refusal(changing(9), 4, source(1)) == PutRefusal::cas_mismatch);
  CHECK_FALSE(store.refusal(changing(9), 5, source(1)));
  CHECK(store.find(changing(1).target(), start)->changing->seq == 5);
}

TEST_CASE("one source has so many items, and may keep alive those of others") {
  ItemStore store;
  constexpr auto most = static_cast<std::uint32_t>(ItemStore::items_per_source_max);
  for (std::uint32_t n = 0; n < most; ++n)
    CHECK_FALSE(store.put(of_key(n), std::nullopt, source(1), start));
  CHECK(store.put(of_key(most), std::nullopt, source(1, 99), start) == PutRefusal::too_many);
  CHECK_FALSE(store.put(of_key(most), std::nullopt, source(2), start));
  CHECK_FALSE(store.put(of_key(most), std::nullopt, source(1), start + 1h));
  Item newer = of_key(3);
  newer.changing->seq = 2;
  CHECK_FALSE(store.put(newer, std::nullopt, source(1), start + 1h));
  // The value of another, changed by this one, would be its own.
  newer = of_key(most);
  newer.changing->seq = 2;
  CHECK(store.put(newer, std::nullopt, source(1), start + 1h) == PutRefusal::too_many);
  CHECK_FALSE(store.put(of_key(most + 1), std::nullopt, source(1), start + 2h));
}

TEST_CASE("of too many items or octets the oldest go") {
  ItemStore store;
  constexpr auto most = static_cast<std::uint32_t>(ItemStore::items_max);
  for (std::uint32_t n = 0; n < most + 5; ++n)
    CHECK_FALSE(store.put(immutable(n), std::nullopt, source(n), start + n * 1s));
  const Instant now = start + 6000s;
  CHECK(store.size() == ItemStore::items_max);
  CHECK(store.find(immutable(4).target(), now) == nullptr);
  CHECK(store.find(immutable(5).target(), now) != nullptr);
  for (std::uint32_t n = 0; n < 3000; ++n)
    CHECK_FALSE(store.put(immutable(n, 1000), std::nullopt, source(n), now));
  CHECK(store.bytes() <= ItemStore::bytes_max);
  CHECK(store.bytes() > ItemStore::bytes_max - 1000);
}

TEST_CASE("a value that spells another's key and salt does not take its place") {
  ItemStore store;
  const Item first = changing(1, "1:a", "salt");
  ByteWriter spelled;
  spelled.put(first.changing->key.bytes()).put("salt");
  const Item second{spelled.take(), std::nullopt};
  REQUIRE(first.target() == second.target());
  CHECK_FALSE(store.put(first, std::nullopt, source(1), start));
  CHECK(store.put(second, std::nullopt, source(1), start) == PutRefusal::seq_too_low);
  ItemStore other;
  CHECK_FALSE(other.put(second, std::nullopt, source(1), start));
  CHECK(other.put(first, std::nullopt, source(1), start) == PutRefusal::seq_too_low);
}

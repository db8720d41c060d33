#include "core/dht/node_id.h"

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::dht;

namespace {

NodeId id_starting(std::initializer_list<int> octets) {
  NodeId out;
  std::size_t at = 0;
  for (const int octet : octets) out.octets[at++] = static_cast<std::uint8_t>(octet);
  return out;
}

struct SecureVector {
  const char* address;
  int r;
  const char* id;
};

}  // namespace

TEST_CASE("the distance of two ids is their exclusive or, the same both ways") {
  const auto a = id_starting({0x0f, 0xff});
  const auto b = id_starting({0x01, 0x0f});
  CHECK(distance(a, b) == id_starting({0x0e, 0xf0}));
  CHECK(distance(b, a) == distance(a, b));
  CHECK(distance(a, a).is_zero());
}

TEST_CASE("a common prefix is counted in bits") {
  CHECK(common_prefix(id_starting({0x80}), id_starting({0x00})) == 0);
  CHECK(common_prefix(id_starting({0x01}), id_starting({0x00})) == 7);
  CHECK(common_prefix(id_starting({0x12, 0x40}), id_starting({0x12, 0x00})) == 9);
  NodeId last;
  last.octets[19] = 1;
  CHECK(common_prefix(last, {}) == 159);
  CHECK(common_prefix(last, last) == id_bits);
}

TEST_CASE("an id is closer when its distance is the smaller number") {
  const auto target = id_starting({0x10});
  CHECK(closer(target, id_starting({0x11}), id_starting({0x18})));
  CHECK_FALSE(closer(target, id_starting({0x18}), id_starting({0x11})));
  // 0x0f differs from the target in a higher bit than 0x1f does, though it is the nearer number.
  CHECK(closer(target, id_starting({0x1f}), id_starting({0x0f})));
  CHECK_FALSE(closer(target, target, target));
}

TEST_CASE("closer agrees with comparing distances") {
  Rng rng(7);
  for (int i = 0; i < 1000; ++i) {
    const auto target = random_id(rng);
    const auto a = random_id_sharing(target, static_cast<int>(rng.below(160)), rng);
    const auto b = random_id_sharing(target, static_cast<int>(rng.below(160)), rng);
    REQUIRE(closer(target, a, b) == (distance(target, a) < distance(target, b)));
  }
}

TEST_CASE("a drawn id shares exactly as many bits as it was asked to") {
  Rng rng(3);
  const auto around = random_id(rng);
  for (int bits = 0; bits <= id_bits; ++bits)
    REQUIRE(common_prefix(around, random_id_sharing(around, bits, rng)) == bits);
  CHECK(random_id_sharing(around, 500, rng) == around);
  CHECK(common_prefix(around, random_id_sharing(around, -5, rng)) == 0);
}

TEST_CASE("BEP 42's vectors are secure for their addresses, and ids made for these begin alike") {
  const SecureVector vectors[] = {
      {"124.31.75.21", 1, "5fbfbff10c5d6a4ec8a88e4c6ab4c28b95eee401"},
      {"21.75.31.124", 86, "5a3ce9c14e7a08645677bbd1cfe7d8f956d53256"},
      {"65.23.51.170", 22, "a5d43220bc8f112a3d426c84764f8c2a1150e616"},
      {"84.124.73.14", 65, "1b0321dd1bb1fe518101ceef99462b947a01ff41"},
      {"43.213.53.83", 90, "e56f6cbf5b7c4be0237986d5243b87aa6d51305a"},
  };
  Rng rng(1);
  for (const auto& vector : vectors) {
    INFO(vector.address);
    const auto address = *IpAddress::parse(vector.address);
    const auto published = *NodeId::parse_hex(vector.id);
    CHECK(is_secure_for(published, address));
    CHECK_FALSE(is_secure_for(published, *IpAddress::parse("8.8.8.8")));
    const auto made = make_secure_id(address, static_cast<std::uint8_t>(vector.r), rng);
    CHECK(common_prefix(made, published) >= 21);
    CHECK(made.octets[19] == vector.r);
    CHECK(is_secure_for(made, address));
  }
}

TEST_CASE("an IPv6 address is hashed by its first eight octets") {
  Rng rng(2);
  const auto address = *IpAddress::parse("2001:b829:2123:be84:e16c:d6ae:5290:49f1");
  const auto made = make_secure_id(address, 4, rng);
  CHECK(made.hex().starts_with("0a8a"));
  CHECK((made.octets[2] & 0xf8) == 0xd0);
  CHECK(is_secure_for(made, address));
  CHECK(is_secure_for(made, *IpAddress::parse("2001:b829:2123:be84::1")));
  CHECK_FALSE(is_secure_for(made, *IpAddress::parse("2001:b829:2123:be85::1")));
}

TEST_CASE("each of the 21 bits counts and the 22nd does not") {
  Rng rng(5);
  const auto address = *IpAddress::parse("124.31.75.21");
  const auto secure = make_secure_id(address, rng);
  for (int bit = 0; bit < 24; ++bit) {
    auto other = secure;
    other.octets[static_cast<std::size_t>(bit / 8)] ^= static_cast<std::uint8_t>(0x80 >> (bit % 8));
    CHECK(is_secure_for(other, address) == (bit >= 21));
  }
}

TEST_CASE("ids made for one address differ") {
  Rng rng(6);
  const auto address = *IpAddress::parse("124.31.75.21");
  CHECK(make_secure_id(address, rng) != make_secure_id(address, rng));
}

TEST_CASE("addresses of a local network are exempt") {
  const NodeId any{};
  for (const auto* text : {"10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.3.4", "127.0.0.1",
                           "::1", "fe80::1", "fd00::1"})
    CHECK(is_secure_for(any, *IpAddress::parse(text)));
  CHECK_FALSE(is_secure_for(any, *IpAddress::parse("172.32.0.1")));
}

#include "core/dht/node_contact.h"

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::dht;

namespace {

NodeContact contact(std::uint8_t first, std::string_view endpoint) {
  NodeContact out;
  out.id.octets[0] = first;
  out.endpoint = *Endpoint::parse(endpoint);
  return out;
}

}  // namespace

TEST_CASE("a contact is its id and its endpoint, 26 or 38 octets") {
  const auto v4 = contact(1, "192.0.2.1:6881");
  const auto v6 = contact(2, "[2001:db8::1]:6882");
  Buffer out;
  append_compact(out, v4);
  CHECK(to_hex(out) == "01" + std::string(38, '0') + "c00002011ae1");
  CHECK(contact_from_compact(out) == v4);
  out.clear();
  append_compact(out, v6);
  CHECK(out.size() == contact_bytes(Family::v6));
  CHECK(contact_from_compact(out) == v6);
}

TEST_CASE("a contact of another length is none") {
  CHECK_FALSE(contact_from_compact(Buffer(25)));
  CHECK_FALSE(contact_from_compact(Buffer(27)));
  CHECK_FALSE(contact_from_compact({}));
}

TEST_CASE("a list has contacts of one family, and those are read back") {
  const std::vector<NodeContact> all{contact(1, "192.0.2.1:1"), contact(2, "[2001:db8::1]:2"),
                                     contact(3, "192.0.2.3:3")};
  const auto v4 = encode_contacts(all, Family::v4);
  CHECK(parse_contacts(v4, Family::v4, 8) == std::vector<NodeContact>{all[0], all[2]});
  CHECK(parse_contacts(v4, Family::v4, 1) == std::vector<NodeContact>{all[0]});
  const auto v6 = encode_contacts(all, Family::v6);
  CHECK(parse_contacts(v6, Family::v6, 8) == std::vector<NodeContact>{all[1]});
}

TEST_CASE("a rest that is no whole contact is left out") {
  auto list = encode_contacts(std::vector{contact(1, "192.0.2.1:1")}, Family::v4);
  list.push_back(7);
  CHECK(parse_contacts(list, Family::v4, 8).size() == 1);
}

TEST_CASE("contacts that nothing can be sent to are left out") {
  const std::vector<NodeContact> bad{contact(1, "192.0.2.1:0"), contact(2, "0.0.0.0:5"),
                                     contact(3, "239.1.2.3:5")};
  CHECK(parse_contacts(encode_contacts(bad, Family::v4), Family::v4, 8).empty());
}

TEST_CASE("an IPv4 address mapped into IPv6 is no contact of the IPv6 network") {
  Buffer list(NodeId::size);
  const auto mapped = *from_hex("00000000000000000000ffffc00002011ae1");
  list.insert(list.end(), mapped.begin(), mapped.end());
  REQUIRE(list.size() == contact_bytes(Family::v6));
  CHECK(parse_contacts(list, Family::v6, 8).empty());
}

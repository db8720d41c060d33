#include "core/proxy/host_names.h"

#include <fmt/format.h>

#include "core/base/public_address.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::proxy;

TEST_CASE("an address stands for a name, and the same for the same name") {
  HostNames names;
  const IpAddress one = names.address_of("tracker.example.org");
  const IpAddress two = names.address_of("other.example.org");
  CHECK(one != two);
  CHECK(names.address_of("Tracker.Example.ORG") == one);
  CHECK(names.name_of(one) == "tracker.example.org");
  CHECK(names.find("OTHER.example.org") == two);
  CHECK_FALSE(names.find("third.example.org"));
  CHECK(names.size() == 2);
}

TEST_CASE("what stands for a name is nobody's address") {
  HostNames names;
  const IpAddress one = names.address_of("tracker.example.org");
  CHECK(HostNames::is_stand_in(one));
  CHECK_FALSE(is_public(one));
  for (const auto* text : {"239.255.255.255", "192.0.2.1", "2001:db8::1", "f000::1"})
    CHECK_FALSE(HostNames::is_stand_in(*IpAddress::parse(text)));
  CHECK(HostNames::is_stand_in(*IpAddress::parse("255.255.255.255")));
  CHECK_FALSE(names.name_of(*IpAddress::parse("255.255.255.255")));
  CHECK_FALSE(names.name_of(*IpAddress::parse("0.0.0.0")));
}

TEST_CASE("there are so many names, and the oldest is forgotten") {
  HostNames names;
  const IpAddress first = names.address_of("first.example.org");
  const IpAddress second = names.address_of("second.example.org");
  for (std::size_t i = 2; i <= host_names_max; ++i) names.address_of(fmt::format("{}.example", i));
  CHECK(names.size() == host_names_max);
  CHECK_FALSE(names.name_of(first));
  CHECK_FALSE(names.find("first.example.org"));
  CHECK(names.name_of(second));
  // Its address is not given to another.
  CHECK(names.address_of("first.example.org") != first);
  CHECK_FALSE(names.name_of(second));
}

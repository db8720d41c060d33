#include "core/base/public_address.h"

#include "tests/support/catch.h"

using namespace seed;

TEST_CASE("what the world does not route to is not public, however it is written") {
  const auto reached = [](const char* text) { return is_public(*IpAddress::parse(text)); };
  for (const auto* text :
       {"0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1",
        "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.168.0.1",
        "198.19.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"}) {
    CAPTURE(text);
    CHECK_FALSE(reached(text));
  }
  for (const auto* text : {"::",
                           "::1",
                           "::7f00:1",
                           "::ffff:127.0.0.1",
                           "::ffff:0:127.0.0.1",
                           "64:ff9b::7f00:1",
                           "64:ff9b::10.0.0.1",
                           "64:ff9b:1::1",
                           "100::1",
                           "2001::1",
                           "2001:0:4136:e378::1",
                           "2001:db8::1",
                           "2002:7f00:1::",
                           "2002:a00:1::1",
                           "3fff::1",
                           "fc00::1",
                           "fdff::1",
                           "fe80::1",
                           "fec0::1",
                           "ff02::1",
                           "5f00::1"}) {
    CAPTURE(text);
    CHECK_FALSE(reached(text));
  }
  for (const auto* text :
       {"1.1.1.1", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.1", "172.32.0.1",
        "192.0.1.1", "198.20.0.1", "223.255.255.255", "::ffff:8.8.8.8", "2001:200::1",
        "2001:4860:4860::8888", "2002:808:808::1", "2606:4700::1111", "2a00:1450::1", "3ffe::1",
        "64:ff9b::8.8.8.8"}) {
    CAPTURE(text);
    CHECK(reached(text));
  }
}

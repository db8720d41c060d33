#include "core/wire/client_name.h"

#include "tests/support/catch.h"

using namespace seed;

namespace {

std::string name(std::string_view id) { return wire::client_name(*PeerId::from(as_bytes(id))); }

}  // namespace

TEST_CASE("clients are known by their peer ids") {
  CHECK(name("-TR4100-abcdefghijkl") == "Transmission 4.1.0");
  CHECK(name("-TR2940-abcdefghijkl") == "Transmission 2.94");
  CHECK(name("-TR3000-abcdefghijkl") == "Transmission 3.00");
  CHECK(name("-qB4650-abcdefghijkl") == "qBittorrent 4.6.5");
  CHECK(name("-LT20B0-abcdefghijkl") == "libtorrent 2.0.11");
  CHECK(name("-lt0D80-abcdefghijkl") == "rTorrent 0.13.8");
  CHECK(name("-DE211s-abcdefghijkl") == "Deluge 2.1.1");
  CHECK(name("-UT3550-abcdefghijkl") == "uTorrent 3.5.5");
  CHECK(name("-AZ5763-abcdefghijkl") == "Vuze 5.7.6.3");
  CHECK(name("A2-1-36-0-abcdefghij") == "aria2 1.36.0");
  CHECK(name("M7-10-3--abcdefghijk") == "BitTorrent 7.10.3");
  CHECK(name("S58B-----abcdefghijk") == "Shadow 5.8.11");
  CHECK(name("T03I-----abcdefghijk") == "BitTornado 0.3.18");
}

TEST_CASE("our own peer id is no other program's") {
  const std::string own(wire::own_peer_id_prefix);
  REQUIRE(own.size() == 8);
  CHECK(name(own + "abcdefghijkl") == "seedd 0.1.0");
  // Some who ban by peer id do not look at the case.
  for (const char* letters : {"ee", "eE", "Ee"})
    CHECK(name('-' + (letters + own.substr(3)) + "abcdefghijkl") ==
          std::string(letters) + " 0.1.0");
}

TEST_CASE("an unknown program in a known style is shown by its letters") {
  CHECK(name("-ZZ1234-abcdefghijkl") == "ZZ 1.2.3.4");
}

TEST_CASE("a peer id in no style has no name") {
  CHECK(name("abcdefghijklmnopqrst").empty());
  CHECK(name("-T\x01"
             "4100-abcdefghijkl")
            .empty());
  CHECK(name(std::string_view("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20)).empty());
}

TEST_CASE("what a client calls itself is made fit for display") {
  CHECK(wire::client_name_from_version(as_bytes("\xc2\xb5Torrent 1.2")) == "\xc2\xb5Torrent 1.2");
  CHECK(wire::client_name_from_version(as_bytes("a\x1b[31m\nb")) == "a[31mb");
  CHECK(is_utf8(wire::client_name_from_version(as_bytes("\xff\xfe bad"))));
  const std::string cut =
      wire::client_name_from_version(as_bytes(std::string(95, 'x') + "\xc2\xb5"));
  CHECK(cut == std::string(95, 'x'));
}

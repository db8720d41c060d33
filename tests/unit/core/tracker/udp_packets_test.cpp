#include "core/tracker/udp_packets.h"

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::tracker;

namespace {

AnnounceRequest a_request() {
  AnnounceRequest request;
  request.info_hash = *Sha1::from(as_bytes("hhhhhhhhhhhhhhhhhhhh"));
  request.peer_id = *PeerId::from(as_bytes("pppppppppppppppppppp"));
  request.port = 0x1ae1;
  request.uploaded = 3;
  request.downloaded = 1;
  request.left = 2;
  request.key = 0x01020304;
  request.event = AnnounceEvent::started;
  return request;
}

}  // namespace

TEST_CASE("a connect request is 16 octets that begin with the magic constant") {
  CHECK(to_hex(udp::encode_connect(0x01020304)) ==
        "0000041727101980"
        "00000000"
        "01020304");
}

TEST_CASE("an announce request has its fields where BEP 15 has them") {
  const Buffer packet = udp::encode_announce(0x1122334455667788, 9, a_request(), "", false);
  CHECK(packet.size() == udp::announce_bytes);
  CHECK(to_hex(packet) ==
        "1122334455667788"
        "00000001"
        "00000009"
        "6868686868686868686868686868686868686868"
        "7070707070707070707070707070707070707070"
        "0000000000000001"
        "0000000000000002"
        "0000000000000003"
        "00000002"
        "00000000"
        "01020304"
        "ffffffff"
        "1ae1");
}

TEST_CASE("numwant and address are told when given, the address only over IPv4") {
  AnnounceRequest request = a_request();
  request.numwant = 80;
  request.ip = IpAddress::parse("192.0.2.1");
  const auto tail = [&](bool v6) {
    return to_hex(Bytes(udp::encode_announce(1, 2, request, "", v6)).subspan(84));
  };
  CHECK(tail(false) ==
        "c0000201"
        "01020304"
        "00000050"
        "1ae1");
  CHECK(tail(true) ==
        "00000000"
        "01020304"
        "00000050"
        "1ae1");
}

TEST_CASE("path and query follow as BEP 41's options") {
  const auto options = [](std::string_view data) {
    return to_hex(Bytes(udp::encode_announce(1, 2, a_request(), data, false)).subspan(98));
  };
  CHECK(options("/dir?a=b&c=d") == "020c" + to_hex(as_bytes("/dir?a=b&c=d")) + "00");
  CHECK(options("").empty());
  const std::string long_one(300, 'x');
  CHECK(options(long_one) == "02ff" + to_hex(as_bytes(long_one.substr(0, 255))) + "022d" +
                                 to_hex(as_bytes(long_one.substr(255))) + "00");
  CHECK(options(std::string(2000, 'x')).empty());
}

TEST_CASE("a scrape request names each torrent") {
  const std::vector<Sha1> hashes = {a_request().info_hash, Sha1{}};
  CHECK(to_hex(udp::encode_scrape(7, 8, hashes)) ==
        "0000000000000007"
        "00000002"
        "00000008"
        "6868686868686868686868686868686868686868"
        "0000000000000000000000000000000000000000");
  const std::vector<Sha1> many(100);
  CHECK(udp::encode_scrape(7, 8, many).size() == 16 + 20 * scrape_torrents_max);
}

TEST_CASE("an announce reply has peers of 6 octets over IPv4 and 18 over IPv6") {
  const auto head = *from_hex("00000001000000090000070800000002000000010000");
  Buffer v4(head.begin(), head.end() - 2);
  append_compact(v4, *Endpoint::parse("192.0.2.1:6881"));
  append_compact(v4, *Endpoint::parse("192.0.2.2:0"));
  v4.push_back(1);
  const auto reply = udp::parse_announce(v4, false);
  REQUIRE(reply);
  CHECK(reply->interval == 30min);
  CHECK(reply->leechers == 2U);
  CHECK(reply->seeders == 1U);
  CHECK(reply->peers == std::vector<Endpoint>{*Endpoint::parse("192.0.2.1:6881")});

  Buffer v6(head.begin(), head.end() - 2);
  append_compact(v6, *Endpoint::parse("[2001:db8::1]:6881"));
  CHECK(udp::parse_announce(v6, true)->peers ==
        std::vector<Endpoint>{*Endpoint::parse("[2001:db8::1]:6881")});
}

TEST_CASE("a reply that is too short is malformed") {
  CHECK_FALSE(udp::parse_announce(*from_hex("0000000100000009"), false));
  CHECK_FALSE(udp::parse_connect(*from_hex("000000000000000900000001")));
  CHECK_FALSE(udp::parse_header(*from_hex("00000000000000")));
  CHECK_FALSE(udp::parse_header(*from_hex("0000000400000001")));
  const std::vector<Sha1> one(1);
  CHECK_FALSE(udp::parse_scrape(*from_hex("0000000200000009"), one));
}

TEST_CASE("a scrape reply's counts go to the torrents in the order asked") {
  const std::vector<Sha1> two = {a_request().info_hash, Sha1{}};
  const auto reply = udp::parse_scrape(*from_hex("0000000200000009"
                                                 "000000010000000200000003"
                                                 "000000040000000500000006"
                                                 "ff"),
                                       two);
  REQUIRE(reply);
  REQUIRE(reply->entries.size() == 2);
  CHECK(reply->entries[0] == ScrapeEntry{two[0], {1U, 3U, 2U, {}}});
  CHECK(reply->entries[1] == ScrapeEntry{two[1], {4U, 6U, 5U, {}}});
}

TEST_CASE("an interval of a UDP tracker is brought within bounds") {
  CHECK(
      udp::parse_announce(*from_hex("0000000100000009ffffffff0000000000000000"), false)->interval ==
      limits::announce_interval_default);
  CHECK(
      udp::parse_announce(*from_hex("0000000100000009000000010000000000000000"), false)->interval ==
      1s);
  CHECK_FALSE(
      udp::parse_announce(*from_hex("000000010000000900000001ffffffffffffffff"), false)->seeders);
}

TEST_CASE("an error packet says why") {
  Buffer packet = *from_hex("0000000300000009");
  CHECK(udp::parse_error(packet).text == "the tracker gave no reason");
  for (const char c : std::string_view("torrent unknown\0", 16))
    packet.push_back(static_cast<std::uint8_t>(c));
  CHECK(udp::parse_error(packet).text == "torrent unknown");
}

#include "core/trackerd/http_announce.h"

#include "tests/support/catch.h"
#include "tests/unit/core/trackerd/store_bench.h"

using namespace seed;
using namespace seed::trackerd;

namespace {

const IpAddress stranger = *IpAddress::parse("192.0.2.1");
const IpAddress neighbour = *IpAddress::parse("192.168.1.2");
const std::string least = "info_hash=aaaaaaaaaaaaaaaaaaaa&peer_id=%2dXX0001-bbbbbbbbbbbb&port=6881";

std::string fault(std::string_view query, const IpAddress& source = stranger) {
  const auto out = parse_http_announce(query, source);
  return out ? "none" : out.error();
}
HttpAnnounce parsed(std::string_view query, const IpAddress& source = stranger) {
  const auto out = parse_http_announce(query, source);
  REQUIRE(out);
  return *out;
}
HttpAnnounce with(std::string_view more, const IpAddress& source = stranger) {
  return parsed(least + "&" + std::string(more), source);
}
std::string fault_with(std::string_view more, const IpAddress& source = stranger) {
  return fault(least + "&" + std::string(more), source);
}

}  // namespace

TEST_CASE("an announce has an info-hash, a peer id and a port, whatever else is missing") {
  const HttpAnnounce out = parsed(least);
  CHECK(as_text(out.announce.info_hash.bytes()) == "aaaaaaaaaaaaaaaaaaaa");
  CHECK(as_text(out.announce.peer_id.bytes()) == "-XX0001-bbbbbbbbbbbb");
  CHECK(out.announce.peer == Endpoint{stranger, 6881});
  CHECK(out.announce.event == Event::none);
  CHECK(!out.announce.seed);
  CHECK(!out.peers);
  CHECK(out.compact);
  CHECK(out.peer_ids);
  CHECK(fault("") == "info_hash: missing");
  CHECK(fault("&&=&peer_id&port=6881&info_hash=aaaaaaaaaaaaaaaaaaaa") ==
        "peer_id: 20 octets, not 0");
  CHECK(fault("port=6881&info_hash=aaaaaaaaaaaaaaaaaaaa") == "peer_id: missing");
  CHECK(fault(least.substr(0, least.rfind('&'))) == "port: missing");
}

TEST_CASE("octets are decoded, and a plus is one") {
  const HttpAnnounce out =
      parsed("info_hash=%00%ff%2B+%26aaaaaaaaaaaaaaa&peer_id=bbbbbbbbbbbbbbbbbbbb&port=1");
  CHECK(to_hex(out.announce.info_hash.bytes()).substr(0, 12) == "00ff2b2b2661");
}

TEST_CASE("what is wrong is said with the parameter's name") {
  CHECK(fault("info_hash=a") == "info_hash: 20 octets, not 1");
  CHECK(fault("info_hash=%4") == "info_hash: a % without two hexadecimal digits");
  CHECK(fault("peer_id=%zz") == "peer_id: a % without two hexadecimal digits");
  CHECK(fault_with("info_hash=aaaaaaaaaaaaaaaaaaaa") == "info_hash: one, not two");
  for (const auto* port : {"0", "65536", "", "x", "-1", "1e3", "18446744073709551617", " 1"})
    CHECK(fault_with("port=" + std::string(port)) == "port: a number from 1 to 65535");
  for (const auto* left : {"", "x", "-", "--1", "000000000000000000001"}) {
    CHECK(fault_with("left=" + std::string(left)) == "left: a number");
    CHECK(fault_with("numwant=" + std::string(left)) == "numwant: a number");
  }
  CHECK(fault(least + "&x=" + std::string(http_query_bytes_max, 'x')) ==
        "the query: more than 8192 octets");
  CHECK(fault(least + "&x=" + std::string(http_query_bytes_max - least.size() - 3, 'x')) == "none");
}

TEST_CASE("who has nothing left is a seed; numbers may be too large or below zero") {
  CHECK(with("left=0").announce.seed);
  for (const auto* left : {"1", "18446744073709551615", "99999999999999999999", "-1"})
    CHECK(!with("left=" + std::string(left)).announce.seed);
  CHECK(with("numwant=7").peers == 7);
  CHECK(with("numwant=0").peers == 0);
  CHECK(!with("numwant=-1").peers);
}

TEST_CASE("events are those of BEP 3; others are like none") {
  CHECK(with("event=started").announce.event == Event::started);
  CHECK(with("event=stopped").announce.event == Event::stopped);
  CHECK(with("event=completed").announce.event == Event::completed);
  for (const auto* event : {"", "paused", "Started", "xyz"})
    CHECK(with("event=" + std::string(event)).announce.event == Event::none);
}

TEST_CASE("the form of the answer is the client's choice; of what comes twice the last counts") {
  CHECK(!with("compact=0").compact);
  CHECK(with("compact=1").compact);
  CHECK(with("compact=0&compact=1").compact);
  CHECK(!with("compact=0&no_peer_id=1").peer_ids);
  CHECK(with("no_peer_id=0").peer_ids);
  CHECK(with("port=9").announce.peer.port == 9);
}

TEST_CASE("what addresses a client says it has is read of our own network alone") {
  const std::string all = "ip=203.0.113.9&ipv4=203.0.113.8&ipv6=2001%3Adb8%3A%3A1";
  const HttpAnnounce out = with(all, neighbour);
  CHECK(out.ip == IpAddress::parse("203.0.113.9"));
  CHECK(out.ipv4 == IpAddress::parse("203.0.113.8"));
  CHECK(out.ipv6 == IpAddress::parse("2001:db8::1"));
  CHECK(out.announce.peer.address == neighbour);
  CHECK(with("ip=203.0.113.9", *IpAddress::parse("127.0.0.1")).ip);
  const HttpAnnounce strange = with(all);
  CHECK(!strange.ip);
  CHECK(!strange.ipv4);
  CHECK(!strange.ipv6);
  CHECK(fault_with("ip=localhost") == "none");
  for (const auto* bad : {"localhost", "0.0.0.0", "224.0.0.1", "::", "%zz", "1.2.3.4:5"})
    CHECK(fault_with("ip=" + std::string(bad), neighbour) == "ip: an address of one computer");
  CHECK(!with("ip=", neighbour).ip);
  CHECK(fault_with("ipv4=::1", neighbour) == "ipv4: an address of that family");
  CHECK(fault_with("ipv6=1.2.3.4", neighbour) == "ipv6: an address of that family");
}

TEST_CASE("a scrape names one info-hash or more") {
  const auto scraped =
      parse_http_scrape("info_hash=aaaaaaaaaaaaaaaaaaaa&x=y&info_hash=bbbbbbbbbbbbbbbbbbb%62");
  REQUIRE(scraped);
  CHECK(scraped->size() == 2);
  CHECK(as_text((*scraped)[1].bytes()) == "bbbbbbbbbbbbbbbbbbbb");
  CHECK(parse_http_scrape("").error() == "info_hash: missing; nobody is told of all torrents");
  CHECK(parse_http_scrape("info_hash=a").error() == "info_hash: 20 octets, not 1");
  CHECK(parse_http_scrape(std::string(8193, 'x')).error() == "the query: more than 8192 octets");
  std::string many;
  for (int i = 0; i < 200; ++i) many += "info_hash=aaaaaaaaaaaaaaaaaaaa&";
  CHECK(parse_http_scrape(many)->size() == http_scrape_hashes_max);
}

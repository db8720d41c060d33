// What opentracker of Debian 12 answered on loopback, octet by octet: over HTTP and UDP, to a seed
// on port 6881 and downloads on 6882 and 6883. "refused" is its answer for a torrent not on its
// list.
#include <fstream>
#include <iterator>

#include "core/tracker/http_announce.h"
#include "core/tracker/http_scrape.h"
#include "core/tracker/udp_packets.h"
#include "core/tracker/udp_trackers.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::tracker;

namespace {

Buffer golden(const std::string& name) {
  std::ifstream in(SEED_TEST_DATA "/golden/tracker/data/opentracker_" + name + ".bin",
                   std::ios::binary);
  REQUIRE(in);
  return {std::istreambuf_iterator<char>(in), {}};
}

Endpoint local(std::uint16_t port) { return {*IpAddress::parse("127.0.0.1"), port}; }

const Sha1 torrent = *Sha1::from(as_bytes("@ABCDEFGHIJKLMNOPQRS"));

}  // namespace

TEST_CASE("opentracker's HTTP announce is read") {
  const auto reply = parse_announce_reply(golden("http_announce"));
  REQUIRE(reply);
  REQUIRE(reply->accepted());
  CHECK(reply->seeders == 1U);
  CHECK(reply->leechers == 1U);
  CHECK(reply->downloads == 0U);
  CHECK(reply->interval == 1830s);
  CHECK(reply->min_interval == 915s);
  CHECK(reply->peers == std::vector<Endpoint>{local(6882), local(6881)});
}

TEST_CASE("opentracker's HTTP answer to stopped is a success without peers") {
  const auto reply = parse_announce_reply(golden("http_stopped"));
  REQUIRE(reply);
  CHECK(reply->accepted());
  CHECK(reply->peers.empty());
}

TEST_CASE("opentracker's HTTP refusal is a refusal") {
  const auto reply = parse_announce_reply(golden("http_refused"));
  REQUIRE(reply);
  REQUIRE_FALSE(reply->accepted());
  CHECK(reply->refusal->text == "Requested download is not authorized for use with this tracker.");
}

TEST_CASE("opentracker's HTTP error page is an error") {
  CHECK_FALSE(parse_announce_reply(golden("http_error"), 400));
  CHECK_FALSE(parse_announce_reply(golden("http_error"), 200));
}

TEST_CASE("opentracker's HTTP scrape is read") {
  const auto reply = parse_scrape_reply(golden("http_scrape"));
  REQUIRE(reply);
  REQUIRE(reply->find(torrent) != nullptr);
  CHECK(*reply->find(torrent) == ScrapeCounts{1U, 1U, 0U, {}});
}

TEST_CASE("opentracker's UDP replies are told from other datagrams") {
  for (const char* name : {"udp_connect", "udp_announce", "udp_scrape", "udp_error", "udp_refused"})
    CHECK(UdpTrackers::owns_datagram(golden(name)));
}

TEST_CASE("opentracker's UDP announce and scrape are read") {
  const Buffer connect = golden("udp_connect");
  CHECK(udp::parse_header(connect)->transaction == 0x11223344);
  CHECK(udp::parse_connect(connect) == 0x18d8453479f6cce4);
  const auto reply = udp::parse_announce(golden("udp_announce"), false);
  REQUIRE(reply);
  CHECK(reply->interval == 1905s);
  CHECK(reply->leechers == 2U);
  CHECK(reply->seeders == 1U);
  CHECK(reply->peers == std::vector<Endpoint>{local(6882), local(6883), local(6881)});
  const std::vector<Sha1> asked = {torrent};
  CHECK(*udp::parse_scrape(golden("udp_scrape"), asked)->find(torrent) ==
        ScrapeCounts{1U, 2U, 0U, {}});
}

TEST_CASE("opentracker's UDP error has its text, and its empty refusal is an error") {
  CHECK(udp::parse_error(golden("udp_error")).text == "Connection ID missmatch.");
  CHECK_FALSE(udp::parse_announce(golden("udp_refused"), false));
}

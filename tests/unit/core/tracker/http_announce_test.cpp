#include "core/tracker/http_announce.h"

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::tracker;

namespace {

AnnounceRequest small_request() {
  AnnounceRequest request;
  for (std::uint8_t i = 0; i < 20; ++i)
    request.info_hash.octets[i] = static_cast<std::uint8_t>(i * 13 + 1);
  request.peer_id = *PeerId::from(as_bytes("-EE0100-abcdefghij~_"));
  request.port = 6881;
  request.uploaded = 1;
  request.downloaded = 2;
  request.left = 3;
  request.key = 0xabc;
  request.no_peer_id = false;
  return request;
}

const std::string hash_text = "%01%0E%1B%285BO%5Civ%83%90%9D%AA%B7%C4%D1%DE%EB%F8";

Result<AnnounceReply> parse(std::string_view body, int status = 200) {
  return parse_announce_reply(as_bytes(body), status);
}

}  // namespace

TEST_CASE("the announce URL carries the request with raw octets percent-encoded") {
  CHECK(announce_request_url("http://t.example/announce", small_request()) ==
        "http://t.example/announce?info_hash=" + hash_text +
            "&peer_id=-EE0100-abcdefghij~_&port=6881&uploaded=1&downloaded=2&left=3"
            "&key=00000ABC&compact=1");
}

TEST_CASE("what the announce URL has in its query stays, a fragment goes") {
  const auto begin = [](std::string_view url) {
    const std::string out = announce_request_url(url, small_request());
    return out.substr(0, out.find("info_hash="));
  };
  CHECK(begin("http://t/a?passkey=1") == "http://t/a?passkey=1&");
  CHECK(begin("http://t/a?passkey=1&") == "http://t/a?passkey=1&");
  CHECK(begin("http://t/a?") == "http://t/a?");
  CHECK(begin("http://t/a?x=1#frag?") == "http://t/a?x=1&");
  CHECK(begin("http://t") == "http://t?");
}

TEST_CASE("peers of a wrong kind are an error, not an answer without peers") {
  for (const auto* body : {"d5:peersi0ee", "d8:intervali60e5:peersi7ee", "d6:peers6d1:ai1eee"}) {
    INFO(body);
    const auto reply = parse(body);
    REQUIRE_FALSE(reply);
    CHECK(reply.error().code == FaultCode::malformed);
    CHECK(reply.error().text.find("peers") != std::string::npos);
  }
  // PHP knows no difference between an empty list and an empty dictionary.
  CHECK(parse("d5:peersdee"));
  CHECK(parse("d5:peerslee"));
}

TEST_CASE("a partial seed is paused for trackers until it stops") {
  AnnounceRequest request = small_request();
  request.partial_seed = true;
  for (const auto event : {AnnounceEvent::none, AnnounceEvent::started, AnnounceEvent::completed}) {
    request.event = event;
    CHECK(announce_request_url("http://t/a", request).ends_with("&event=paused"));
  }
  request.event = AnnounceEvent::stopped;
  CHECK(announce_request_url("http://t/a", request).ends_with("&event=stopped"));
}

TEST_CASE("what is told only sometimes is told only then") {
  AnnounceRequest request = small_request();
  const std::string plain = announce_request_url("http://t/a", request);
  for (const char* key :
       {"event=", "numwant=", "corrupt=", "trackerid=", "crypto", "ip=", "ipv6=", "no_peer_id"})
    CHECK(plain.find(key) == std::string::npos);
  request.event = AnnounceEvent::stopped;
  request.numwant = 0;
  request.corrupt = 5;
  request.tracker_id = "a b&";
  request.support_crypto = true;
  request.require_crypto = true;
  request.no_peer_id = true;
  request.ip = IpAddress::parse("192.0.2.1");
  request.ipv6 = IpAddress::parse("2001:db8::1");
  const std::string all = announce_request_url("http://t/a", request);
  for (const char* part :
       {"&event=stopped", "&numwant=0", "&corrupt=5", "&trackerid=a%20b%26", "&supportcrypto=1",
        "&requirecrypto=1", "&no_peer_id=1", "&ip=192.0.2.1", "&ipv6=2001%3Adb8%3A%3A1"})
    CHECK(all.find(part) != std::string::npos);
}

TEST_CASE("a compact reply of both families is read whole") {
  const std::string v4("\x01\x02\x03\x04\x1a\xe1", 6);
  const std::string v6("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x05\x1a\xe2", 18);
  const auto reply = parse(
      "d8:completei5e10:downloadedi7e11:external ip4:\xc0"
      "A@@10:incompletei6e8:intervali1800e12:min intervali60e5:peers6:" +
      v4 + "6:peers618:" + v6 + "10:tracker id3:abc15:warning message4:caree");
  REQUIRE(reply);
  CHECK(reply->accepted());
  CHECK(reply->seeders == 5U);
  CHECK(reply->leechers == 6U);
  CHECK(reply->downloads == 7U);
  CHECK(reply->interval == 30min);
  CHECK(reply->min_interval == 1min);
  CHECK(reply->tracker_id == "abc");
  CHECK(reply->warning == "care");
  CHECK(reply->external_ip == IpAddress::parse("192.65.64.64"));
  REQUIRE(reply->peers.size() == 2);
  CHECK(reply->peers[0] == Endpoint::parse("1.2.3.4:6881"));
  CHECK(reply->peers[1] == Endpoint::parse("[2001:db8::5]:6882"));
}

TEST_CASE("peers in dictionaries are read, names and port 0 among them dropped") {
  const auto reply = parse(
      "d8:intervali9e5:peersl"
      "d2:ip9:192.0.2.17:peer id20:aaaaaaaaaaaaaaaaaaaa4:porti6881ee"
      "d2:ip11:2001:db8::94:porti2ee"
      "d2:ip12:peer.example4:porti6881ee"
      "d2:ip9:192.0.2.24:porti0ee"
      "d2:ip9:192.0.2.34:porti65536ee"
      "d2:ip9:192.0.2.34:porti-1ee"
      "i7e0:le"
      "ee");
  REQUIRE(reply);
  REQUIRE(reply->peers.size() == 2);
  CHECK(reply->peers[0] == Endpoint::parse("192.0.2.1:6881"));
  CHECK(reply->peers[1] == Endpoint::parse("[2001:db8::9]:2"));
}

TEST_CASE("a compact peer with port 0 and a torn last one are dropped") {
  const auto reply =
      parse(std::string("d5:peers15:\x01\x02\x03\x04\0\0\x01\x02\x03\x05\0\x07\x01\x02\x03"
                        "e",
                        27));
  REQUIRE(reply);
  REQUIRE(reply->peers.size() == 1);
  CHECK(reply->peers[0] == Endpoint::parse("1.2.3.5:7"));
}

TEST_CASE("no more than a bounded number of peers is taken") {
  std::string peers;
  for (int i = 0; i < 3000; ++i) peers += "\x01\x02\x03\x04\x05\x06";
  const auto reply = parse("d5:peers18000:" + peers + "e");
  REQUIRE(reply);
  CHECK(reply->peers.size() == limits::peers_per_answer_max);
}

TEST_CASE("a failure reason is a refusal, whatever else is said") {
  const auto reply = parse("d14:failure reason14:not registered8:intervali9e5:peers0:e");
  REQUIRE(reply);
  CHECK_FALSE(reply->accepted());
  CHECK(reply->refusal->text == "not registered");
  CHECK_FALSE(reply->refusal->retry_in);
  CHECK(parse("d14:failure reason0:e")->refusal->text == "the tracker gave no reason");
  CHECK(parse("d14:failure reasoni3ee")->refusal);
  CHECK(parse("d14:failure reason2:noe", 403)->refusal->text == "no");
}

TEST_CASE("retry in is minutes or never") {
  const auto retry = [](std::string_view value) {
    return *parse("d14:failure reason2:no8:retry in" + std::string(value) + "e")->refusal;
  };
  CHECK(retry("i5e").retry_in == 5min);
  CHECK(retry("2:15").retry_in == 15min);
  CHECK(retry("i999999999999e").retry_in == 24h);
  CHECK_FALSE(retry("i0e").retry_in);
  CHECK_FALSE(retry("i-5e").retry_in);
  CHECK_FALSE(retry("4:soon").retry_in);
  CHECK(retry("5:never").never);
  CHECK_FALSE(retry("i5e").never);
}

TEST_CASE("rubbish from a tracker is an error and not a success") {
  for (const char* body : {"", "<html><body>Parked</body></html>", "de", "le", "i5e", "4:spam", "d",
                           "d8:completei1ee", "d8:interval", "d8:interval1:xe"}) {
    INFO(body);
    const auto reply = parse(body);
    REQUIRE_FALSE(reply);
    CHECK(reply.error().code == FaultCode::malformed);
    CHECK_FALSE(reply.error().text.empty());
  }
}

TEST_CASE("an interval without peers is fine and means no peers") {
  const auto reply = parse("d8:intervali120ee");
  REQUIRE(reply);
  CHECK(reply->interval == 2min);
  CHECK(reply->peers.empty());
  CHECK(parse("d5:peers0:e")->interval == limits::announce_interval_default);
  CHECK(parse("d8:intervali120ee\r\n"));
}

TEST_CASE("an answer with another status than 2xx is no success") {
  const auto page = parse("<html>", 404);
  REQUIRE_FALSE(page);
  CHECK(page.error().code == FaultCode::refused);
  CHECK(page.error().text == "the tracker answered HTTP 404");
  CHECK_FALSE(parse("d8:intervali120e5:peers0:e", 500));
}

TEST_CASE("intervals in a reply are brought within bounds") {
  CHECK(parse("d8:intervali0ee")->interval == limits::announce_interval_default);
  CHECK(parse("d8:intervali-5ee")->interval == limits::announce_interval_default);
  CHECK(parse("d8:intervali1ee")->interval == 1s);
  CHECK(parse("d8:intervali99999999ee")->interval == 24h);
  CHECK_FALSE(parse("d8:intervali9e12:min intervali0ee")->min_interval);
  CHECK(parse("d8:intervali9e12:min intervali-1ee")->min_interval == std::nullopt);
}

TEST_CASE("a tracker id too long for a URL is ignored") {
  CHECK(
      parse("d8:intervali9e10:tracker id2000:" + std::string(2000, 'x') + "e")->tracker_id.empty());
}

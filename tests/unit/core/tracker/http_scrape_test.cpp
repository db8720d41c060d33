#include "core/tracker/http_scrape.h"

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::tracker;

TEST_CASE("the scrape URL follows from the announce URL by BEP 48's convention") {
  // The published examples.
  CHECK(scrape_url_of("http://example.com/announce") == "http://example.com/scrape");
  CHECK(scrape_url_of("http://example.com/x/announce") == "http://example.com/x/scrape");
  CHECK(scrape_url_of("http://example.com/announce.php") == "http://example.com/scrape.php");
  CHECK(scrape_url_of("http://example.com/a") == std::nullopt);
  CHECK(scrape_url_of("http://example.com/announce?x2%0644") ==
        "http://example.com/scrape?x2%0644");
  CHECK(scrape_url_of("http://example.com/announce?x=2/4") == "http://example.com/scrape?x=2/4");
  CHECK(scrape_url_of("http://example.com/x%064announce") == std::nullopt);
}

TEST_CASE("udp trackers are scraped at their announce URL and other schemes not at all") {
  CHECK(scrape_url_of("udp://t.example:80/x") == "udp://t.example:80/x");
  CHECK(scrape_url_of("wss://t.example/announce") == std::nullopt);
  CHECK(scrape_url_of("http://announce") == std::nullopt);
  CHECK(scrape_url_of("announce") == std::nullopt);
}

TEST_CASE("a scrape names each torrent") {
  const std::vector<Sha1> hashes(2);
  const std::string zero = "info_hash=%00%00%00%00%00%00%00%00%00%00%00%00%00%00%00%00%00%00%00%00";
  CHECK(scrape_request_url("http://t/scrape", hashes) == "http://t/scrape?" + zero + "&" + zero);
  CHECK(scrape_request_url("http://t/scrape?k=1", hashes) ==
        "http://t/scrape?k=1&" + zero + "&" + zero);
  CHECK(scrape_request_url("http://t/scrape?", std::span(hashes).first(1)) ==
        "http://t/scrape?" + zero);
  const std::vector<Sha1> many(100);
  const std::string url = scrape_request_url("http://t/scrape", many);
  std::size_t count = 0;
  for (auto at = url.find("info_hash"); at != std::string::npos; at = url.find("info_hash", at + 1))
    ++count;
  CHECK(count == scrape_torrents_max);
}

TEST_CASE("a scrape reply is read torrent by torrent") {
  const auto reply =
      parse_scrape_reply(as_bytes("d5:filesd"
                                  "3:bad"
                                  "d8:completei1ee"
                                  "20:aaaaaaaaaaaaaaaaaaaa"
                                  "d8:completei1e10:downloadedi2e11:downloadersi3e10:incompletei4ee"
                                  "20:bbbbbbbbbbbbbbbbbbbb"
                                  "d8:completei-1ee"
                                  "20:cccccccccccccccccccc"
                                  "i5e"
                                  "e5:flagsd20:min_request_intervali3600eee"));
  REQUIRE(reply);
  CHECK(reply->accepted());
  CHECK(reply->min_interval == 1h);
  REQUIRE(reply->entries.size() == 2);
  CHECK(to_string(reply->entries[0].info_hash.bytes()) == "aaaaaaaaaaaaaaaaaaaa");
  CHECK(reply->entries[0].counts == ScrapeCounts{1U, 4U, 2U, 3U});
  CHECK(reply->entries[1].counts == ScrapeCounts{});
}

TEST_CASE("a scrape that is refused or rubbish is no success") {
  CHECK(parse_scrape_reply(as_bytes("d14:failure reason2:noe"))->refusal->text == "no");
  CHECK_FALSE(parse_scrape_reply(as_bytes("d8:intervali9ee")));
  CHECK_FALSE(parse_scrape_reply(as_bytes("<html>")));
  CHECK_FALSE(parse_scrape_reply(as_bytes("d5:filesdee"), 404));
  CHECK(parse_scrape_reply(as_bytes("d5:filesdee"))->entries.empty());
}

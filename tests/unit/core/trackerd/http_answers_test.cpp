#include "core/trackerd/http_answers.h"

#include "core/bencode/document.h"
#include "tests/support/catch.h"
#include "tests/unit/core/trackerd/store_bench.h"

using namespace seed;
using namespace seed::trackerd;

namespace {

const std::string id_a(20, 'A'), id_b(20, 'B'), id_c(20, 'C');

std::string announce_of(std::string_view id, std::string_view more) {
  return "info_hash=" + std::string(20, 't') + "&peer_id=" + std::string(id) + "&port=25187" +
         std::string(more);
}

struct Bench {
  explicit Bench(const Tracker::Options& options = {}) : tracker(some_secret, Rng(1), options) {}

  std::string ask(std::string_view path, std::string_view query, std::string_view source) {
    const HttpAnswer answer =
        answer_request(tracker, path, query, *IpAddress::parse(source), start);
    CHECK(answer.status == 200);
    CHECK(answer.content_type == "text/plain");
    const auto document = bencode::Document::parse(answer.body);
    REQUIRE(document);
    CHECK(document->keys_sorted());
    return to_string(answer.body);
  }
  /// Its interval is drawn by dice, and tested elsewhere: X here.
  std::string announce(std::string_view source, std::string_view id, std::string_view more = "") {
    std::string out = ask("/announce", announce_of(id, more), source);
    const std::string key = "8:intervali";
    if (const std::size_t at = out.find(key); at != std::string::npos)
      out.replace(at + key.size(), out.find('e', at + key.size()) - at - key.size(), "X");
    return out;
  }
  RequestCounts counts(Family family = Family::v4) {
    return tracker.counts(Protocol::http, family);
  }

  Tracker tracker;
};

/// What an answer has behind its counts.
std::string peers_of(const std::string& answer) {
  const std::string before = "12:min intervali300e";
  const std::size_t at = answer.find(before);
  REQUIRE(at != std::string::npos);
  return answer.substr(at + before.size());
}

}  // namespace

TEST_CASE("an announce is answered with the counts, the intervals and compact peers") {
  Bench bench;
  CHECK(bench.announce("65.66.67.68", id_a, "&left=0") ==
        "d8:completei1e10:downloadedi0e11:external ip4:ABCD10:incompletei0e"
        "8:intervaliXe12:min intervali300e5:peers0:e");
  CHECK(bench.announce("97.98.99.100", id_b, "&left=1") ==
        "d8:completei1e10:downloadedi0e11:external ip4:abcd10:incompletei1e"
        "8:intervaliXe12:min intervali300e5:peers6:ABCDbce");
  CHECK(bench.counts().announces == 2);
}

TEST_CASE("peers of IPv6 stand apart, and the asker's own family comes first") {
  Bench bench;
  bench.announce("97.98.99.100", id_a);
  CHECK(peers_of(bench.announce("6162:6364:6566:6768:696a:6b6c:6d6e:6f70", id_b)) ==
        "5:peers6:abcdbce");
  CHECK(peers_of(bench.announce("2001:db8::1", id_c)) ==
        "5:peers6:abcdbc6:peers618:abcdefghijklmnopbce");
  CHECK(peers_of(bench.announce("2001:db8::1", id_c, "&numwant=1")) ==
        "5:peers0:6:peers618:abcdefghijklmnopbce");
  CHECK(bench.counts(Family::v6).announces == 3);
}

TEST_CASE("without compact peers are dictionaries, with their ids or without") {
  Bench bench;
  bench.announce("97.98.99.100", id_a);
  bench.announce("2001:db8::1", id_b);
  CHECK(peers_of(bench.announce("65.66.67.68", id_c, "&compact=0")) ==
        "5:peersl"
        "d2:ip12:97.98.99.1007:peer id20:AAAAAAAAAAAAAAAAAAAA4:porti25187ee"
        "d2:ip11:2001:db8::17:peer id20:BBBBBBBBBBBBBBBBBBBB4:porti25187ee"
        "ee");
  CHECK(peers_of(bench.announce("65.66.67.68", id_c, "&compact=0&no_peer_id=1")) ==
        "5:peersl"
        "d2:ip12:97.98.99.1004:porti25187ee"
        "d2:ip11:2001:db8::14:porti25187ee"
        "ee");
  CHECK(peers_of(bench.announce("65.66.67.68", id_c, "&compact=0&numwant=0")) == "5:peerslee");
}

TEST_CASE("what cannot be granted is a failure reason") {
  Bench bench;
  CHECK(bench.ask("/announce", "port=0", "192.0.2.1") ==
        "d14:failure reason30:port: a number from 1 to 65535e");
  CHECK(bench.ask("/scrape", "", "192.0.2.1") ==
        "d14:failure reason50:info_hash: missing; nobody is told of all torrentse");
  CHECK(bench.counts().troubles[static_cast<std::size_t>(Trouble::malformed)] == 2);
  Tracker::Options options;
  options.listed_only = true;
  bench.tracker.set_options(options);
  CHECK(bench.announce("192.0.2.1", id_a) ==
        "d14:failure reason36:this tracker is not for that torrente");
  CHECK(bench.counts().troubles[static_cast<std::size_t>(Trouble::not_listed)] == 1);
  CHECK(bench.counts().announces == 0);
}

TEST_CASE("a scrape has each torrent once, in order, known or not") {
  Bench bench;
  bench.announce("192.0.2.1", id_a, "&left=0&event=completed");
  bench.announce("192.0.2.2", id_b);
  const std::string t = "info_hash=" + std::string(20, 't');
  const std::string s = "info_hash=" + std::string(20, 's');
  CHECK(bench.ask("/scrape", t + "&" + s + "&" + t, "192.0.2.1") ==
        "d5:filesd"
        "20:ssssssssssssssssssssd8:completei0e10:downloadedi0e10:incompletei0ee"
        "20:ttttttttttttttttttttd8:completei1e10:downloadedi1e10:incompletei1ee"
        "ee");
  CHECK(bench.counts().scrapes == 1);
}

TEST_CASE("there is nothing at other paths") {
  Bench bench;
  for (const auto* path : {"/", "", "/announcer", "/x/announce", "announce", "/%61nnounce"}) {
    const HttpAnswer answer =
        answer_request(bench.tracker, path, announce_of(id_a, ""), IpAddress(), start);
    CHECK(answer.status == 404);
    CHECK(answer.content_type == "text/plain");
  }
  CHECK(bench.counts().troubles[static_cast<std::size_t>(Trouble::not_found)] == 6);
}

TEST_CASE("strangers are signed up at their own address, whatever they say") {
  Bench bench;
  bench.announce("65.66.67.68", id_a, "&ip=97.98.99.100&ipv4=97.98.99.100&ipv6=2001:db8::1");
  CHECK(peers_of(bench.announce("192.0.2.2", id_b)) == "5:peers6:ABCDbce");
}

TEST_CASE("who is on our own network is signed up where it says") {
  Bench bench;
  bench.announce("192.168.1.2", id_a, "&ip=97.98.99.100");
  CHECK(peers_of(bench.announce("192.0.2.2", id_b, "&event=stopped")) == "5:peers0:e");
  CHECK(peers_of(bench.announce("192.0.2.2", id_b)) == "5:peers6:abcdbce");

  Bench both;
  both.announce("192.168.1.2", id_a,
                "&ipv4=65.66.67.68&ipv6=6162:6364:6566:6768:696a:6b6c:6d6e:6f70");
  CHECK(peers_of(both.announce("192.0.2.2", id_b)) ==
        "5:peers6:ABCDbc6:peers618:abcdefghijklmnopbce");
  // It does not hear of itself.
  CHECK(peers_of(both.announce("192.168.1.2", id_a, "&ipv4=65.66.67.68")).find("abcd") ==
        std::string::npos);

  Tracker::Options options;
  options.private_name_addresses = false;
  Bench proxied(options);
  proxied.announce("192.168.1.2", id_a, "&ip=97.98.99.100");
  CHECK(peers_of(proxied.announce("192.168.1.3", id_b)).find("abcd") == std::string::npos);
}

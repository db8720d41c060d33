// Our own client's requests are understood, and it understands the answers: both ways, by UDP and
// by HTTP, whatever is drawn.
#include "core/base/url.h"
#include "core/tracker/http_announce.h"
#include "core/tracker/http_scrape.h"
#include "core/tracker/udp_packets.h"
#include "core/trackerd/http_answers.h"
#include "core/trackerd/udp_answers.h"
#include "tests/support/catch.h"

using namespace seed;

namespace {

constexpr Instant now = Instant{} + 1h;

tracker::AnnounceRequest drawn(Rng& rng) {
  tracker::AnnounceRequest out;
  rng.fill(out.info_hash.octets);
  rng.fill(out.peer_id.octets);
  out.port = static_cast<std::uint16_t>(1 + rng.below(0xffff));
  out.uploaded = rng.next();
  out.downloaded = rng.next();
  out.left = rng.below(2) == 0 ? 0 : rng.next() | 1;
  out.event = static_cast<tracker::AnnounceEvent>(rng.below(3));
  out.no_peer_id = rng.below(2) == 0;
  out.key = static_cast<std::uint32_t>(rng.next());
  if (rng.below(2) == 0) out.numwant = static_cast<std::uint32_t>(rng.below(300));
  return out;
}

Endpoint source(Rng& rng, bool v6) {
  std::array<std::uint8_t, 16> octets{};
  rng.fill(octets);
  octets[0] = 0x20;  // public in both
  return {*IpAddress::from_octets(v6 ? Bytes(octets) : Bytes(octets).first(4)),
          static_cast<std::uint16_t>(1 + rng.below(0xffff))};
}

}  // namespace

TEST_CASE("our client and our tracker understand each other by UDP") {
  Rng rng(1);
  trackerd::Tracker tracker({1}, Rng(2), {});
  for (int round = 0; round < 500; ++round) {
    const bool v6 = rng.below(2) == 0;
    auto request = drawn(rng);
    request.left = 0;
    const Endpoint seed = source(rng, v6), other = source(rng, v6);
    const auto answer = [&](Bytes datagram, const Endpoint& from) {
      auto out = trackerd::answer_datagram(tracker, datagram, from, now);
      REQUIRE(out);
      return *out;
    };
    std::optional<tracker::AnnounceReply> reply;
    for (const Endpoint& from : {seed, other}) {
      const auto id = tracker::udp::parse_connect(answer(tracker::udp::encode_connect(7), from));
      const std::string data(rng.below(600), 'x');
      const auto packet = answer(tracker::udp::encode_announce(*id, 9, request, data, v6), from);
      CHECK(tracker::udp::parse_header(packet)->transaction == 9);
      CHECK(tracker::udp::parse_header(packet)->action == tracker::udp::Action::announce);
      const auto parsed = tracker::udp::parse_announce(packet, v6);
      REQUIRE(parsed);
      reply = *parsed;
      request.left = 1;
      rng.fill(request.peer_id.octets);
    }
    CHECK(reply->seeders == 1);
    CHECK(reply->leechers == 1);
    const bool wants = request.numwant.value_or(1) > 0;
    CHECK(reply->peers ==
          (wants ? std::vector<Endpoint>{{seed.address, request.port}} : std::vector<Endpoint>{}));
    const auto id = tracker::udp::parse_connect(answer(tracker::udp::encode_connect(7), other));
    const Sha1 hashes[] = {request.info_hash, Sha1{}};
    const auto scraped = tracker::udp::parse_scrape(
        answer(tracker::udp::encode_scrape(*id, 3, hashes), other), hashes);
    REQUIRE(scraped);
    CHECK(scraped->entries[0].counts.seeders == 1);
    CHECK(scraped->entries[1].counts.seeders == 0);
  }
}

TEST_CASE("our client and our tracker understand each other by HTTP") {
  Rng rng(1);
  trackerd::Tracker tracker({1}, Rng(2), {});
  for (int round = 0; round < 500; ++round) {
    auto request = drawn(rng);
    request.left = 0;
    const Endpoint seed = source(rng, rng.below(2) == 0), other = source(rng, rng.below(2) == 0);
    std::optional<tracker::AnnounceReply> reply;
    for (const Endpoint& from : {seed, other}) {
      const auto url = Url::parse(
          tracker::announce_request_url("http://tracker.test/announce?some=thing", request));
      REQUIRE(url);
      const auto answer =
          trackerd::answer_request(tracker, url->path, url->query, from.address, now);
      const auto parsed = tracker::parse_announce_reply(answer.body, answer.status);
      REQUIRE(parsed);
      CHECK(parsed->accepted());
      CHECK(parsed->external_ip == from.address);
      CHECK(parsed->min_interval == 5min);
      reply = *parsed;
      request.left = 1;
      rng.fill(request.peer_id.octets);
    }
    CHECK(reply->seeders == 1);
    CHECK(reply->leechers == 1);
    const bool wants = request.numwant.value_or(1) > 0;
    CHECK(reply->peers ==
          (wants ? std::vector<Endpoint>{{seed.address, request.port}} : std::vector<Endpoint>{}));
  }
}

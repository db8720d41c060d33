#include "core/session/tracking.h"

#include "tests/unit/core/session/fixture.h"

namespace seed::session {
namespace {

/// Names that the test answers.
class ResolverDouble final : public io::Resolver {
 public:
  LookupId resolve(const std::string& host, Answer<std::vector<IpAddress>> answer) override {
    asked.emplace_back(host, std::move(answer));
    return {};
  }
  void cancel(LookupId) override {}
  std::vector<std::pair<std::string, Answer<std::vector<IpAddress>>>> asked;
};

class HttpDouble final : public io::Http {
 public:
  HttpCallId get(io::HttpRequest request, Answer<io::HttpReply> answer) override {
    requests.push_back(std::move(request));
    answers.push_back(std::move(answer));
    return {static_cast<std::uint32_t>(requests.size()), 1};
  }
  HttpCallId open(io::HttpRequest, io::HttpStreamOwner&) override { return {}; }
  void resume(HttpCallId) override {}
  void cancel(HttpCallId call) override { cancelled.push_back(call.slot); }
  std::vector<io::HttpRequest> requests;
  std::vector<Answer<io::HttpReply>> answers;
  std::vector<std::uint32_t> cancelled;  ///< which of them, from 1
};

class SocketDouble final : public io::UdpSocket {
 public:
  Result<void> send(Bytes datagram, const Endpoint& to) override {
    sent.push_back(to);
    last = to_buffer(datagram);
    return {};
  }
  Endpoint local() const override { return {}; }
  std::vector<Endpoint> sent;
  Buffer last;
};

struct Setup final : TrackingOwner {
  std::optional<torrent::Announcing::Ready> begin_announce(TorrentId, tracker::TrackerId) override {
    torrent::Announcing::Ready ready{url, {}};
    ready.request.event = event;
    ready.request.info_hash_v2 = hash_v2;
    return ready;
  }
  void on_announce_done(TorrentId, tracker::TrackerId,
                        const Result<tracker::AnnounceReply>& reply) override {
    faults.push_back(reply ? Fault{} : reply.error());
    replies.push_back(reply);
  }
  std::optional<tracker::Announcer::Scrape> begin_scrape(TorrentId,
                                                         tracker::TrackerId tracker) override {
    return tracker::Announcer::Scrape{tracker, url};
  }
  std::optional<Sha1> hash_of(TorrentId) override { return hash; }
  void on_scrape_done(TorrentId, tracker::TrackerId, const Result<tracker::ScrapeReply>&) override {
  }

  void want(bool scrape = false) {
    tracker::Announcer::Due due;
    due.tracker = {next++};
    due.host = host;
    due.urgency = tracker::Urgency::user;
    due.scrape = scrape;
    due.carrier = url.starts_with("udp") ? tracker::Carrier::udp : tracker::Carrier::http;
    tracking.want({1, 1}, due);
    tracking.on_deadline(ground.clock.now());
  }
  void resolve(std::vector<std::string> texts) {
    std::vector<IpAddress> addresses;
    for (const auto& text : texts) addresses.push_back(*IpAddress::parse(text));
    auto asked = std::exchange(resolver.asked, {});
    REQUIRE(asked.size() == 1);
    asked[0].second(addresses);
  }
  /// The tracker answers what it was asked last (BEP 15): action and transaction come back.
  void answer(const SocketDouble& socket) {
    Buffer reply(socket.last.begin() + 8, socket.last.begin() + 16);
    reply.resize(20);
    if (reply[3] == 0) reply.resize(16);
    REQUIRE(tracking.on_datagram(reply, socket.sent.back()));
  }
  /// Until what is under way has been given up.
  void pass(Duration time) {
    for (Duration step{}; step < time; step += 1s) {
      ground.clock.advance(1s);
      tracking.on_deadline(ground.clock.now());
    }
  }

  std::string url = "udp://tracker.example:80/announce";
  std::string host = "tracker.example:80";
  tracker::AnnounceEvent event = tracker::AnnounceEvent::started;
  std::optional<Sha1> hash = Sha1{};
  std::optional<Sha1> hash_v2;
  std::vector<Fault> faults;
  std::vector<Result<tracker::AnnounceReply>> replies;
  std::uint32_t next = 1;
  torrent::test::Ground ground;
  ResolverDouble resolver;
  HttpDouble http;
  SocketDouble v4, v6;
  io::World world{ground.clock,   ground.alarm,   ground.entropy, ground.net,   resolver,     http,
                  ground.gateway, ground.workers, ground.files,   ground.store, ground.uplink};
  Tracking tracking{world, Rng(1), *this, "seedd test", {}};
};

TEST_CASE("a UDP tracker that is silent at one address is asked at the next") {
  Setup setup;
  setup.tracking.set_sockets(&setup.v4, &setup.v6);
  setup.want();
  setup.resolve({"2001:db8::1", "10.0.0.1", "10.0.0.2"});
  REQUIRE_FALSE(setup.v4.sent.empty());
  CHECK(setup.v4.sent[0].address == IpAddress::parse("10.0.0.1"));
  setup.pass(2min);
  REQUIRE(setup.faults.size() == 1);
  CHECK(setup.faults[0].code == FaultCode::timed_out);
  setup.v4.sent.clear();
  setup.want();
  REQUIRE_FALSE(setup.v4.sent.empty());
  CHECK(setup.v4.sent[0].address == IpAddress::parse("10.0.0.2"));
  setup.pass(2min);
  CHECK(setup.v6.sent.empty());
  setup.want();
  REQUIRE_FALSE(setup.v6.sent.empty());
  CHECK(setup.v6.sent[0].address == IpAddress::parse("2001:db8::1"));
}

TEST_CASE("several that one address left without an answer are asked at the next") {
  Setup setup;
  setup.tracking.set_sockets(&setup.v4, &setup.v6);
  setup.want();
  setup.resolve({"10.0.0.1", "10.0.0.2"});
  setup.answer(setup.v4);
  setup.answer(setup.v4);
  REQUIRE(setup.faults.size() == 1);
  // Who has answered is asked more than one thing at a time.
  setup.v4.sent.clear();
  setup.want();
  setup.want();
  REQUIRE(setup.v4.sent.size() == 2);
  setup.pass(2min);
  REQUIRE(setup.faults.size() == 3);
  setup.v4.sent.clear();
  setup.want();
  REQUIRE_FALSE(setup.v4.sent.empty());
  CHECK(setup.v4.sent[0].address == IpAddress::parse("10.0.0.2"));
}

TEST_CASE("without a UDP socket a UDP tracker fails, and says why") {
  Setup setup;
  setup.want();
  setup.resolve({"10.0.0.1"});
  REQUIRE(setup.faults.size() == 1);
  CHECK(setup.faults[0].code == FaultCode::unreachable);
  CHECK(setup.faults[0].text == "no UDP port can be had to ask tracker.example");
  setup.tracking.set_sockets(nullptr, &setup.v6);
  setup.want();
  CHECK(setup.faults.back().text == "no address of tracker.example can be reached");
}

TEST_CASE("a scrape whose torrent goes while the name is looked up gives its turn back") {
  Setup setup;
  setup.tracking.set_sockets(&setup.v4, &setup.v6);
  setup.want(true);
  setup.hash.reset();
  setup.resolve({"10.0.0.1"});
  CHECK(setup.v4.sent.empty());
  setup.hash = Sha1{};
  setup.want(true);
  CHECK_FALSE(setup.v4.sent.empty());
}

TEST_CASE("an HTTP tracker is asked from the bind addresses") {
  Setup setup;
  setup.url = "http://tracker.example/announce";
  setup.tracking.set_sources({.v4 = IpAddress::parse("10.0.0.7"), .v6 = std::nullopt});
  setup.want();
  REQUIRE(setup.http.requests.size() == 1);
  CHECK(setup.http.requests[0].sources.v4 == IpAddress::parse("10.0.0.7"));
  CHECK_FALSE(setup.http.requests[0].sources.v6);
  CHECK(setup.http.requests[0].private_addresses_allowed);
  CHECK(setup.http.requests[0].decode);
}

TEST_CASE("a hybrid is announced by one hash and then by the other, as one announce") {
  Setup setup;
  setup.url = "http://tracker.example/announce";
  setup.hash_v2 = sha1(as_bytes("the other"));
  setup.want();
  REQUIRE(setup.http.requests.size() == 1);
  const auto answer = [&](std::size_t number, std::string_view body) {
    io::HttpReply reply;
    reply.status = 200;
    reply.body = to_buffer(body);
    setup.http.answers[number](std::move(reply));
  };
  answer(0, std::string("d8:intervali1800e5:peers6:") + std::string("\x0a\0\0\1\x1a\xe1", 6) + "e");
  CHECK(setup.replies.empty());
  REQUIRE(setup.http.requests.size() == 2);
  CHECK(setup.http.requests[0].url != setup.http.requests[1].url);
  answer(1, std::string("d8:intervali900e5:peers6:") + std::string("\x0a\0\0\2\x1a\xe1", 6) + "e");
  REQUIRE(setup.replies.size() == 1);
  REQUIRE(setup.replies[0]);
  CHECK(setup.replies[0]->interval == 1800s);
  CHECK(setup.replies[0]->peers == std::vector{*Endpoint::parse("10.0.0.1:6881")});
  CHECK(setup.replies[0]->peers_v2 == std::vector{*Endpoint::parse("10.0.0.2:6881")});
  // It is over, and the next one goes out.
  setup.want();
  CHECK(setup.http.requests.size() == 3);
}

TEST_CASE("a hybrid whose tracker is silent is not announced to it by its other hash") {
  Setup setup;
  setup.url = "http://tracker.example/announce";
  setup.hash_v2 = sha1(as_bytes("the other"));
  setup.want();
  REQUIRE(setup.http.requests.size() == 1);
  setup.http.answers[0](fail(FaultCode::timed_out, "silent"));
  CHECK(setup.http.requests.size() == 1);
  REQUIRE(setup.faults.size() == 1);
  CHECK(setup.faults[0].code == FaultCode::timed_out);
}

TEST_CASE("the end of the session calls off what is under way, but not stopped and completed") {
  using tracker::AnnounceEvent;
  Setup setup;
  setup.url = "http://tracker.example/announce";
  const auto events = {AnnounceEvent::started, AnnounceEvent::stopped, AnnounceEvent::none,
                       AnnounceEvent::completed};
  for (const auto event : events) {
    setup.host = "tracker" + std::to_string(setup.next) + ".example:80";
    setup.event = event;
    setup.want();
  }
  setup.host = "scraped.example:80";
  setup.want(true);
  REQUIRE(setup.http.requests.size() == 5);
  setup.tracking.hurry();
  CHECK(setup.http.cancelled == std::vector<std::uint32_t>{1, 3, 5});
  REQUIRE(setup.faults.size() == 2);
  CHECK(setup.faults[0].code == FaultCode::cancelled);
  CHECK(setup.faults[1].code == FaultCode::cancelled);
}

TEST_CASE("the end of the session leaves a stopped alone whose name is looked up") {
  Setup setup;
  setup.tracking.set_sockets(&setup.v4, &setup.v6);
  setup.event = tracker::AnnounceEvent::stopped;
  setup.want();
  setup.tracking.hurry();
  CHECK(setup.faults.empty());
  setup.resolve({"10.0.0.1"});
  CHECK_FALSE(setup.v4.sent.empty());
}

TEST_CASE("announces and scrapes are counted by host when they have ended") {
  Setup setup;
  setup.tracking.set_sockets(&setup.v4, &setup.v6);
  setup.want();
  setup.resolve({"10.0.0.1"});
  CHECK(setup.tracking.counts().facts().empty());
  setup.answer(setup.v4);
  setup.answer(setup.v4);
  auto facts = setup.tracking.counts().facts();
  REQUIRE(facts.size() == 1);
  CHECK(facts[0].host == "tracker.example:80");
  CHECK(facts[0].announces == 1);
  CHECK(facts[0].announce_errors == 0);
  setup.want(true);
  setup.pass(2min);
  facts = setup.tracking.counts().facts();
  CHECK(facts[0].scrapes == 1);
  CHECK(facts[0].scrape_errors == 1);
}

TEST_CASE("when datagrams cannot go out who asks is told why, at once") {
  Setup setup;
  setup.tracking.set_sockets(&setup.v4, nullptr);
  setup.want();
  setup.resolve({"240.0.0.1"});
  CHECK(setup.v4.sent.size() == 1);
  setup.tracking.set_sockets(nullptr, nullptr, Fault{FaultCode::unsupported, 0, "no relay"});
  REQUIRE(setup.faults.size() == 1);
  CHECK(setup.faults[0].text == "no relay");
  setup.pass(2min);
  setup.want();
  CHECK(setup.faults.back().text == "no relay");
  // What the name stood for is not so by another way.
  setup.tracking.set_sockets(&setup.v4, nullptr);
  setup.tracking.forget_names();
  setup.pass(2min);
  setup.want();
  CHECK(setup.resolver.asked.size() == 1);
}

TEST_CASE("what is under way when the network goes fails, and waits for nobody") {
  Setup setup;
  setup.tracking.set_sockets(&setup.v4, &setup.v6);
  setup.want();
  setup.resolve({"10.0.0.1"});
  setup.url = "http://tracker.example/announce";
  setup.host = "tracker.example:81";
  setup.want();
  REQUIRE(setup.http.requests.size() == 1);
  setup.tracking.cut("tun0 is down");
  setup.tracking.set_paused(true);
  REQUIRE(setup.faults.size() == 2);
  for (const auto& fault : setup.faults) {
    CHECK(fault.code == FaultCode::cut_off);
    CHECK(fault.text == "tun0 is down");
  }
  // What is wanted meanwhile goes out when the network is there.
  setup.v4.sent.clear();
  setup.want();
  setup.pass(10min);
  CHECK(setup.http.requests.size() == 1);
  CHECK(setup.v4.sent.empty());
  setup.tracking.set_paused(false);
  CHECK(setup.http.requests.size() == 2);
}

TEST_CASE("a name that was found over a network that is gone is looked up again") {
  Setup setup;
  setup.tracking.set_sockets(&setup.v4, &setup.v6);
  setup.want();
  setup.resolve({"10.0.0.1"});
  setup.tracking.cut("tun0 is down");
  setup.want();
  CHECK(setup.resolver.asked.size() == 1);
}

}  // namespace
}  // namespace seed::session

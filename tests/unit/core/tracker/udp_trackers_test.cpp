#include "core/tracker/udp_trackers.h"

#include <functional>

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::tracker;

namespace {

const Endpoint tracker_a = *Endpoint::parse("192.0.2.1:80");
const Endpoint tracker_b = *Endpoint::parse("192.0.2.2:80");
const Endpoint tracker_6 = *Endpoint::parse("[2001:db8::1]:80");
constexpr Duration patient = 10h;

/// One line of BEP 15's "Examples": second and kind of what goes out.
struct Line {
  int second;
  char kind;  ///< c connect, a announce, s scrape
  bool operator==(const Line&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Line& line) {
  return out << line.second << line.kind;
}

/// A client over virtual time, whose packets are noted.
struct Bench {
  explicit Bench(Duration give_up = patient) : client(Rng(1), {give_up}) {}

  UdpTrackers client;
  Instant now{};
  std::vector<Line> sent;
  std::vector<Buffer> packets;
  std::vector<UdpTrackers::AnnounceDone> announced;
  std::vector<UdpTrackers::ScrapeDone> scraped;
  std::uint64_t connection = 0xc0ffee;

  void drain() {
    while (auto event = client.next_event()) {
      if (auto* send = std::get_if<UdpTrackers::Send>(&*event)) {
        const char kinds[] = {'c', 'a', 's'};
        const auto second =
            std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch());
        sent.push_back({static_cast<int>(second.count()), kinds[send->datagram[11]]});
        packets.push_back(send->datagram);
      } else if (auto* announce = std::get_if<UdpTrackers::AnnounceDone>(&*event)) {
        announced.push_back(*announce);
      } else {
        scraped.push_back(std::get<UdpTrackers::ScrapeDone>(*event));
      }
    }
  }
  /// Lets time pass, with every deadline on the way.
  void at(int second) {
    const Instant end{std::chrono::seconds(second)};
    while (client.deadline() && *client.deadline() <= end) {
      now = std::max(now, *client.deadline());
      client.on_deadline(now);
      drain();
    }
    now = end;
  }
  void announce(std::uint64_t id, const Endpoint& to = tracker_a, std::string url = "") {
    AnnounceRequest request;
    request.info_hash.octets[0] = static_cast<std::uint8_t>(id);
    client.announce({id}, to, request, std::move(url), now);
    drain();
  }
  void scrape(std::uint64_t id) {
    client.scrape({id}, tracker_a, std::vector<Sha1>(1), now);
    drain();
  }
  /// The tracker's answer to one of the packets sent.
  Buffer answer_to(const Buffer& packet, std::string_view error = "") const {
    const Bytes transaction = Bytes(packet).subspan(12, 4);
    ByteWriter out;
    if (!error.empty()) {
      out.u32(3).put(transaction).put(error);
    } else if (packet[11] == 0) {
      out.u32(0).put(transaction).u64(connection);
    } else if (packet[11] == 1) {
      out.u32(1).put(transaction).u32(1800).u32(2).u32(1);
    } else {
      out.u32(2).put(transaction).u32(1).u32(2).u32(3);
    }
    return out.take();
  }
  void receive(const Buffer& datagram, const Endpoint& from = tracker_a) {
    client.on_datagram(datagram, from, now);
    drain();
  }
  void answer(const Endpoint& from = tracker_a) { receive(answer_to(packets.back()), from); }
  std::uint64_t connection_in(const Buffer& packet) const { return ByteReader(packet).u64(); }
};

}  // namespace

TEST_CASE("BEP 15's timeline of a normal announce") {
  Bench bench;
  bench.announce(1);
  bench.at(1);
  bench.answer();
  bench.at(3);
  bench.answer();
  CHECK(bench.sent == std::vector<Line>{{0, 'c'}, {1, 'a'}});
  REQUIRE(bench.announced.size() == 1);
  CHECK(bench.announced[0].id == RequestId{1});
  CHECK(bench.announced[0].reply->seeders == 1U);
  CHECK(bench.announced[0].reply->leechers == 2U);
  CHECK(bench.connection_in(bench.packets[1]) == bench.connection);
  CHECK(bench.client.pending() == 0);
  CHECK_FALSE(bench.client.deadline());
}

TEST_CASE("BEP 15's timeline of a connect that times out") {
  Bench bench;
  bench.announce(1);
  bench.at(400);
  CHECK(bench.sent == std::vector<Line>{{0, 'c'}, {15, 'c'}, {45, 'c'}, {105, 'c'}, {225, 'c'}});
  CHECK(bench.packets[0] == bench.packets[4]);
}

TEST_CASE("BEP 15's timeline of an announce that times out") {
  // In the BEP the announce follows its connect reply after a second; here at once: t - 1 from
  // there.
  Bench bench;
  bench.announce(1);
  bench.at(1);
  bench.answer();
  bench.at(300);
  CHECK(bench.sent ==
        std::vector<Line>{{0, 'c'}, {1, 'a'}, {16, 'a'}, {46, 'a'}, {106, 'c'}, {226, 'c'}});
}

TEST_CASE("BEP 15's timeline of multiple requests") {
  Bench bench;
  bench.announce(1);
  bench.at(1);
  bench.answer();
  bench.at(3);
  bench.answer();
  bench.at(4);
  bench.announce(2);
  bench.at(5);
  bench.answer();
  bench.at(60);
  bench.announce(3);
  bench.at(61);
  bench.answer();
  bench.at(62);
  bench.announce(4);
  bench.scrape(5);
  bench.scrape(6);
  bench.announce(7);
  bench.at(63);
  bench.answer();
  const std::vector<Line> expected = {{0, 'c'},  {1, 'a'},  {4, 'a'},  {60, 'a'}, {62, 'c'},
                                      {63, 'a'}, {63, 's'}, {63, 's'}, {63, 'a'}};
  CHECK(bench.sent == expected);
  const auto packets = bench.packets;
  for (std::size_t i = packets.size(); i-- > 5;) bench.receive(bench.answer_to(packets[i]));
  CHECK(bench.announced.size() == 5);
  REQUIRE(bench.scraped.size() == 2);
  CHECK(bench.scraped[0].reply->entries.at(0).counts == ScrapeCounts{1U, 3U, 2U, {}});
  CHECK(bench.client.pending() == 0);
}

TEST_CASE("the waits stop doubling at 3840 s") {
  Bench bench(1000h);
  bench.announce(1);
  bench.at(20'000);
  REQUIRE(bench.sent.size() >= 11);
  CHECK(bench.sent[9].second - bench.sent[8].second == 3840);
  CHECK(bench.sent[10].second - bench.sent[9].second == 3840);
}

TEST_CASE("a lost packet costs 15 s, whichever it is") {
  const std::function<bool(int)> losses[] = {[](int n) { return n == 0; },
                                             [](int n) { return n == 1; }};
  for (const auto& lost : losses) {
    Bench bench(60s);
    bench.announce(1);
    int number = 0;
    std::size_t seen = 0;
    for (int second = 0; second < 120 && bench.announced.empty(); ++second) {
      bench.at(second);
      while (seen < bench.packets.size()) {
        const Buffer packet = bench.packets[seen++];
        if (!lost(number++)) bench.receive(bench.answer_to(packet));
      }
    }
    REQUIRE(bench.announced.size() == 1);
    CHECK(bench.announced[0].reply);
    CHECK(bench.now == Instant{15s});
  }
}

TEST_CASE("a request that nobody answers is given up in a minute and not in two hours") {
  Bench bench(UdpTrackers::Options{}.give_up_after);
  bench.announce(1);
  bench.scrape(2);
  bench.at(59);
  CHECK(bench.announced.empty());
  bench.at(60);
  REQUIRE(bench.announced.size() == 1);
  REQUIRE(bench.scraped.size() == 1);
  CHECK(bench.announced[0].reply.error().code == FaultCode::timed_out);
  bench.at(1000);
  CHECK(bench.sent == std::vector<Line>{{0, 'c'}, {15, 'c'}, {45, 'c'}});
}

TEST_CASE("a connection id is asked for once and shared by all requests to a tracker") {
  Bench bench;
  bench.announce(1);
  bench.announce(2);
  bench.scrape(3);
  CHECK(bench.sent == std::vector<Line>{{0, 'c'}});
  bench.answer();
  CHECK(bench.sent.size() == 4);
  bench.announce(4, tracker_b);
  CHECK(bench.sent.back() == Line{0, 'c'});
}

TEST_CASE("a connection id is not used after 60 s") {
  Bench bench;
  bench.announce(1);
  bench.at(1);
  bench.answer();
  bench.answer();
  bench.at(60);
  bench.announce(2);
  CHECK(bench.sent.back() == Line{60, 'a'});
  bench.answer();
  bench.at(61);
  bench.connection = 0xbeef;
  bench.announce(3);
  CHECK(bench.sent.back() == Line{61, 'c'});
  bench.answer();
  CHECK(bench.connection_in(bench.packets.back()) == 0xbeef);
}

TEST_CASE("a tracker that forgot its ids costs 15 s") {
  Bench bench(60s);
  bench.announce(1);
  bench.answer();
  bench.answer();
  bench.at(10);
  bench.announce(2);
  CHECK(bench.sent.back() == Line{10, 'a'});
  bench.at(25);
  CHECK(bench.sent.back() == Line{25, 'c'});
  bench.answer();
  bench.answer();
  REQUIRE(bench.announced.size() == 2);
  CHECK(bench.announced[1].reply);
}

TEST_CASE("an error about an id from earlier asks for a new one, once") {
  Bench bench;
  bench.announce(1);
  bench.answer();
  bench.answer();
  bench.at(10);
  bench.announce(2);
  bench.receive(bench.answer_to(bench.packets.back(), "Connection ID missmatch."));
  CHECK(bench.sent.back() == Line{10, 'c'});
  CHECK(bench.announced.size() == 1);
  bench.answer();
  CHECK(bench.sent.back() == Line{10, 'a'});
  bench.receive(bench.answer_to(bench.packets.back(), "Connection ID missmatch."));
  REQUIRE(bench.announced.size() == 2);
  CHECK(bench.announced[1].reply->refusal->text == "Connection ID missmatch.");
}

TEST_CASE("an error packet is a refusal with its text") {
  Bench bench;
  bench.announce(1);
  bench.scrape(2);
  bench.answer();
  const auto packets = bench.packets;
  bench.receive(bench.answer_to(packets[1], "unregistered torrent"));
  bench.receive(bench.answer_to(packets[2], "no scrapes"));
  REQUIRE(bench.announced.size() == 1);
  CHECK(bench.announced[0].reply->refusal->text == "unregistered torrent");
  CHECK(bench.scraped.at(0).reply->refusal->text == "no scrapes");
}

TEST_CASE("a refused connect refuses all that waits for it") {
  Bench bench;
  bench.announce(1);
  bench.announce(2);
  bench.announce(3, tracker_b);
  bench.receive(bench.answer_to(bench.packets[0], "go away"));
  REQUIRE(bench.announced.size() == 2);
  CHECK(bench.announced[1].reply->refusal->text == "go away");
  CHECK(bench.client.pending() == 1);
}

TEST_CASE("replies from elsewhere, with other ids or of another kind are ignored") {
  Bench bench;
  bench.announce(1);
  const Buffer connect = bench.answer_to(bench.packets[0]);
  bench.receive(connect, tracker_b);
  bench.receive(connect, *Endpoint::parse("192.0.2.1:81"));
  Buffer wrong = connect;
  wrong[7] ^= 1;
  bench.receive(wrong);
  bench.receive(Buffer(connect.begin(), connect.begin() + 12));
  bench.receive({});
  CHECK(bench.sent.size() == 1);
  bench.receive(connect);
  REQUIRE(bench.sent.size() == 2);
  Buffer reply = bench.answer_to(bench.packets[1]);
  bench.receive(reply, tracker_b);
  reply[3] = 2;
  bench.receive(reply);
  reply[3] = 0;
  bench.receive(reply);
  CHECK(bench.announced.empty());
  bench.answer();
  CHECK(bench.announced.size() == 1);
}

TEST_CASE("one tracker cannot answer for another") {
  Bench bench;
  bench.announce(1, tracker_a);
  bench.answer(tracker_a);
  const Buffer asked = bench.packets.back();
  bench.announce(2, tracker_b);
  bench.receive(bench.answer_to(asked), tracker_b);
  CHECK(bench.announced.empty());
  bench.receive(bench.answer_to(asked), tracker_a);
  CHECK(bench.announced.size() == 1);
}

TEST_CASE("a torn announce reply ends the request as malformed") {
  Bench bench;
  bench.announce(1);
  bench.answer();
  Buffer reply = bench.answer_to(bench.packets[1]);
  reply.resize(8);
  bench.receive(reply);
  REQUIRE(bench.announced.size() == 1);
  CHECK(bench.announced[0].reply.error().code == FaultCode::malformed);
}

TEST_CASE("a cancelled request says nothing more") {
  Bench bench(60s);
  bench.announce(1);
  bench.client.cancel({1});
  bench.client.cancel({7});
  bench.answer();
  bench.at(500);
  CHECK(bench.announced.empty());
  CHECK(bench.sent == std::vector<Line>{{0, 'c'}});
  CHECK_FALSE(bench.client.deadline());
}

TEST_CASE("a connect that nobody waits for any more is not sent again") {
  Bench bench;
  bench.announce(1);
  bench.client.cancel({1});
  bench.at(500);
  CHECK(bench.sent == std::vector<Line>{{0, 'c'}});
}

TEST_CASE("peers of a tracker reached by IPv6 have 18 octets") {
  Bench bench;
  bench.announce(1, tracker_6);
  bench.answer(tracker_6);
  Buffer reply = bench.answer_to(bench.packets[1]);
  append_compact(reply, *Endpoint::parse("[2001:db8::7]:6881"));
  bench.receive(reply, tracker_6);
  REQUIRE(bench.announced.size() == 1);
  CHECK(bench.announced[0].reply->peers ==
        std::vector<Endpoint>{*Endpoint::parse("[2001:db8::7]:6881")});
}

TEST_CASE("the URL's path and query go with the announce") {
  Bench bench;
  bench.announce(1, tracker_a, "/announce?k=1");
  bench.answer();
  CHECK(as_text(Bytes(bench.packets[1]).subspan(98)) ==
        std::string_view("\x02\x0d/announce?k=1\0", 16));
}

TEST_CASE("a tracker's datagram is told from one of uTP and of the DHT") {
  CHECK(UdpTrackers::owns_datagram(*from_hex("0000000011223344")));
  CHECK(UdpTrackers::owns_datagram(*from_hex("000000031122334455")));
  CHECK_FALSE(UdpTrackers::owns_datagram(*from_hex("0000000411223344")));
  CHECK_FALSE(UdpTrackers::owns_datagram(*from_hex("00000000112233")));
  CHECK_FALSE(UdpTrackers::owns_datagram(as_bytes("d1:ad2:id20:")));
  for (const char* type : {"01", "11", "21", "31", "41"})
    CHECK_FALSE(UdpTrackers::owns_datagram(
        *from_hex(std::string(type) + "00000000000000000000000000000000000000")));
}

TEST_CASE("who was asked by a name may answer from where the proxy found it, at its port") {
  Bench bench;
  const Endpoint name = *Endpoint::parse("240.0.0.1:80");
  bench.announce(1, name);
  bench.answer(*Endpoint::parse("192.0.2.1:81"));
  CHECK(bench.sent.size() == 1);
  bench.answer(tracker_a);
  REQUIRE(bench.sent.size() == 2);
  bench.answer(tracker_b);
  REQUIRE(bench.announced.size() == 1);
  CHECK(bench.announced[0].reply->seeders == 1U);
  // Of IPv6 it is the packet's own family that says how peers are written.
  bench.announce(2, name);
  ByteWriter out;
  out.u32(1).put(Bytes(bench.packets.back()).subspan(12, 4)).u32(1800).u32(0).u32(1);
  out.put(tracker_6.address.octets()).u16(6881);
  bench.receive(out.take(), tracker_6);
  REQUIRE(bench.announced.size() == 2);
  CHECK(bench.announced[1].reply->peers.size() == 1);
}

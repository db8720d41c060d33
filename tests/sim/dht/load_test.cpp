// One node that has very many torrents to announce, and one that is asked for very long answers.
#include <cstdlib>
#include <map>
#include <string>

#include "core/dht/item_signature.h"
#include "core/dht/krpc_reader.h"
#include "core/dht/krpc_writer.h"
#include "tests/sim/dht/dht_world.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::sim;
using namespace seed::dht;

namespace {

std::size_t torrents_wanted() {
  const char* wanted = std::getenv("SEED_SIM_DHT_TORRENTS");
  return wanted != nullptr ? static_cast<std::size_t>(std::atoi(wanted)) : 400;
}

}  // namespace

TEST_CASE("however many torrents want to announce at once, queries keep their rate") {
  DhtWorld::Plan plan{.seed = 4, .nodes = 60, .lifetime = 100h};
  DhtWorld world(plan);
  world.run_for(5min);
  const std::size_t busy = world.any_node();
  world.keep(busy);
  const std::size_t count = torrents_wanted();
  const auto before = world.node(busy).facts(world.now()).counts.queries_sent;
  std::vector<DhtWorld::Ticket> tickets;
  for (std::size_t i = 0; i < count; ++i) {
    PeerSearch goal;
    goal.info_hash = sha1(as_bytes(std::to_string(i)));
    goal.announce = PeerSearch::Announce{.port = 7000};
    tickets.push_back(world.search(busy, goal));
  }
  const Node::Options usual;
  const double rate = usual.queries_per_second;
  // The stated time: a second and a half for each.
  const Duration bound = std::chrono::milliseconds(1500) * static_cast<long>(count) + 1min;
  const Instant start = world.now();
  std::size_t next = 0;
  while (next < count && world.now() - start < bound) {
    world.run_for(10s);
    const auto sent = world.node(busy).facts(world.now()).counts.queries_sent - before;
    REQUIRE(static_cast<double>(sent) <=
            rate * seconds_of(world.now() - start) + usual.queries_burst);
    while (next < count && world.outcome(tickets[next]).done) ++next;
  }
  REQUIRE(next == count);
  for (const auto ticket : tickets) CHECK(world.outcome(ticket).end.stored_on > 0);
  WARN(count << " torrents announced in " << seconds_of(world.now() - start) << " s, with "
             << world.node(busy).facts(world.now()).counts.queries_sent - before << " queries");
}

namespace {

/// A node that has much to tell, and a stranger who asks.
class Talkative {
 public:
  Talkative() {
    Rng dice(1);
    std::vector<NodeContact> v4;
    std::vector<NodeContact> v6;
    for (std::uint32_t i = 0; i < 200; ++i) {
      v4.push_back({random_id(dice), {IpAddress::v4(0x50000000 + i * 0x10000), 6881}});
      auto octets = *from_hex("20010db8000000000000000000000001");
      octets[5] = static_cast<std::uint8_t>(i);
      v6.push_back({random_id(dice), {*IpAddress::from_octets(octets), 6881}});
    }
    node_.load(v4, now_);
    other_.load(v6, now_);
    drain();
    for (std::uint32_t i = 0; i < 400; ++i) announce(i);
  }
  /// Octets of the answer to that, for a stranger who asks for the first time.
  std::size_t answer(const Buffer& asked) {
    now_ += 10s;
    const Endpoint stranger{IpAddress::v4(0x55000000 + ++strangers_ * 0x100), 1000};
    return ask(asked, stranger).size();
  }
  Buffer query(krpc::What what) const {
    krpc::Message out;
    out.transaction = to_buffer("x");
    out.body = krpc::Query{NodeId{}, false, std::move(what)};
    return krpc::encode(out);
  }
  Buffer token_of(const Endpoint& from) {
    const auto given = krpc::parse(ask(query(krpc::GetPeers{hash, {}, false, false}), from));
    return std::get<krpc::Response>(given->body).token;
  }
  /// What is put by a signed-up stranger.
  void put(const Item& item) {
    const Endpoint from{IpAddress::v4(0x56000000 + ++strangers_ * 0x100), 1000};
    ask(query(krpc::Put{item, std::nullopt, token_of(from)}), from);
  }

  const Sha1 hash = sha1(as_bytes("wanted"));

 private:
  void announce(std::uint32_t i) {
    now_ += 1s;
    const Endpoint from{IpAddress::v4(0x57000000 + i * 0x100), 1000};
    // Many peers of one torrent, and a peer of many.
    const Sha1 what = i < 300 ? hash : sha1(as_bytes(std::to_string(i)));
    ask(query(krpc::AnnouncePeer{what, 7000, false, i % 2 == 0, token_of(from)}), from);
  }
  Buffer ask(const Buffer& octets, const Endpoint& from) {
    node_.on_datagram(octets, from, now_, &other_.table());
    Buffer out;
    while (auto event = node_.next_event())
      if (auto* send = std::get_if<Send>(&*event))
        if (send->to == from) out = std::move(send->datagram);
    return out;
  }
  void drain() {
    while (node_.next_event()) {
    }
    while (other_.next_event()) {
    }
  }

  Instant now_{1000s};
  Node node_{Family::v4, {}, Rng(2), now_};
  Node other_{Family::v6, {}, Rng(3), now_};
  std::uint32_t strangers_ = 0;
};

}  // namespace

TEST_CASE("no question of a stranger is answered with more than eight times its octets") {
  Talkative node;
  const krpc::Want both{true, true};
  const NodeId target{};
  const std::map<std::string, krpc::What> questions{
      {"ping", krpc::Ping{}},
      {"find_node", krpc::FindNode{target, {}}},
      {"find_node of both", krpc::FindNode{target, both}},
      {"get_peers", krpc::GetPeers{node.hash, {}, false, false}},
      {"get_peers of both", krpc::GetPeers{node.hash, both, false, true}},
      {"announce_peer", krpc::AnnouncePeer{node.hash, 1, false, false, to_buffer("?")}},
      {"get", krpc::Get{node.hash, std::nullopt, both}},
      {"put", krpc::Put{Item{to_buffer("1:a"), std::nullopt}, std::nullopt, to_buffer("?")}},
      {"sample_infohashes", krpc::SampleInfohashes{target, both}},
  };
  for (const auto& [name, what] : questions) {
    const Buffer asked = node.query(what);
    const std::size_t told = node.answer(asked);
    CAPTURE(name, asked.size(), told);
    CHECK(told > 0);
    CHECK(told <= 8 * asked.size());
    CHECK(told <= krpc::answer_bytes_max);
  }
  // What is no question of ours is not worth more.
  for (const std::string_view odd :
       {"d1:q1:x1:t1:x1:y1:qe", "d1:ad2:id20:aaaaaaaaaaaaaaaaaaaae1:q1:x1:t1:x1:y1:qe",
        "d1:ad2:id20:aaaaaaaaaaaaaaaaaaaa6:target20:bbbbbbbbbbbbbbbbbbbbe1:q1:x1:t1:x1:y1:qe"}) {
    const std::size_t told = node.answer(to_buffer(odd));
    CAPTURE(odd, told);
    CHECK(told > 0);
    CHECK(told <= 8 * odd.size());
  }
}

TEST_CASE("a long value goes to strangers at a rate of its own, whoever they say they are") {
  Talkative node;
  const Item item{to_buffer("990:" + std::string(990, 'v')), std::nullopt};
  node.put(item);
  const Buffer asked = node.query(krpc::Get{item.target(), std::nullopt, {}});
  // Ten seconds pass between two: what comes at once is in answering_test.
  std::size_t long_ones = 0;
  for (int i = 0; i < 50; ++i) {
    const std::size_t told = node.answer(asked);
    if (told > 8 * asked.size()) ++long_ones;
    CHECK(told <= krpc::value_answer_bytes_max);
    CHECK(told <= 16 * asked.size());
  }
  CHECK(long_ones > 0);
}

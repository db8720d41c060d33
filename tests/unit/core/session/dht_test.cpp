#include "core/session/dht.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>
#include <vector>

#include "core/base/limits.h"
#include "core/dht/item_signature.h"
#include "core/dht/krpc_reader.h"
#include "core/dht/krpc_writer.h"
#include "tests/support/catch.h"
#include "tests/unit/core/torrent/fixture.h"

using namespace seed;
using namespace seed::session;
namespace krpc = seed::dht::krpc;

namespace {

/// A network of thirty nodes that know each other and take every announce and item, at the other
/// end of a socket.
class DhtNetwork final : public io::UdpSocket {
 public:
  struct Reply {
    Buffer datagram;
    Endpoint from;
  };

  explicit DhtNetwork(const io::Clock& clock) : clock_(clock) {
    Rng dice(1);
    for (std::uint32_t i = 0; i < 30; ++i)
      nodes.push_back({dht::random_id(dice), {IpAddress::v4(0x50000000 + i * 0x10000), 6881}});
  }
  Result<void> send(Bytes datagram, const Endpoint& to) override {
    const auto message = krpc::parse(datagram);
    REQUIRE(message);
    const auto* query = std::get_if<krpc::Query>(&message->body);
    const auto node = std::ranges::find(nodes, to, &dht::NodeContact::endpoint);
    if (query == nullptr || node == nodes.end()) return {};
    read_only = query->read_only;
    asked_at.push_back(clock_.now());
    krpc::Message out;
    out.transaction = message->transaction;
    krpc::Response response;
    response.id = node->id;
    if (const auto* found = std::get_if<krpc::GetPeers>(&query->what)) {
      hashes_asked.insert(found->info_hash);
      response.nodes = near(dht::id_of(found->info_hash));
      response.token = to_buffer("token");
      if (found->scrape) response.seeds = seeds_told, response.peers = peers_told;
    } else if (const auto* get = std::get_if<krpc::Get>(&query->what)) {
      targets_asked.insert(get->target);
      response.nodes = near(dht::id_of(get->target));
      response.token = to_buffer("token");
      show_item(get->target, response);
    } else if (const auto* put = std::get_if<krpc::Put>(&query->what)) {
      last_put = *put;
      items[put->item.target()] = put->item;
    } else if (const auto* announce = std::get_if<krpc::AnnouncePeer>(&query->what)) {
      announced.insert(announce->info_hash);
      last_announce = *announce;
    } else if (const auto* find = std::get_if<krpc::FindNode>(&query->what)) {
      response.nodes = near(find->target);
    }
    if (sees_us_as) out.ip = Endpoint{*sees_us_as, 6881};
    out.body = std::move(response);
    replies.emplace(clock_.now() + 50ms, Reply{krpc::encode(out), to});
    return {};
  }
  Endpoint local() const override { return *Endpoint::parse("0.0.0.0:6881"); }

  std::vector<dht::NodeContact> nodes;
  std::multimap<Instant, Reply> replies;
  std::vector<Instant> asked_at;
  std::set<Sha1> hashes_asked, announced, targets_asked;
  std::optional<krpc::AnnouncePeer> last_announce;
  std::map<Sha1, dht::Item> items;  ///< which all nodes have
  std::optional<krpc::Put> last_put;
  dht::BloomFilter seeds_told, peers_told;  ///< when a scrape is asked for
  bool read_only = false;                   ///< as the last datagram says
  std::optional<IpAddress> sees_us_as;      ///< told with each answer

 private:
  void show_item(const Sha1& target, krpc::Response& response) const {
    const auto found = items.find(target);
    if (found == items.end()) return;
    response.value = found->second.value;
    if (!found->second.changing) return;
    response.key = found->second.changing->key;
    response.seq = found->second.changing->seq;
    response.signature = found->second.changing->signature;
  }
  std::vector<dht::NodeContact> near(const dht::NodeId& target) const {
    auto out = nodes;
    std::ranges::sort(out, {}, [&](const auto& one) { return dht::distance(target, one.id); });
    out.resize(9);
    return out;
  }

  const io::Clock& clock_;
};

/// A World of which the DHT needs little.
struct Outside {
  torrent::test::ManualClock clock;
  torrent::test::FakeFiles files;
  torrent::test::NoStore store;
  torrent::test::InlineWorkers workers{files, store};
  torrent::test::SeededEntropy entropy{1};
  torrent::test::NoAlarm alarm;
  torrent::test::NoResolver resolver;
  torrent::test::NoHttp http;
  torrent::test::NoGateway gateway;
  seed::test::FakeUplink uplink;
  torrent::test::MemoryNet net;
  io::World world{clock,   alarm,   entropy, net,   resolver, http,
                  gateway, workers, files,   store, uplink};
};

struct Setup final : DhtOwner {
  explicit Setup(std::uint32_t torrents, bool seed) {
    for (std::uint32_t i = 1; i <= torrents; ++i) {
      DhtWish wish;
      wish.info_hash = sha1(as_bytes(std::to_string(i)));
      wish.seed = seed;
      wish.starved = !seed;
      wishes[{i, 1}] = wish;
    }
    settings.dht_enabled = true;
    settings.dht_bootstrap_nodes = {network.nodes[0].endpoint.to_string()};
    dht.configure(settings, {.v4 = &network}, now());
    pass(1min);
    network.asked_at.clear();
    for (const auto& [id, wish] : wishes) dht.consider(id, now());
  }
  std::optional<DhtWish> dht_wish(TorrentId torrent) override {
    const auto found = wishes.find(torrent);
    return found == wishes.end() ? std::nullopt : std::optional(found->second);
  }
  void on_dht_peers(TorrentId, std::span<const Endpoint>, bool) override {}
  bool turns_away(const IpAddress&) override { return blocks; }
  std::uint16_t listen_port(const IpAddress&) override { return 7000; }
  void on_own_address(const IpAddress& address) override { own = address; }
  bool port_is_mapped() override { return mapped; }
  void keep_dht(const std::string&, Buffer) override {}

  Instant now() const { return outside.clock.now(); }
  void pass(Duration span) { pass(span, dht); }
  /// The network answers that one.
  void pass(Duration span, Dht& one) {
    const Instant end = now() + span;
    for (;;) {
      Instant next = one.deadline();
      if (!network.replies.empty()) next = std::min(next, network.replies.begin()->first);
      if (next > end) break;
      if (next > now()) outside.clock.advance(next - now());
      if (one.deadline() <= now()) one.on_deadline(now());
      while (!network.replies.empty() && network.replies.begin()->first <= now()) {
        const auto reply = network.replies.extract(network.replies.begin());
        one.on_datagram(reply.mapped().datagram, reply.mapped().from, now());
      }
    }
    outside.clock.advance(end - now());
  }

  Outside outside;
  config::Settings settings;
  std::map<TorrentId, DhtWish> wishes;
  DhtNetwork network{outside.clock};
  Dht dht{outside.world, Rng(1), *this, {}};
  std::optional<IpAddress> own;
  bool mapped = true;
  bool blocks = false;
};

std::uint32_t torrents_wanted() {
  const char* wanted = std::getenv("SEED_DHT_TORRENTS");
  return wanted != nullptr ? static_cast<std::uint32_t>(std::atoi(wanted)) : 800;
}

}  // namespace

TEST_CASE("very many seeds are announced in turn, at the rate that the DHT is asked with") {
  const std::uint32_t count = torrents_wanted();
  Setup setup(count, true);
  const dht::Node::Options usual;
  // Each costs some twenty questions here; some forty where nodes are many and some are silent.
  setup.pass(Dht::seeds_begin_within + std::chrono::seconds(count / 2));
  CHECK(setup.network.announced.size() == count);
  const auto& asked = setup.network.asked_at;
  const std::size_t most = usual.queries_per_second + usual.queries_burst;
  REQUIRE(asked.size() > most);
  for (std::size_t i = most; i < asked.size(); ++i) REQUIRE(asked[i] - asked[i - most] >= 1s - 1ms);
  // They come again in time, and not all at once.
  setup.network.announced.clear();
  setup.pass(Dht::seed_again_after + Dht::seeds_begin_within + std::chrono::seconds(count));
  CHECK(setup.network.announced.size() == count);
}

TEST_CASE("thousands that stop in one turn are asked for no more") {
  const std::uint32_t count = 4000;
  Setup setup(count, false);
  setup.pass(10s);
  const std::size_t begun = setup.network.hashes_asked.size();
  CHECK(begun > 0);
  CHECK(begun < 200);
  const auto ids = std::exchange(setup.wishes, {});
  for (const auto& [id, wish] : ids) setup.dht.consider(id, setup.now());
  setup.network.hashes_asked.clear();
  setup.network.announced.clear();
  setup.pass(1h);
  CHECK(setup.network.hashes_asked.empty());
  CHECK(setup.network.announced.empty());
  // They may come again.
  setup.wishes = ids;
  const TorrentId first = ids.begin()->first;
  setup.dht.consider(first, setup.now());
  setup.pass(1min);
  CHECK(setup.network.hashes_asked == std::set{ids.begin()->second.info_hash});
}

TEST_CASE(
    "who is announced may be reached at the port that is told, or at the one that we send from") {
  Setup setup(1, false);
  setup.pass(10s);
  REQUIRE(setup.network.last_announce);
  CHECK(setup.network.last_announce->port == 7000);
  CHECK_FALSE(setup.network.last_announce->implied_port);
  setup.mapped = false;
  setup.dht.hurry(setup.wishes.begin()->first, setup.now());
  setup.pass(10s);
  CHECK(setup.network.last_announce->port == 7000);
  CHECK(setup.network.last_announce->implied_port);
}

TEST_CASE("nodes are told that we only ask, as long as nobody can come in") {
  Setup setup(1, false);
  setup.pass(10s);
  CHECK_FALSE(setup.network.read_only);
  setup.dht.configure(setup.settings, {.v4 = &setup.network, .reachable = false}, setup.now());
  setup.dht.hurry(setup.wishes.begin()->first, setup.now());
  setup.pass(10s);
  CHECK(setup.network.read_only);
}

TEST_CASE("what the nodes that were asked see us as is told") {
  Setup setup(1, false);
  CHECK_FALSE(setup.own);
  setup.network.sees_us_as = IpAddress::parse("203.0.113.7");
  setup.dht.hurry(setup.wishes.begin()->first, setup.now());
  setup.pass(1min);
  CHECK(setup.own == setup.network.sees_us_as);
}

TEST_CASE("a hybrid is looked for and announced by both its hashes") {
  Setup setup(1, false);
  DhtWish& wish = setup.wishes.begin()->second;
  wish.info_hash_v2 = sha1(as_bytes("the other"));
  setup.pass(2min);
  CHECK(setup.network.announced == std::set{wish.info_hash, *wish.info_hash_v2});
  // Both have ended, so that it is searched for again as others are.
  setup.network.hashes_asked.clear();
  setup.pass(20min);
  CHECK(setup.network.hashes_asked.contains(wish.info_hash));
  CHECK(setup.network.hashes_asked.contains(*wish.info_hash_v2));
}

TEST_CASE("a search that is hurried stays so when its torrent is considered again") {
  Setup setup(1, false);
  setup.pass(10s);
  const TorrentId torrent = setup.wishes.begin()->first;
  setup.dht.hurry(torrent, setup.now());
  setup.dht.consider(torrent, setup.now());
  setup.network.hashes_asked.clear();
  setup.pass(60ms);
  CHECK_FALSE(setup.network.hashes_asked.empty());
}

TEST_CASE("who is turned away is neither heard nor asked") {
  Setup setup(1, false);
  setup.blocks = true;
  setup.network.asked_at.clear();
  setup.network.replies.clear();
  setup.dht.hurry(setup.wishes.begin()->first, setup.now());
  setup.pass(10min);
  CHECK(setup.network.asked_at.empty());
}

TEST_CASE("torrents whose node ends are searched for again when it is back") {
  Setup setup(20, false);
  setup.pass(6s);
  setup.dht.configure(setup.settings, {}, setup.now());
  CHECK_FALSE(setup.dht.running());
  setup.pass(1min);
  setup.network.hashes_asked.clear();
  setup.network.replies.clear();
  setup.dht.configure(setup.settings, {.v4 = &setup.network}, setup.now());
  for (const auto& [id, wish] : setup.wishes) setup.dht.consider(id, setup.now());
  setup.pass(10min);
  CHECK(setup.network.hashes_asked.size() == 20);
}

TEST_CASE("an item that was put is there to be got, and a put of the same key follows it") {
  Setup setup(0, false);
  const auto put = [&](const DhtPutOrder& order) {
    std::optional<OrderResult<DhtPutReply>> out;
    setup.dht.put(order, [&](auto result) { out = std::move(result); }, setup.now());
    setup.pass(limits::dht_order_timeout);
    REQUIRE(out.has_value());
    REQUIRE(out->has_value());
    return **out;
  };
  const auto get = [&](const DhtGetOrder& order) {
    std::optional<OrderResult<DhtItem>> out;
    setup.dht.get(order, [&](auto result) { out = std::move(result); }, setup.now());
    setup.pass(limits::dht_order_timeout);
    REQUIRE(out.has_value());
    return *std::move(out);
  };
  const auto plain = put({.value = "hello"});
  CHECK(plain.nodes == 8);
  CHECK(get({.what = plain.target})->text == "hello");

  Ed25519Seed seed;
  seed.octets.fill(3);
  const Ed25519Key key = ed25519_public_key(seed);
  CHECK(get({.what = key}).error().code == OrderErrorCode::not_in_dht);
  CHECK(put({.value = "one", .seed = seed}).by->seq == 1);
  const auto second = put({.value = "two", .seed = seed});
  CHECK(second.by->seq == 2);
  const auto got = get({.what = key});
  CHECK(got->text == "two");
  CHECK(got->by->seq == 2);
  CHECK(get({.what = second.target})->text == "two");
  CHECK(get({.what = key, .salt = "other"}).error().code == OrderErrorCode::not_in_dht);
  CHECK(put({.value = "three", .seed = seed, .cas = 2}).by->seq == 3);
  CHECK(setup.network.last_put->cas == 2);
}

TEST_CASE("a swarm is counted without being announced to") {
  Setup setup(0, false);
  for (std::uint32_t i = 0; i < 40; ++i)
    (i < 10 ? setup.network.seeds_told : setup.network.peers_told)
        .insert(IpAddress::v4(0x51000000 + i));
  std::optional<OrderResult<DhtScrapeReply>> out;
  const Sha1 hash = sha1(as_bytes("of nobody here"));
  setup.dht.scrape(hash, [&](auto result) { out = std::move(result); }, setup.now());
  setup.pass(limits::dht_order_timeout);
  REQUIRE(out.has_value());
  REQUIRE(out->has_value());
  CHECK((*out)->info_hash == hash);
  REQUIRE((*out)->v4);
  CHECK((*out)->v4->seeds == 10);
  CHECK((*out)->v4->leechers == 30);
  CHECK_FALSE((*out)->v6);
  CHECK(setup.network.announced.empty());
}

TEST_CASE("who asks while the DHT is off or goes is told so") {
  Setup setup(0, false);
  std::optional<OrderResult<DhtScrapeReply>> out;
  const auto take = [&](auto result) { out = std::move(result); };
  setup.dht.scrape(Sha1{}, take, setup.now());
  CHECK_FALSE(out.has_value());
  setup.dht.configure(setup.settings, {}, setup.now());
  REQUIRE(out.has_value());
  CHECK(out->error().code == OrderErrorCode::dht_failed);
  out.reset();
  setup.dht.scrape(Sha1{}, take, setup.now());
  REQUIRE(out.has_value());
  CHECK(out->error().code == OrderErrorCode::dht_failed);
  out.reset();
  setup.dht.configure(setup.settings, {.v4 = &setup.network}, setup.now());
  setup.dht.scrape(Sha1{}, take, setup.now());
  setup.dht.close();
  REQUIRE(out.has_value());
  CHECK(out->error().code == OrderErrorCode::dht_failed);
}

TEST_CASE("an order has its time, and what is late is not looked for any more") {
  Setup setup(0, false);
  Dht lonely(setup.outside.world, Rng(2), setup, {});
  setup.settings.dht_bootstrap_nodes.clear();
  lonely.configure(setup.settings, {.v4 = &setup.network}, setup.now());
  std::optional<OrderResult<DhtItem>> out;
  const Sha1 target = sha1(as_bytes("x"));
  lonely.get({.what = target}, [&](auto result) { out = std::move(result); }, setup.now());
  setup.pass(limits::dht_order_timeout - 1ms, lonely);
  CHECK_FALSE(out.has_value());
  setup.pass(1ms, lonely);
  REQUIRE(out.has_value());
  CHECK(out->error().code == OrderErrorCode::dht_failed);
  // It waited for nodes, which come now.
  lonely.on_node_named(setup.network.nodes[1].endpoint, setup.now());
  setup.pass(30s, lonely);
  CHECK(lonely.nodes() > 4);
  CHECK_FALSE(setup.network.targets_asked.contains(target));
}

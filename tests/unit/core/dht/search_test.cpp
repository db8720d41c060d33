#include "core/dht/search.h"

#include <map>

#include "core/dht/item_signature.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::dht;

namespace {

const NodeId own = *NodeId::from(as_bytes("abcdefghij0123456789"));
const Instant now = Instant{} + 10s;
const Sha1 hash = sha1(as_bytes("a torrent"));

Endpoint peer(std::uint32_t number) { return {IpAddress::v4(0x05000000U + number), 6881}; }

NodeContact node(std::uint8_t number) {
  NodeContact out;
  out.id.octets[0] = number;
  out.endpoint = {IpAddress::v4(0x06000000U + 0x10000U * number), 1};
  return out;
}

PeerSearch peers_of(const Sha1& info_hash) {
  PeerSearch out;
  out.info_hash = info_hash;
  return out;
}

krpc::Response response(const NodeContact& from) {
  krpc::Response out;
  out.id = from.id;
  out.token = to_buffer("token " + std::to_string(from.id.octets[0]));
  return out;
}

/// A search that begins with some nodes, each of which answers as it is told to.
struct Bench {
  explicit Bench(SearchGoal goal, std::uint8_t nodes = 3)
      : search({1}, std::move(goal), Family::v4, own) {
    std::vector<NodeContact> contacts;
    for (std::uint8_t i = 1; i <= nodes; ++i) contacts.push_back(node(i));
    search.lookup().start(contacts);
  }
  /// Answers all that is asked until nothing is.
  template <typename Answer>
  void run(Answer&& answer) {
    while (const auto ask = search.next_query(now)) {
      asked.push_back(*ask);
      auto found = search.on_response(ask->step, ask->to.endpoint, answer(*ask), now);
      peers.insert(peers.end(), found.peers.begin(), found.peers.end());
      if (found.item) items.push_back(*found.item);
    }
  }
  Search search;
  std::vector<Search::Ask> asked;
  std::vector<Endpoint> peers;
  std::vector<Item> items;
};

Item item_of(std::string_view value, std::int64_t seq) {
  Ed25519Seed seed;
  seed.octets.fill(5);
  return sign_item(as_bytes(value), {}, seq, seed);
}

krpc::Response item_response(const NodeContact& from, const Item& item) {
  auto out = response(from);
  out.value = item.value;
  if (item.changing) {
    out.key = item.changing->key;
    out.seq = item.changing->seq;
    out.signature = item.changing->signature;
  }
  return out;
}

}  // namespace

TEST_CASE("peers are told once each, and those of our own network not by strangers") {
  Bench bench(peers_of(hash));
  bench.run([](const Search::Ask& ask) {
    auto out = response(ask.to);
    out.values = {peer(1), peer(ask.to.id.octets[0] + 1U), {IpAddress::v4(0x0a000001), 5}};
    return out;
  });
  CHECK(bench.search.done());
  CHECK(bench.peers == std::vector{peer(1), peer(2), peer(3), peer(4)});
  for (const auto& ask : bench.asked)
    CHECK(std::get<krpc::GetPeers>(ask.what) == krpc::GetPeers{hash, {}, false, false});
}

TEST_CASE("who is asked aside is asked for nodes, and what it says of peers does not count") {
  Bench bench(peers_of(hash), 8);
  std::vector<NodeContact> all;
  for (std::uint8_t i = 1; i <= 8; ++i) all.push_back(node(i));
  bench.run([&](const Search::Ask& ask) {
    auto out = response(ask.to);
    out.nodes = all;
    if (ask.step == Search::Step::aside) out.values = {peer(1)};
    return out;
  });
  std::size_t asides = 0;
  for (const auto& ask : bench.asked) {
    if (ask.step != Search::Step::aside) continue;
    ++asides;
    CHECK(std::get<krpc::FindNode>(ask.what) == krpc::FindNode{ask.to.id, {}});
  }
  CHECK(asides > 0);
  CHECK(bench.search.statistics().asides == asides);
  CHECK(bench.peers.empty());
  CHECK(bench.search.done());
}

TEST_CASE("an announce goes to those that gave a token, with their own") {
  auto goal = peers_of(hash);
  goal.announce = PeerSearch::Announce{99, true, true};
  Bench bench(goal);
  bench.run([](const Search::Ask& ask) {
    auto out = response(ask.to);
    if (ask.to.id.octets[0] == 2) out.token.clear();
    return out;
  });
  REQUIRE(bench.asked.size() == 5);
  for (std::size_t i = 3; i < 5; ++i) {
    CHECK(bench.asked[i].step == Search::Step::storing);
    const auto& announce = std::get<krpc::AnnouncePeer>(bench.asked[i].what);
    CHECK(announce.info_hash == hash);
    CHECK(announce.port == 99);
    CHECK(announce.implied_port);
    CHECK(announce.seed);
    CHECK(as_text(announce.token) == "token " + std::to_string(bench.asked[i].to.id.octets[0]));
  }
  CHECK(bench.search.done());
  CHECK(bench.search.stored_on() == 2);
  CHECK(bench.search.statistics().answered == 3);
}

TEST_CASE("a store that is refused or lost is not counted, and the reason is kept") {
  auto goal = peers_of(hash);
  goal.announce = PeerSearch::Announce{99, false, false};
  Bench bench(goal);
  std::vector<Search::Ask> stores;
  while (const auto ask = bench.search.next_query(now))
    if (ask->step == Search::Step::storing)
      stores.push_back(*ask);
    else
      bench.search.on_response(ask->step, ask->to.endpoint, response(ask->to), now);
  REQUIRE(stores.size() == 3);
  CHECK_FALSE(bench.search.done());
  bench.search.on_error(Search::Step::storing, stores[0].to.endpoint, {203, "bad token"});
  bench.search.on_slow(Search::Step::storing, stores[1].to.endpoint);
  bench.search.on_lost(Search::Step::storing, stores[1].to.endpoint);
  CHECK_FALSE(bench.search.done());
  bench.search.on_response(Search::Step::storing, stores[2].to.endpoint, response(stores[2].to),
                           now);
  CHECK(bench.search.done());
  CHECK(bench.search.stored_on() == 1);
  CHECK(bench.search.refusal() == krpc::Error{203, "bad token"});
}

TEST_CASE("a search without an answer is done when all is lost") {
  auto goal = peers_of(hash);
  goal.announce = PeerSearch::Announce{99, false, false};
  Bench bench(goal);
  while (const auto ask = bench.search.next_query(now)) {
    bench.search.on_slow(ask->step, ask->to.endpoint);
    bench.search.on_lost(ask->step, ask->to.endpoint);
  }
  CHECK(bench.search.done());
  CHECK(bench.search.statistics().failed == 3);
  CHECK(bench.search.stored_on() == 0);
}

TEST_CASE("a swarm is the union of what nodes say, and full filters are lies") {
  auto goal = peers_of(hash);
  goal.scrape = true;
  Bench bench(goal);
  CHECK_FALSE(bench.search.swarm());
  bench.run([](const Search::Ask& ask) {
    auto out = response(ask.to);
    out.seeds.emplace();
    out.peers.emplace();
    const auto number = ask.to.id.octets[0];
    if (number == 3) {
      out.seeds = BloomFilter::from(Buffer(BloomFilter::size, 0xff));
      return out;
    }
    for (std::uint32_t i = 0; i < 20; ++i) out.seeds->insert(peer(i + 10 * number).address);
    for (std::uint32_t i = 0; i < 50; ++i) out.peers->insert(peer(1000 + i).address);
    return out;
  });
  REQUIRE(bench.search.swarm());
  CHECK(bench.search.swarm()->seeds == Approx(30).margin(3));
  CHECK(bench.search.swarm()->peers == Approx(50).margin(3));
  CHECK(std::get<krpc::GetPeers>(bench.asked[0].what).scrape);
}

TEST_CASE("peers of nodes that cannot count are counted, unless they are seeds elsewhere") {
  auto goal = peers_of(hash);
  goal.scrape = true;
  Bench bench(goal);
  bench.run([](const Search::Ask& ask) {
    auto out = response(ask.to);
    if (ask.to.id.octets[0] == 1)
      for (std::uint32_t i = 0; i < 10; ++i) out.values.push_back(peer(i));
    if (ask.to.id.octets[0] == 2) {
      out.seeds.emplace();
      for (std::uint32_t i = 0; i < 5; ++i) out.seeds->insert(peer(i).address);
    }
    return out;
  });
  REQUIRE(bench.search.swarm());
  CHECK(bench.search.swarm()->seeds == Approx(5).margin(1));
  CHECK(bench.search.swarm()->peers == Approx(5).margin(1));
}

TEST_CASE("an immutable item ends its search, and a false one does not") {
  const Item item{to_buffer("4:true"), std::nullopt};
  Bench bench(ItemSearch{item.target(), {}, std::nullopt}, 6);
  bench.run([&](const Search::Ask& ask) {
    if (bench.asked.size() < 2) return item_response(ask.to, {to_buffer("5:false"), std::nullopt});
    return item_response(ask.to, item);
  });
  CHECK(bench.items == std::vector{item});
  CHECK(bench.asked.size() == 2);
  CHECK(bench.search.done());
}

TEST_CASE("of mutable items the newest that is signed counts") {
  const auto first = item_of("3:one", 1);
  auto forged = item_of("5:wrong", 9);
  forged.changing->seq = 10;
  Bench bench(ItemSearch{first.target(), {}, std::nullopt}, 5);
  bench.run([&](const Search::Ask& ask) {
    switch (bench.asked.size()) {
      case 1:
        return item_response(ask.to, first);
      case 2:
        return item_response(ask.to, forged);
      case 3:
        return item_response(ask.to, item_of("5:three", 3));
      default:
        return item_response(ask.to, item_of("3:two", 2));
    }
  });
  CHECK(bench.items == std::vector{first, item_of("5:three", 3)});
  CHECK(bench.search.done());
  // Later ones are asked for what is newer only.
  CHECK(std::get<krpc::Get>(bench.asked[0].what).seq == std::nullopt);
  CHECK(std::get<krpc::Get>(bench.asked[1].what).seq == 1);
  CHECK(std::get<krpc::Get>(bench.asked[4].what).seq == 3);
}

TEST_CASE("an item without its key, sequence number or signature, or of another key, is none") {
  const auto item = item_of("3:one", 1);
  Ed25519Seed other;
  const auto foreign = sign_item(as_bytes("3:one"), {}, 1, other);
  Bench bench(ItemSearch{item.target(), {}, std::nullopt}, 5);
  bench.run([&](const Search::Ask& ask) {
    auto out = item_response(ask.to, item);
    switch (bench.asked.size()) {
      case 1:
        out.signature.reset();
        break;
      case 2:
        out.seq.reset();
        break;
      case 3:
        out.key.reset();
        break;
      case 4:
        out.seq = -1;
        break;
      default:
        return item_response(ask.to, foreign);
    }
    return out;
  });
  CHECK(bench.items.empty());
}

TEST_CASE("a put has cas only for nodes that gave something") {
  const auto item = item_of("3:two", 2);
  Bench bench(ItemStoring{item, 1}, 3);
  bench.run([&](const Search::Ask& ask) {
    if (ask.step == Search::Step::looking && ask.to.id.octets[0] == 2)
      return item_response(ask.to, item_of("3:one", 1));
    return response(ask.to);
  });
  CHECK(bench.search.stored_on() == 3);
  for (const auto& ask : bench.asked) {
    if (ask.step == Search::Step::looking) continue;
    const auto& put = std::get<krpc::Put>(ask.what);
    CHECK(put.item == item);
    CHECK(put.cas == (ask.to.id.octets[0] == 2 ? std::optional<std::int64_t>(1) : std::nullopt));
  }
}

TEST_CASE("nothing is put where a newer item is") {
  Bench bench(ItemStoring{item_of("3:one", 1), std::nullopt}, 3);
  bench.run([&](const Search::Ask& ask) { return item_response(ask.to, item_of("3:two", 2)); });
  CHECK(bench.search.done());
  CHECK(bench.search.stored_on() == 0);
  CHECK(bench.search.refusal()->code == 302);
  CHECK(bench.items == std::vector{item_of("3:two", 2)});
}

TEST_CASE("nothing is put where another value has the same number, and the same one is put again") {
  for (const auto& [there, stored] : {std::pair("3:two", 0U), {"3:one", 3U}}) {
    CAPTURE(there);
    Bench bench(ItemStoring{item_of("3:one", 1), std::nullopt}, 3);
    bench.run([&](const Search::Ask& ask) { return item_response(ask.to, item_of(there, 1)); });
    CHECK(bench.search.stored_on() == stored);
    CHECK(bench.search.refusal().has_value() == (stored == 0));
  }
}

TEST_CASE("contacts of the other family are found by who asked for both") {
  Search search({1}, NodeSearch{own, true}, Family::v4, own);
  search.lookup().start(std::vector{node(1)});
  const auto ask = search.next_query(now);
  REQUIRE(ask);
  CHECK(std::get<krpc::FindNode>(ask->what) == krpc::FindNode{own, {true, true}});
  auto told = response(node(1));
  const NodeContact other{node(9).id, *Endpoint::parse("[2001:db8::1]:1")};
  told.nodes6 = std::vector{other};
  CHECK(search.on_response(ask->step, node(1).endpoint, told, now).other_family ==
        std::vector{other});
  Search single({1}, NodeSearch{own, false}, Family::v4, own);
  single.lookup().start(std::vector{node(1)});
  const auto plain = single.next_query(now);
  CHECK(std::get<krpc::FindNode>(plain->what).want == krpc::Want{});
  CHECK(single.on_response(plain->step, node(1).endpoint, told, now).other_family.empty());
}

TEST_CASE("peers beyond the bound are left out") {
  Search search({1}, peers_of(hash), Family::v4, own);
  std::vector<Endpoint> many;
  for (std::uint32_t i = 0; i < Search::peers_max + 10; ++i) many.push_back(peer(i));
  CHECK(search.add_peers(many).size() == Search::peers_max);
  CHECK(search.add_peers({peer(1'000'000)}).empty());
}

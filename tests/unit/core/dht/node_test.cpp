#include "core/dht/node.h"

#include "core/dht/item_signature.h"
#include "tests/support/catch.h"
#include "tests/unit/core/dht/network.h"

using namespace seed;
using namespace seed::dht;
using namespace seed::dht::test;

namespace {

PeerSearch announcing(const Sha1& info_hash, std::uint16_t port, bool seed = false) {
  PeerSearch out;
  out.info_hash = info_hash;
  out.announce = PeerSearch::Announce{port, false, seed};
  return out;
}
PeerSearch looking_for(const Sha1& info_hash) {
  PeerSearch out;
  out.info_hash = info_hash;
  return out;
}

krpc::Message query(krpc::What what, std::string_view id = "abcdefghij0123456789") {
  krpc::Message out;
  out.transaction = to_buffer("aa");
  out.body = krpc::Query{*NodeId::from(as_bytes(id)), false, std::move(what)};
  return out;
}

/// What a node sends at once when it gets that from a stranger.
std::optional<krpc::Message> answer(Network& network, Network::Member& member, const Buffer& asked,
                                    const Endpoint& from) {
  network.watched = &member;
  network.sent_by_watched.clear();
  network.inject(member, asked, from);
  for (const auto& [at, sent] : network.sent_by_watched)
    if (sent.to == from) return *krpc::parse(sent.datagram);
  return std::nullopt;
}

const Endpoint stranger = *Endpoint::parse("203.0.113.9:4444");

}  // namespace

TEST_CASE("nodes that begin with one of them get to know each other") {
  Network network;
  network.grow(50);
  network.run_for(1min);
  for (const auto& member : network.members) {
    const auto facts = member->node->facts(network.now);
    CHECK(facts.nodes_good >= 8);
    CHECK(facts.searches_running == 0);
    CHECK(facts.counts.malformed == 0);
  }
}

TEST_CASE("a peer that was announced is found, on the port that was announced") {
  Network network;
  network.grow(50);
  network.run_for(30s);
  network.search(network[10], 1, announcing(hash_of("a"), 7777));
  const auto announced = network.finish(network[10], 1);
  CHECK(announced.stored_on == Lookup::results_max);
  CHECK_FALSE(announced.refusal);
  for (const std::size_t row : {20U, 30U, 40U}) {
    network.search(network[row], 2, looking_for(hash_of("a")));
    const auto done = network.finish(network[row], 2);
    CHECK(network.peers_found(network[row], 2) == std::set{Endpoint{network[10].at.address, 7777}});
    CHECK(done.stored_on == 0);
    CHECK(done.statistics.answered >= Lookup::results_max);
  }
  CHECK(network.longest <= krpc::value_answer_bytes_max);
}

TEST_CASE("with a third of the nodes silent and datagrams lost, peers are found still") {
  Network network(2);
  network.grow(60);
  network.run_for(30s);
  for (std::size_t row = 1; row < 60; row += 3) network[row].silent = true;
  network.loss = 0.05;
  int found = 0;
  for (std::uint64_t i = 0; i < 20; ++i) {
    const auto hash = hash_of("torrent " + std::to_string(i));
    auto& announcer = network[3 * i % 57 + 2];
    if (announcer.silent) announcer.silent = false;
    network.search(announcer, i, announcing(hash, 1000));
    CHECK(network.finish(announcer, i).stored_on > 0);
    auto& looker = network[(3 * i + 30) % 60];
    network.search(looker, 100 + i, looking_for(hash));
    network.finish(looker, 100 + i);
    if (!network.peers_found(looker, 100 + i).empty()) ++found;
  }
  CHECK(found == 20);
}

TEST_CASE("two nodes are a network: who stores for the other finds it with itself") {
  Network network;
  network.grow(2);
  network.run_for(10s);
  network.search(network[0], 1, announcing(hash_of("a"), 7000));
  CHECK(network.finish(network[0], 1).stored_on == 1);
  network.search(network[1], 1, looking_for(hash_of("a")));
  network.finish(network[1], 1);
  CHECK(network.peers_found(network[1], 1) == std::set{Endpoint{network[0].at.address, 7000}});
}

TEST_CASE("who keeps an item for the other finds it with itself") {
  Network network;
  network.grow(2);
  network.run_for(10s);
  Ed25519Seed seed;
  seed.octets.fill(9);
  const Item plain{to_buffer("12:Hello World!"), std::nullopt};
  const Item owned = sign_item(as_bytes("3:one"), as_bytes("salt"), 7, seed);
  network.search(network[0], 1, ItemStoring{plain, std::nullopt});
  CHECK(network.finish(network[0], 1).stored_on == 1);
  network.search(network[0], 2, ItemStoring{owned, std::nullopt});
  CHECK(network.finish(network[0], 2).stored_on == 1);
  std::uint64_t next = 1;
  const auto found = [&](const ItemSearch& goal) {
    network[1].events.clear();
    network.search(network[1], next, goal);
    network.finish(network[1], next++);
    const auto items = network.events<ItemFound>(network[1]);
    return items.empty() ? std::nullopt : std::optional(items.back().item);
  };
  CHECK(found({plain.target(), {}, std::nullopt}) == plain);
  CHECK(found({owned.target(), to_buffer("salt"), 6}) == owned);
  CHECK_FALSE(found({owned.target(), to_buffer("salt"), 7}));
  CHECK_FALSE(found({owned.target(), to_buffer("pepper"), std::nullopt}));
}

TEST_CASE("an implied port is that of the datagram") {
  Network network;
  network.grow(2);
  network.run_for(10s);
  auto search = announcing(hash_of("a"), 7000);
  search.announce->implied_port = true;
  network.search(network[0], 1, search);
  network.finish(network[0], 1);
  network.search(network[1], 1, looking_for(hash_of("a")));
  network.finish(network[1], 1);
  CHECK(network.peers_found(network[1], 1) == std::set{network[0].at});
}

TEST_CASE("an announce with a wrong token is refused and not stored") {
  Network network;
  network.grow(1);
  for (const auto* token : {"", "12345678", "way too long for a token"}) {
    const auto told = answer(
        network, network[0],
        krpc::encode(query(krpc::AnnouncePeer{hash_of("a"), 1, false, false, to_buffer(token)})),
        stranger);
    REQUIRE(told);
    CHECK(std::get<krpc::Error>(told->body).code == 203);
  }
  // A token of another address.
  const auto given =
      answer(network, network[0],
             krpc::encode(query(krpc::GetPeers{hash_of("a"), {}, false, false})), stranger);
  REQUIRE(given);
  const auto token = std::get<krpc::Response>(given->body).token;
  const auto announce =
      krpc::encode(query(krpc::AnnouncePeer{hash_of("a"), 1, false, false, token}));
  const auto other = *Endpoint::parse("203.0.113.10:4444");
  CHECK(std::holds_alternative<krpc::Error>(answer(network, network[0], announce, other)->body));
  CHECK(network[0].node->facts(network.now).announces_stored == 0);
  CHECK(std::holds_alternative<krpc::Response>(
      answer(network, network[0], announce, stranger)->body));
  CHECK(network[0].node->facts(network.now).announces_stored == 1);
}

TEST_CASE("a read-only node finds others, answers nobody and is in no table") {
  Network network;
  network.grow(20);
  Node::Options options;
  options.read_only = true;
  auto& shy = network.add(endpoint_of(20), options);
  network.bootstrap(shy);
  network.run_for(1min);
  CHECK(shy.node->facts(network.now).nodes_good > 8);
  network.search(shy, 1, announcing(hash_of("a"), 9));
  CHECK(network.finish(shy, 1).stored_on == Lookup::results_max);
  const auto asked = krpc::encode(query(krpc::Ping{}));
  CHECK_FALSE(answer(network, shy, asked, stranger));
  CHECK(shy.node->facts(network.now).counts.queries_unanswered == 1);
  for (const auto& member : network.members) {
    if (member.get() == &shy) continue;
    CHECK_FALSE(member->node->table().knows({shy.node->id(), shy.at}));
    const auto close = member->node->table().closest(shy.node->id(), 50, network.now);
    CHECK(std::ranges::find(close, shy.at, &NodeContact::endpoint) == close.end());
  }
}

TEST_CASE("searches beyond sixteen wait, and queries keep their rate") {
  Network network;
  network.grow(30);
  network.run_for(30s);
  auto& busy = network[5];
  network.watched = &busy;
  const Instant start = network.now;
  for (std::uint64_t i = 0; i < 200; ++i)
    network.search(busy, i, announcing(hash_of(std::to_string(i)), 1));
  CHECK(busy.node->facts(network.now).searches_running == Searches::running_max);
  CHECK(busy.node->facts(network.now).searches_waiting == 200 - Searches::running_max);
  for (std::uint64_t i = 0; i < 200; ++i) CHECK(network.finish(busy, i).stored_on > 0);
  CHECK(busy.node->facts(network.now).searches_running == 0);
  // In any second no more than the rate and the burst.
  std::vector<Instant> asked;
  for (const auto& [at, sent] : network.sent_by_watched)
    if (at >= start && std::holds_alternative<krpc::Query>(krpc::parse(sent.datagram)->body))
      asked.push_back(at);
  REQUIRE(asked.size() > 1000);
  for (std::size_t i = 75; i < asked.size(); ++i) REQUIRE(asked[i] - asked[i - 75] >= 1s - 1ms);
  // That is what it takes, so no time was wasted either.
  const double needed = static_cast<double>(asked.size()) / 50;
  CHECK(seconds_of(asked.back() - start) < needed + 10);
}

TEST_CASE("many searches do not keep a node from pinging whom it hears of") {
  Network network;
  network.grow(30);
  network.run_for(30s);
  auto& busy = network[5];
  for (std::uint64_t i = 0; i < 400; ++i)
    network.search(busy, i, looking_for(hash_of(std::to_string(i))));
  network.watched = &busy;
  const auto heard = *Endpoint::parse("198.51.100.1:1");
  busy.node->add_contact(heard, network.now);
  network.drain(busy);
  network.run_for(10s);
  CHECK(busy.node->facts(network.now).searches_running == Searches::running_max);
  CHECK(std::ranges::count(network.sent_by_watched, heard,
                           [](const auto& sent) { return sent.second.to; }) == 1);
}

TEST_CASE("an urgent search goes before others that wait") {
  Network network;
  network.grow(30);
  network.run_for(30s);
  auto& busy = network[5];
  for (std::uint64_t i = 0; i < 60; ++i)
    network.search(busy, i, looking_for(hash_of(std::to_string(i))));
  network.search(busy, 99, looking_for(hash_of("urgent")), true);
  network.finish(busy, 99);
  CHECK(network.events<SearchDone>(busy).size() < 30);
}

TEST_CASE("a cancelled search ends without a word, running or waiting") {
  Network network;
  network.grow(20);
  network.run_for(30s);
  auto& member = network[5];
  for (std::uint64_t i = 0; i < 20; ++i)
    network.search(member, i, announcing(hash_of(std::to_string(i)), 1));
  for (const std::uint64_t id : {3U, 18U, 77U}) {
    member.node->cancel({id}, network.now);
    network.drain(member);
  }
  network.run_for(2min);
  std::set<SearchId> done;
  for (const auto& event : network.events<SearchDone>(member)) done.insert(event.search);
  CHECK(done.size() == 18);
  CHECK_FALSE(done.contains({3}));
  CHECK_FALSE(done.contains({18}));
}

TEST_CASE("a search without any node ends after a while with nobody asked") {
  Network network;
  network.grow(1);
  network.search(network[0], 1, looking_for(hash_of("a")));
  const Instant start = network.now;
  const auto done = network.finish(network[0], 1);
  CHECK(done.statistics.asked == 0);
  CHECK(network.now - start == Searches::patience);
}

TEST_CASE("a search that waits for nodes goes on when there are some") {
  Network network;
  network.grow(20);
  network.run_for(20s);
  auto& late = network.add(endpoint_of(20));
  network.search(late, 1, looking_for(hash_of("a")));
  network.run_for(20s);
  CHECK(network.events<SearchDone>(late).empty());
  late.node->add_contact(network[3].at, network.now);
  network.drain(late);
  CHECK(network.finish(late, 1).statistics.answered >= Lookup::results_max);
}

TEST_CASE("a swarm is counted, seeds and others apart (BEP 33)") {
  Network network(3);
  network.grow(80);
  network.run_for(30s);
  const auto hash = hash_of("counted");
  for (std::size_t row = 0; row < 60; ++row)
    network.search(network[row], 1, announcing(hash, 7000, row < 20));
  for (std::size_t row = 0; row < 60; ++row) network.finish(network[row], 1);
  auto search = looking_for(hash);
  search.scrape = true;
  network.search(network[70], 2, search);
  const auto done = network.finish(network[70], 2);
  REQUIRE(done.swarm);
  CHECK(done.swarm->seeds == Approx(20).margin(3));
  CHECK(done.swarm->peers == Approx(40).margin(4));
  search.scrape = false;
  search.noseed = true;
  network.search(network[71], 3, search);
  network.finish(network[71], 3);
  CHECK(network.peers_found(network[71], 3).size() == 40);
}

TEST_CASE("an immutable item that was put is got, and nothing else at its target") {
  Network network;
  network.grow(30);
  network.run_for(20s);
  const Item item{to_buffer("12:Hello World!"), std::nullopt};
  network.search(network[3], 1, ItemStoring{item, std::nullopt});
  CHECK(network.finish(network[3], 1).stored_on == Lookup::results_max);
  network.search(network[20], 1, ItemSearch{item.target(), {}, std::nullopt});
  network.finish(network[20], 1);
  CHECK(network.events<ItemFound>(network[20]) == std::vector{ItemFound{{1}, item}});
  network.search(network[21], 1, ItemSearch{hash_of("nothing"), {}, std::nullopt});
  CHECK(network.finish(network[21], 1).statistics.answered > 0);
  CHECK(network.events<ItemFound>(network[21]).empty());
}

TEST_CASE("of a mutable item the newest is got, and an older one is not put over it") {
  Network network;
  network.grow(30);
  network.run_for(20s);
  Ed25519Seed seed;
  seed.octets.fill(9);
  const auto one = sign_item(as_bytes("3:one"), as_bytes("salt"), 1, seed);
  const auto two = sign_item(as_bytes("3:two"), as_bytes("salt"), 2, seed);
  network.search(network[3], 1, ItemStoring{one, std::nullopt});
  CHECK(network.finish(network[3], 1).stored_on == Lookup::results_max);
  network.search(network[4], 1, ItemStoring{two, 1});
  CHECK(network.finish(network[4], 1).stored_on >= Lookup::results_max - 1);
  network.search(network[20], 1, ItemSearch{one.target(), to_buffer("salt"), std::nullopt});
  network.finish(network[20], 1);
  REQUIRE_FALSE(network.events<ItemFound>(network[20]).empty());
  CHECK(network.events<ItemFound>(network[20]).back().item == two);
  network.search(network[5], 1, ItemStoring{one, std::nullopt});
  const auto refused = network.finish(network[5], 1);
  CHECK(refused.stored_on == 0);
  REQUIRE(refused.refusal);
  CHECK(refused.refusal->code == 302);
  CHECK(network.events<ItemFound>(network[5]).back().item == two);
  // With the wrong salt nothing belongs there.
  network.search(network[21], 1, ItemSearch{one.target(), to_buffer("pepper"), std::nullopt});
  network.finish(network[21], 1);
  CHECK(network.events<ItemFound>(network[21]).empty());
  // Who has the newest hears nothing new.
  network.search(network[22], 1, ItemSearch{one.target(), to_buffer("salt"), 2});
  network.finish(network[22], 1);
  CHECK(network.events<ItemFound>(network[22]).empty());
}

TEST_CASE("a compare-and-swap that comes too late is refused by the nodes that have the item") {
  Network network;
  network.grow(20);
  network.run_for(20s);
  Ed25519Seed seed;
  seed.octets.fill(9);
  network.search(network[3], 1, ItemStoring{sign_item(as_bytes("3:two"), {}, 2, seed), {}});
  network.finish(network[3], 1);
  network.search(network[4], 1, ItemStoring{sign_item(as_bytes("3:six"), {}, 6, seed), 1});
  const auto done = network.finish(network[4], 1);
  REQUIRE(done.refusal);
  CHECK(done.refusal->code == 301);
}

TEST_CASE("an item that is too large is not looked for a place for") {
  Network network;
  network.grow(1);
  const Item large{Buffer(ItemStore::value_bytes_max + 1, 'i'), std::nullopt};
  CHECK_FALSE(network[0].node->search({1}, ItemStoring{large, {}}, false, network.now));
  CHECK_FALSE(network[0].node->search({1}, ItemStoring{}, false, network.now));
}

TEST_CASE("what nodes say of our address makes our id a secure one (BEP 42)") {
  Network network;
  network.grow(30);
  Node::Options options;
  options.id = NodeId{};
  auto& member = network.add(endpoint_of(30), options);
  network.bootstrap(member);
  network.run_for(1min);
  CHECK(network.events<AddressSeen>(member) == std::vector{AddressSeen{member.at.address}});
  REQUIRE(network.events<IdChanged>(member).size() == 1);
  CHECK(network.events<IdChanged>(member)[0].id == member.node->id());
  CHECK(is_secure_for(member.node->id(), member.at.address));
  CHECK(member.node->facts(network.now).external == member.at.address);
  CHECK(member.node->facts(network.now).nodes_good > 8);
}

TEST_CASE("who knows our address is believed before nodes are") {
  Network network;
  network.grow(30);
  auto& member = network.add(endpoint_of(30));
  const auto told = *IpAddress::parse("8.8.4.4");
  member.node->set_external(told, network.now);
  network.bootstrap(member);
  network.run_for(1min);
  CHECK(is_secure_for(member.node->id(), told));
  CHECK(network.events<IdChanged>(member).size() == 1);
  CHECK(network.events<AddressSeen>(member).empty());
  member.node->set_external(std::nullopt, network.now);
  network.drain(member);
  CHECK(is_secure_for(member.node->id(), member.at.address));
}

TEST_CASE("what was saved is begun with at the next start, without any router") {
  Network network;
  network.grow(30);
  network.run_for(30s);
  const auto saved = network[7].node->save(network.now);
  CHECK(saved.id == network[7].node->id());
  CHECK(saved.contacts.size() > 8);
  network[7].silent = true;
  Node::Options options;
  options.id = saved.id;
  auto& again = network.add(endpoint_of(31), options);
  again.node->load(saved.contacts, network.now);
  network.drain(again);
  network.run_for(20s);
  CHECK(again.node->facts(network.now).nodes_good > 8);
}

TEST_CASE("a node whose line was cut finds the others when it is back") {
  Network network;
  network.grow(30);
  network.run_for(30s);
  network[9].silent = true;
  network.run_for(1h);
  CHECK(network[9].node->facts(network.now).nodes_good == 0);
  network[9].silent = false;
  network.run_for(15min);
  CHECK(network[9].node->facts(network.now).nodes_good > 8);
}

TEST_CASE("contacts of the other family are told to who wants them, and asked for at first") {
  Network network;
  // Each of 20 hosts has a node of each family.
  Node::Options options;
  options.dual_stack = true;
  for (std::size_t row = 0; row < 20; ++row) {
    auto& v4 = network.add(endpoint_of(row), options);
    auto& v6 = network.add(endpoint6_of(row), options);
    v4.sibling = &v6;
    v6.sibling = &v4;
    const Endpoint first = endpoint_of(0);
    const Endpoint first6 = endpoint6_of(0);
    if (row > 0) v4.node->bootstrap(std::span(&first, 1), network.now);
    if (row > 0) v6.node->bootstrap(std::span(&first6, 1), network.now);
    network.drain(v4);
    network.drain(v6);
    network.run_for(1s);
  }
  network.run_for(20s);
  // The last host knows nobody of IPv6 but by its IPv4 node.
  auto& v4 = network.add(endpoint_of(20), options);
  auto& v6 = network.add(endpoint6_of(20), options);
  v4.sibling = &v6;
  network.bootstrap(v4);
  network.run_for(5s);
  const auto told = network.events<ContactsFound>(v4);
  REQUIRE_FALSE(told.empty());
  for (const auto& event : told)
    for (const auto& contact : event.contacts) {
      CHECK(contact.endpoint.address.is_v6());
      v6.node->add_contact(contact.endpoint, network.now);
      network.drain(v6);
    }
  network.run_for(20s);
  CHECK(v6.node->facts(network.now).nodes_good > 8);
}

TEST_CASE("an answer counts only from where the question went and with its transaction id") {
  Network network;
  network.grow(1);
  auto& member = network[0];
  network.watched = &member;
  const auto other = *Endpoint::parse("198.51.100.1:1");
  member.node->add_contact(other, network.now);
  network.drain(member);
  REQUIRE(network.sent_by_watched.size() == 1);
  auto pong = *krpc::parse(network.sent_by_watched[0].second.datagram);
  krpc::Response response;
  response.id = NodeId{{1}};
  pong.body = response;
  network.inject(member, krpc::encode(pong), *Endpoint::parse("198.51.100.2:1"));
  auto wrong = pong;
  wrong.transaction[0] ^= 1;
  network.inject(member, krpc::encode(wrong), other);
  CHECK(member.node->table().size() == 0);
  CHECK(member.node->facts(network.now).counts.unexpected == 2);
  network.inject(member, krpc::encode(pong), other);
  CHECK(member.node->table().size() == 1);
  // Once.
  network.inject(member, krpc::encode(pong), other);
  CHECK(member.node->facts(network.now).counts.unexpected == 3);
}

TEST_CASE("who answers with our own id is nobody") {
  Network network;
  network.grow(1);
  auto& member = network[0];
  network.watched = &member;
  const auto other = *Endpoint::parse("198.51.100.1:1");
  member.node->add_contact(other, network.now);
  network.drain(member);
  auto pong = *krpc::parse(network.sent_by_watched[0].second.datagram);
  krpc::Response response;
  response.id = member.node->id();
  pong.body = response;
  network.inject(member, krpc::encode(pong), other);
  CHECK(member.node->table().size() == 0);
}

TEST_CASE("what is no message, or of the other family, does nothing") {
  Network network;
  network.grow(1);
  network.inject(network[0], to_buffer("d1:q"), stranger);
  network.inject(network[0], {}, stranger);
  network.inject(network[0], krpc::encode(query(krpc::Ping{})), endpoint6_of(1));
  network.inject(network[0], krpc::encode(query(krpc::Ping{})), {stranger.address, 0});
  const auto facts = network[0].node->facts(network.now);
  CHECK(facts.counts.malformed == 2);
  CHECK(facts.counts.unexpected == 2);
  CHECK(facts.counts.datagrams_sent == 0);
}

TEST_CASE("the routers are left alone once there are enough others") {
  Network network;
  network.grow(40);
  network.run_for(2min);
  auto& member = network[39];
  CHECK(member.node->facts(network.now).nodes_good >= Upkeep::nodes_enough);
  network.watched = &member;
  network.sent_by_watched.clear();
  network.run_for(1h);
  std::size_t to_router = 0;
  for (const auto& [at, sent] : network.sent_by_watched)
    if (sent.to == network[0].at &&
        std::holds_alternative<krpc::Query>(krpc::parse(sent.datagram)->body))
      ++to_router;
  // Now and then others name it.
  CHECK(network.sent_by_watched.size() > 50);
  CHECK(to_router <= 5);
}

TEST_CASE("two runs of one seed are one") {
  const auto run = [] {
    Network network(77);
    network.loss = 0.1;
    network.grow(25);
    network.search(network[3], 1, announcing(hash_of("a"), 1));
    network.run_for(1min);
    std::string out;
    for (const auto& member : network.members) {
      const auto facts = member->node->facts(network.now);
      out += facts.id.hex() + std::to_string(facts.counts.octets_received) + ";";
    }
    return out;
  };
  CHECK(run() == run());
}

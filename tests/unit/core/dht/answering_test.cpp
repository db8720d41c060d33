#include "core/dht/answering.h"

#include "core/dht/item_signature.h"
#include "core/dht/krpc_reader.h"
#include "core/dht/krpc_writer.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::dht;

namespace {

const Instant start = Instant{} + 1000s;
const NodeId own = *NodeId::from(as_bytes("abcdefghij0123456789"));
const NodeId asker = *NodeId::from(as_bytes("mnopqrstuvwxyz123456"));
const Endpoint stranger = *Endpoint::parse("203.0.113.9:4444");
const Endpoint other_stranger = *Endpoint::parse("203.0.113.10:4444");
const Sha1 hash = sha1(as_bytes("a torrent"));

/// Limits that do not show.
SourceLimits::Options lavish() {
  const SourceLimits::Rate plenty{1'000'000'000, 1'000'000'000};
  return {plenty, plenty, plenty, plenty};
}

struct Bench {
  explicit Bench(const SourceLimits::Options& limits = lavish())
      : answering(Family::v4, {7}, limits, Rng(1), start) {
    Rng dice(2);
    for (std::uint32_t i = 0; i < 20; ++i) {
      table.on_answer({random_id(dice), {IpAddress::v4(0x05000000U + 0x10000U * i), 1}}, start);
      auto octets = *from_hex("20010db8000000000000000000000001");
      octets[7] = static_cast<std::uint8_t>(i);
      table6.on_answer({random_id(dice), {*IpAddress::from_octets(octets), 1}}, start);
    }
  }

  /// The datagram that answers; nothing for none.
  std::optional<Buffer> ask(krpc::What what, const Endpoint& from = stranger) {
    krpc::Message message;
    message.transaction = to_buffer("aa");
    message.body = krpc::Query{asker, false, std::move(what)};
    asked = krpc::encode(message, 10'000).size();
    return answering.answer(message, asked, from, {table, &table6}, now);
  }
  krpc::Response response(krpc::What what, const Endpoint& from = stranger) {
    const auto datagram = ask(std::move(what), from);
    REQUIRE(datagram);
    const auto message = krpc::parse(*datagram);
    REQUIRE(message);
    CHECK(message->transaction == to_buffer("aa"));
    CHECK(message->ip == from);
    const auto* out = std::get_if<krpc::Response>(&message->body);
    REQUIRE(out);
    CHECK(out->id == own);
    return *out;
  }
  std::int64_t error(krpc::What what, const Endpoint& from = stranger) {
    const auto datagram = ask(std::move(what), from);
    REQUIRE(datagram);
    const auto message = krpc::parse(*datagram);
    REQUIRE(message);
    const auto* out = std::get_if<krpc::Error>(&message->body);
    REQUIRE(out);
    return out->code;
  }
  Buffer token(const Endpoint& from = stranger) {
    return response(krpc::GetPeers{hash, {}, false, false}, from).token;
  }
  void announce(const Endpoint& from, bool seed = false) {
    response(krpc::AnnouncePeer{hash, 5555, false, seed, token(from)}, from);
  }
  void know(const Endpoint& from) {
    table.on_answer({asker, from}, start);
    REQUIRE(table.knows({asker, from}));
  }

  RoutingTable table{own, Rng(3)};
  RoutingTable table6{own, Rng(4)};
  Answering answering;
  Instant now = start;
  std::size_t asked = 0;  ///< octets of the last question
};

Endpoint peer(std::uint32_t number) { return {IpAddress::v4(0x08000000U + number), 6881}; }

Item mutable_item(std::string_view value, std::int64_t seq) {
  Ed25519Seed seed;
  seed.octets.fill(5);
  return sign_item(as_bytes(value), {}, seq, seed);
}

}  // namespace

TEST_CASE("a ping is answered with our id and where it came from") {
  Bench bench;
  CHECK(bench.response(krpc::Ping{}).nodes == std::nullopt);
}

TEST_CASE("find_node is answered with the eight closest, of the families that are wanted") {
  Bench bench;
  const auto plain = bench.response(krpc::FindNode{asker, {}});
  CHECK(plain.nodes == bench.table.closest(asker, 8, start));
  CHECK_FALSE(plain.nodes6);
  const auto both = bench.response(krpc::FindNode{asker, {true, true}});
  CHECK(both.nodes->size() == 8);
  CHECK(both.nodes6 == bench.table6.closest(asker, 8, start));
  const auto six = bench.response(krpc::FindNode{asker, {false, true}});
  CHECK_FALSE(six.nodes);
  CHECK(six.nodes6->size() == 8);
}

TEST_CASE("without a node of the other family its contacts are an empty list") {
  Bench bench;
  krpc::Message message;
  message.body = krpc::Query{asker, false, krpc::FindNode{asker, {true, true}}};
  const auto answer = bench.answering.answer(message, 100, stranger, {bench.table, nullptr}, start);
  REQUIRE(answer);
  const auto response = std::get<krpc::Response>(krpc::parse(*answer)->body);
  CHECK(response.nodes->size() == 8);
  CHECK(response.nodes6->empty());
}

TEST_CASE("get_peers is answered with a token and contacts, and with peers when there are some") {
  Bench bench;
  const auto nothing = bench.response(krpc::GetPeers{hash, {}, false, true});
  CHECK(nothing.token.size() == Tokens::token_bytes);
  CHECK(nothing.nodes->size() == 8);
  CHECK(nothing.values.empty());
  CHECK_FALSE(nothing.seeds);
  bench.announce(peer(1));
  bench.announce(peer(2), true);
  const auto some = bench.response(krpc::GetPeers{hash, {}, false, false});
  CHECK(some.values.size() == 2);
  CHECK(some.nodes->size() == 8);
  CHECK_FALSE(some.seeds);
  const auto leechers = bench.response(krpc::GetPeers{hash, {}, true, true});
  CHECK(leechers.values == std::vector{Endpoint{peer(1).address, 5555}});
  REQUIRE(leechers.seeds);
  CHECK(leechers.seeds->may_contain(peer(2).address));
  CHECK_FALSE(leechers.seeds->may_contain(peer(1).address));
  CHECK(leechers.peers->may_contain(peer(1).address));
}

TEST_CASE("a token is good for its address for a while") {
  Bench bench;
  const auto token = bench.token();
  CHECK(bench.error(krpc::AnnouncePeer{hash, 1, false, false, token}, other_stranger) == 203);
  bench.now += 4min;
  bench.response(krpc::AnnouncePeer{hash, 1, false, false, token});
  bench.now += 10min;
  CHECK(bench.error(krpc::AnnouncePeer{hash, 1, false, false, token}) == 203);
}

TEST_CASE("who announces too many torrents is refused") {
  Bench bench;
  const auto token = bench.token();
  std::int64_t refused = 0;
  for (std::uint32_t i = 0; i <= PeerStore::hashes_per_source_max; ++i) {
    const auto one = sha1(as_bytes(std::to_string(i)));
    const auto datagram = bench.ask(krpc::AnnouncePeer{one, 1, false, false, token});
    const auto message = krpc::parse(*datagram);
    if (const auto* error = std::get_if<krpc::Error>(&message->body)) refused = error->code;
  }
  CHECK(refused == 202);
  CHECK(bench.answering.peers().hashes() == PeerStore::hashes_per_source_max);
}

TEST_CASE("items are put with a token, and got again") {
  Bench bench;
  const Item item{to_buffer("12:Hello World!"), std::nullopt};
  CHECK(bench.error(krpc::Put{item, std::nullopt, to_buffer("xxxxxxxx")}) == 203);
  const auto before = bench.response(krpc::Get{item.target(), std::nullopt, {}});
  CHECK(before.value.empty());
  CHECK(before.nodes->size() == 8);
  bench.response(krpc::Put{item, std::nullopt, before.token});
  const auto after = bench.response(krpc::Get{item.target(), std::nullopt, {}});
  CHECK(after.value == item.value);
  CHECK_FALSE(after.key);
  CHECK_FALSE(after.seq);
}

TEST_CASE("a mutable item is given with what proves it, unless it is not newer than wanted") {
  Bench bench;
  const auto item = mutable_item("3:two", 2);
  bench.response(krpc::Put{item, std::nullopt, bench.token()});
  const auto told = bench.response(krpc::Get{item.target(), 1, {}});
  CHECK(told.value == item.value);
  CHECK(told.key == item.changing->key);
  CHECK(told.seq == 2);
  CHECK(told.signature == item.changing->signature);
  const auto known = bench.response(krpc::Get{item.target(), 2, {}});
  CHECK(known.value.empty());
  CHECK(known.seq == 2);
  CHECK_FALSE(known.key);
}

TEST_CASE("BEP 44's reasons to refuse an item have their codes") {
  Bench bench;
  const auto token = bench.token();
  const auto put = [&](const Item& item, std::optional<std::int64_t> cas = std::nullopt) {
    return bench.error(krpc::Put{item, cas, token});
  };
  CHECK(put({to_buffer("997:" + std::string(997, 'x')), std::nullopt}) == 205);
  auto forged = mutable_item("3:two", 2);
  forged.changing->seq = 3;
  CHECK(put(forged) == 206);
  auto salted = mutable_item("3:two", 2);
  salted.changing->salt = Buffer(65, 's');
  CHECK(put(salted) == 207);
  bench.response(krpc::Put{mutable_item("3:two", 2), std::nullopt, token});
  CHECK(put(mutable_item("3:six", 6), 1) == 301);
  CHECK(put(mutable_item("3:one", 1)) == 302);
  CHECK(put(mutable_item("3:too", 2)) == 302);
  bench.response(krpc::Put{mutable_item("3:six", 6), 2, token});
}

TEST_CASE("a sample has info-hashes of ours, and stays the same for its interval (BEP 51)") {
  Bench bench;
  const krpc::SampleInfohashes ask{asker, {}};
  const auto none = bench.response(ask);
  REQUIRE(none.samples);
  CHECK(none.samples->hashes.empty());
  CHECK(none.samples->total == 0);
  CHECK(none.nodes->size() == 8);
  for (std::uint32_t i = 0; i < 50; ++i) {
    const auto one = sha1(as_bytes(std::to_string(i)));
    bench.response(krpc::AnnouncePeer{one, 1, false, false, bench.token(peer(i))}, peer(i));
  }
  const auto some = bench.response(ask);
  CHECK(some.samples->hashes.size() == Answering::samples_told);
  CHECK(some.samples->total == 50);
  CHECK(some.samples->interval == Answering::sample_interval);
  CHECK(bench.response(ask).samples == some.samples);
  bench.now += Answering::sample_interval;
  CHECK(bench.response(ask).samples->hashes != some.samples->hashes);
}

TEST_CASE("what cannot be carried out is answered with its error") {
  Bench bench;
  const std::string vote = "d1:ad2:id20:abcdefghij0123456789e1:q4:vote1:t2:aa1:y1:qe";
  const auto question = krpc::parse(as_bytes(vote));
  REQUIRE(question);
  const auto answer =
      bench.answering.answer(*question, vote.size(), stranger, {bench.table, nullptr}, start);
  REQUIRE(answer);
  const auto message = krpc::parse(*answer);
  CHECK(std::get<krpc::Error>(message->body).code == 204);
}

TEST_CASE("answers to strangers are bounded by what was asked, to others by the datagram") {
  Bench bench;
  for (std::uint32_t i = 0; i < 200; ++i) bench.announce(peer(i), i % 2 == 0);
  for (const bool scrape : {false, true}) {
    const krpc::GetPeers ask{hash, {true, true}, false, scrape};
    const auto to_stranger = bench.ask(ask);
    CHECK(to_stranger->size() <= Answering::stranger_factor * bench.asked);
    CHECK(to_stranger->size() <= krpc::answer_bytes_max);
    const auto told = std::get<krpc::Response>(krpc::parse(*to_stranger)->body);
    CHECK(told.nodes->size() > 3);
    CHECK(told.seeds.has_value() == scrape);
  }
  bench.know(stranger);
  const auto plain = bench.ask(krpc::GetPeers{hash, {}, false, false});
  CHECK(plain->size() <= krpc::answer_bytes_max);
  CHECK(plain->size() > krpc::answer_bytes_max - 10);
}

TEST_CASE("ordinary answers fit what strangers get") {
  Bench bench;
  for (std::uint32_t i = 0; i < 50; ++i) bench.announce(peer(i));
  const auto told = bench.response(krpc::GetPeers{hash, {}, false, false});
  CHECK(told.values.size() >= 45);
  CHECK(told.nodes->size() == 8);
}

TEST_CASE("long items go to strangers only so many a second, to others always") {
  Bench bench;
  const Item large{to_buffer("990:" + std::string(990, 'x')), std::nullopt};
  bench.response(krpc::Put{large, std::nullopt, bench.token()});
  const krpc::Get get{large.target(), std::nullopt, {}};
  int whole = 0;
  for (std::uint32_t i = 0; i < 200; ++i) {
    const auto told = bench.response(get, peer(i));
    CHECK(told.token.size() == Tokens::token_bytes);
    if (!told.value.empty()) ++whole;
  }
  CHECK(whole > 40);
  CHECK(whole < 60);
  bench.know(stranger);
  const auto datagram = bench.ask(get);
  CHECK(datagram->size() <= krpc::value_answer_bytes_max);
  CHECK(bench.response(get).value == large.value);
  bench.now += 1min;
  CHECK(bench.response(get, peer(300)).value == large.value);
}

TEST_CASE("who asks too much hears nothing") {
  Bench bench{SourceLimits::Options{}};
  int answered = 0;
  for (int i = 0; i < 1000; ++i)
    if (bench.ask(krpc::Ping{})) ++answered;
  CHECK(answered <= 60);
  CHECK(answered >= 50);
  // Others do.
  CHECK(bench.ask(krpc::Ping{}, other_stranger));
}

TEST_CASE("what is too old is forgotten") {
  Bench bench;
  bench.announce(peer(1));
  bench.response(krpc::Put{{to_buffer("i7e"), std::nullopt}, std::nullopt, bench.token()});
  bench.answering.expire(start + PeerStore::lifetime + 1s);
  CHECK(bench.answering.peers().announces() == 0);
  CHECK(bench.answering.items().size() == 1);
  bench.answering.expire(start + ItemStore::lifetime + 1s);
  CHECK(bench.answering.items().size() == 0);
}

#include "core/session/dht_orders.h"

#include <algorithm>
#include <limits>
#include <string>

#include "core/base/limits.h"
#include "core/dht/item_signature.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::session;
using dht::Family;

namespace {

constexpr Instant start = Instant{} + 1h;
constexpr DhtOrders::Running both{true, true};

Ed25519Seed private_key() {
  Ed25519Seed out;
  out.octets.fill(7);
  return out;
}
const Ed25519Key key = ed25519_public_key(private_key());

dht::Item item_of(std::string_view value, std::int64_t seq, std::string_view salt = "") {
  return dht::sign_item(as_bytes(value), as_bytes(salt), seq, private_key());
}

/// Orders, the searches that they have begun, and the last answers.
struct Bench {
  DhtOrders orders;
  std::vector<DhtOrders::Search> searches;
  std::optional<OrderResult<DhtItem>> got;
  std::optional<OrderResult<DhtPutReply>> stored;
  std::optional<OrderResult<DhtScrapeReply>> counted;

  void get(const DhtGetOrder& order, DhtOrders::Running running = both) {
    got.reset();
    orders.get(order, [this](auto result) { got = std::move(result); }, running, start);
    take();
  }
  void put(DhtPutOrder order, DhtOrders::Running running = both) {
    stored.reset();
    orders.put(
        std::move(order), [this](auto result) { stored = std::move(result); }, running, start);
    take();
  }
  void scrape(DhtOrders::Running running = both) {
    orders.scrape(Sha1{}, [this](auto result) { counted = std::move(result); }, running, start);
    take();
  }
  void take() {
    searches.clear();
    while (auto search = orders.next_search()) searches.push_back(std::move(*search));
  }
  dht::SearchId id(Family family) const {
    const auto found = std::ranges::find(searches, family, &DhtOrders::Search::family);
    REQUIRE(found != searches.end());
    return found->id;
  }
  template <typename Goal>
  const Goal& goal() const {
    return std::get<Goal>(searches.at(0).goal);
  }
  void find(Family family, dht::Item item) { orders.on_found({id(family), std::move(item)}); }
  /// `answered` nodes have answered, and of these `took` stored it.
  void end(Family family, std::size_t answered, std::size_t took = 0,
           std::optional<dht::krpc::Error> refusal = {},
           std::optional<dht::Search::Swarm> swarm = {}) {
    dht::SearchDone done;
    done.search = id(family);
    done.statistics.answered = answered;
    done.stored_on = took;
    done.refusal = std::move(refusal);
    done.swarm = swarm;
    orders.on_done(done);
  }
};

template <typename T>
OrderErrorCode code(const std::optional<OrderResult<T>>& answer) {
  REQUIRE(answer.has_value());
  REQUIRE_FALSE(answer->has_value());
  return answer->error().code;
}

DhtPutOrder signed_order(std::string value) {
  return {.value = std::move(value), .seed = private_key()};
}

}  // namespace

TEST_CASE("an immutable item that one family has is the answer, and the other is asked no more") {
  Bench bench;
  const Buffer value = to_buffer("5:hello");
  bench.get({.what = sha1(value)});
  REQUIRE(bench.searches.size() == 2);
  CHECK(bench.goal<dht::ItemSearch>() == dht::ItemSearch{sha1(value), {}, {}});
  bench.find(Family::v6, {value, {}});
  REQUIRE(bench.got.has_value());
  REQUIRE(bench.got->has_value());
  CHECK((*bench.got)->target == sha1(value));
  CHECK((*bench.got)->value == value);
  CHECK((*bench.got)->text == "hello");
  CHECK_FALSE((*bench.got)->by);
  std::vector<dht::SearchId> ended;
  while (const auto one = bench.orders.next_ended()) ended.push_back(one->id);
  CHECK(ended == std::vector{bench.id(Family::v4), bench.id(Family::v6)});
  CHECK(bench.orders.open() == 0);
  CHECK(bench.orders.deadline() == never);
  // What still comes of them is nobody's.
  bench.find(Family::v4, {value, {}});
  bench.end(Family::v4, 9);
}

TEST_CASE("of mutable items the newest of both families is the answer, once all have been asked") {
  Bench bench;
  bench.get({.what = key, .salt = "s"});
  const auto& goal = bench.goal<dht::ItemSearch>();
  CHECK(goal.target == item_of("1:a", 1, "s").target());
  CHECK(goal.salt == to_buffer("s"));
  bench.find(Family::v4, item_of("1:a", 5, "s"));
  bench.find(Family::v6, item_of("1:b", 7, "s"));
  bench.find(Family::v4, item_of("1:c", 6, "s"));
  bench.end(Family::v4, 9);
  CHECK_FALSE(bench.got.has_value());
  bench.end(Family::v6, 9);
  REQUIRE(bench.got.has_value());
  REQUIRE(bench.got->has_value());
  CHECK((*bench.got)->text == "b");
  REQUIRE((*bench.got)->by);
  CHECK((*bench.got)->by->key == key);
  CHECK((*bench.got)->by->seq == 7);
  CHECK((*bench.got)->by->signature == item_of("1:b", 7, "s").changing->signature);
}

TEST_CASE("a value that is no string of UTF-8 has no text") {
  for (const char* value : {"i5e", "1:\xff", "l1:ae", "d1:ai1ee"}) {
    CAPTURE(value);
    Bench bench;
    bench.get({.what = sha1(as_bytes(value))});
    bench.find(Family::v4, {to_buffer(value), {}});
    REQUIRE(bench.got.has_value());
    REQUIRE(bench.got->has_value());
    CHECK_FALSE((*bench.got)->text);
    CHECK((*bench.got)->value == to_buffer(value));
  }
}

TEST_CASE("what nobody has is another error than that nobody has answered") {
  Bench bench;
  bench.get({.what = key});
  bench.end(Family::v4, 3);
  bench.end(Family::v6, 0);
  CHECK(code(bench.got) == OrderErrorCode::not_in_dht);
  bench.get({.what = key});
  bench.end(Family::v4, 0);
  bench.orders.on_refused(bench.id(Family::v6));
  CHECK(code(bench.got) == OrderErrorCode::dht_failed);
}

TEST_CASE("a family without a node is not asked, and without any there is no DHT") {
  Bench bench;
  bench.get({.what = key}, {false, true});
  REQUIRE(bench.searches.size() == 1);
  CHECK(bench.searches[0].family == Family::v6);
  bench.get({.what = key}, {false, false});
  CHECK(code(bench.got) == OrderErrorCode::dht_failed);
  CHECK(bench.searches.empty());
}

TEST_CASE("when time is up, the answer is what is known") {
  Bench bench;
  bench.get({.what = key});
  CHECK(bench.orders.deadline() == start + limits::dht_order_timeout);
  bench.find(Family::v4, item_of("1:a", 5));
  bench.orders.on_deadline(start + limits::dht_order_timeout - 1ms);
  CHECK_FALSE(bench.got.has_value());
  bench.orders.on_deadline(start + limits::dht_order_timeout);
  REQUIRE(bench.got.has_value());
  REQUIRE(bench.got->has_value());
  CHECK((*bench.got)->by->seq == 5);
  CHECK(bench.orders.next_ended());
  CHECK(bench.orders.next_ended());
  CHECK_FALSE(bench.orders.next_ended());

  bench.get({.what = key});
  bench.end(Family::v4, 9);
  bench.orders.on_deadline(start + limits::dht_order_timeout);
  CHECK(code(bench.got) == OrderErrorCode::dht_failed);
  // Nothing is stored that may be older than what is there.
  bench.put(signed_order("a"));
  bench.end(Family::v4, 9);
  bench.orders.on_deadline(start + limits::dht_order_timeout);
  CHECK(code(bench.stored) == OrderErrorCode::dht_failed);
  bench.take();
  CHECK(bench.searches.empty());
}

TEST_CASE("an immutable item is stored at once, with both families") {
  Bench bench;
  bench.put({.value = "hello"});
  REQUIRE(bench.searches.size() == 2);
  CHECK(bench.goal<dht::ItemStoring>() == dht::ItemStoring{{to_buffer("5:hello"), {}}, {}});
  bench.end(Family::v4, 9, 8);
  CHECK_FALSE(bench.stored.has_value());
  bench.end(Family::v6, 9, 5);
  REQUIRE(bench.stored.has_value());
  REQUIRE(bench.stored->has_value());
  CHECK((*bench.stored)->target == sha1(as_bytes("5:hello")));
  CHECK((*bench.stored)->nodes == 13);
  CHECK_FALSE((*bench.stored)->by);
}

TEST_CASE("a mutable item gets a number above the newest that either family has") {
  Bench bench;
  auto order = signed_order("new");
  order.salt = "s";
  bench.put(order);
  CHECK(bench.goal<dht::ItemSearch>().target == item_of("1:a", 1, "s").target());
  bench.find(Family::v4, item_of("1:a", 5, "s"));
  bench.find(Family::v6, item_of("1:b", 9, "s"));
  bench.find(Family::v4, item_of("1:c", 7, "s"));
  bench.end(Family::v4, 9);
  bench.end(Family::v6, 9);
  bench.take();
  REQUIRE(bench.searches.size() == 2);
  const auto& goal = bench.goal<dht::ItemStoring>();
  CHECK(goal == dht::ItemStoring{item_of("3:new", 10, "s"), {}});
  CHECK(dht::signature_valid(goal.item));
  bench.end(Family::v4, 9, 8);
  bench.end(Family::v6, 9, 8);
  REQUIRE(bench.stored.has_value());
  REQUIRE(bench.stored->has_value());
  CHECK((*bench.stored)->by->seq == 10);
  CHECK((*bench.stored)->target == goal.item.target());
}

TEST_CASE("the first item of a key has the number 1, and one that is given is taken at once") {
  Bench bench;
  bench.put(signed_order("a"), {true, false});
  bench.end(Family::v4, 9);
  bench.take();
  CHECK(bench.goal<dht::ItemStoring>().item == item_of("1:a", 1));
  auto order = signed_order("a");
  order.seq = 0;
  bench.put(order, {true, false});
  CHECK(bench.goal<dht::ItemStoring>().item == item_of("1:a", 0));
}

TEST_CASE("with cas nothing is stored over another item than the one that was meant") {
  Bench bench;
  auto order = signed_order("a");
  order.seq = 9;
  order.cas = 5;
  bench.put(order, {true, false});
  bench.find(Family::v4, item_of("1:b", 6));
  bench.end(Family::v4, 9);
  CHECK(code(bench.stored) == OrderErrorCode::newer_in_dht);
  bench.put(order, {true, false});
  bench.find(Family::v4, item_of("1:b", 5));
  bench.end(Family::v4, 9);
  bench.take();
  CHECK(bench.goal<dht::ItemStoring>() == dht::ItemStoring{item_of("1:a", 9), 5});
  order.seq = 5;
  bench.put(order, {true, false});
  bench.find(Family::v4, item_of("1:b", 5));
  bench.end(Family::v4, 9);
  CHECK(code(bench.stored) == OrderErrorCode::newer_in_dht);
  // There is none, so there is nothing else to be written over.
  order.seq.reset();
  bench.put(order, {true, false});
  bench.end(Family::v4, 9);
  bench.take();
  CHECK(bench.goal<dht::ItemStoring>() == dht::ItemStoring{item_of("1:a", 1), 5});
}

TEST_CASE("the last number there is cannot be followed") {
  Bench bench;
  bench.put(signed_order("a"), {true, false});
  bench.find(Family::v4, item_of("1:b", std::numeric_limits<std::int64_t>::max()));
  bench.end(Family::v4, 9);
  CHECK(code(bench.stored) == OrderErrorCode::newer_in_dht);
}

TEST_CASE("without a node that answers nothing is stored under a number that is a guess") {
  Bench bench;
  bench.put(signed_order("a"));
  bench.end(Family::v4, 0);
  bench.end(Family::v6, 0);
  CHECK(code(bench.stored) == OrderErrorCode::dht_failed);
  bench.take();
  CHECK(bench.searches.empty());
}

TEST_CASE("a put that nobody takes is an error, which says when a newer item is why") {
  using dht::krpc::ErrorCode;
  const auto refused = [](std::optional<ErrorCode> by_v4, std::optional<ErrorCode> by_v6) {
    Bench bench;
    bench.put({.value = "a"});
    const auto error = [](std::optional<ErrorCode> one) {
      return one ? std::optional(dht::krpc::make_error(*one, "no")) : std::nullopt;
    };
    bench.end(Family::v4, 9, 0, error(by_v4));
    bench.end(Family::v6, 9, 0, error(by_v6));
    return code(bench.stored);
  };
  CHECK(refused({}, {}) == OrderErrorCode::dht_failed);
  CHECK(refused(ErrorCode::bad_signature, {}) == OrderErrorCode::dht_failed);
  CHECK(refused({}, ErrorCode::seq_too_low) == OrderErrorCode::newer_in_dht);
  CHECK(refused(ErrorCode::cas_mismatch, ErrorCode::server) == OrderErrorCode::newer_in_dht);
  CHECK(refused(ErrorCode::server, ErrorCode::cas_mismatch) == OrderErrorCode::newer_in_dht);
}

TEST_CASE("an order that makes no sense is refused before anybody is asked") {
  const auto refused = [](DhtPutOrder order) {
    Bench bench;
    bench.put(std::move(order));
    CHECK(bench.searches.empty());
    CHECK(bench.orders.open() == 0);
    return code(bench.stored) == OrderErrorCode::invalid_params;
  };
  CHECK(refused({.value = std::string(997, 'a')}));
  CHECK(refused({.value = Buffer()}));
  CHECK(refused({.value = to_buffer("5:hell")}));
  CHECK(refused({.value = to_buffer("i5ei5e")}));
  CHECK(refused({.value = to_buffer("d1:bi1e1:ai1ee")}));
  CHECK(refused({.value = to_buffer("998:" + std::string(998, 'a'))}));
  CHECK(refused({.value = "a", .salt = "s"}));
  CHECK(refused({.value = "a", .seq = 1}));
  CHECK(refused({.value = "a", .cas = 1}));
  CHECK(refused({.value = "a", .seed = private_key(), .salt = std::string(65, 's')}));
  CHECK(refused({.value = "a", .seed = private_key(), .seq = -1}));
  CHECK(refused({.value = "a", .seed = private_key(), .cas = -1}));
  Bench bench;
  bench.get({.what = key, .salt = std::string(65, 's')});
  CHECK(code(bench.got) == OrderErrorCode::invalid_params);
  // What is as large as may be is stored.
  bench.put({.value = std::string(996, 'a')});
  CHECK(bench.goal<dht::ItemStoring>().item.value.size() == 1000);
  bench.put({.value = to_buffer("d1:ai1e1:bi1ee")});
  CHECK(bench.goal<dht::ItemStoring>().item.value == to_buffer("d1:ai1e1:bi1ee"));
}

TEST_CASE("swarms of both families are told apart, and one that nobody knows is empty") {
  Bench bench;
  bench.scrape();
  dht::PeerSearch goal;
  goal.scrape = true;
  CHECK(bench.goal<dht::PeerSearch>() == goal);
  bench.end(Family::v4, 9, 0, {}, dht::Search::Swarm{2.6, 10.4});
  bench.end(Family::v6, 9);
  REQUIRE(bench.counted.has_value());
  REQUIRE(bench.counted->has_value());
  CHECK((*bench.counted)->v4 == DhtSwarm{3, 10});
  CHECK((*bench.counted)->v6 == DhtSwarm{});
  bench.scrape();
  bench.end(Family::v4, 0);
  bench.end(Family::v6, 9, 0, {}, dht::Search::Swarm{1, 1});
  CHECK_FALSE((*bench.counted)->v4);
  CHECK((*bench.counted)->v6 == DhtSwarm{1, 1});
  bench.scrape();
  bench.end(Family::v4, 0);
  bench.end(Family::v6, 0);
  CHECK(code(bench.counted) == OrderErrorCode::dht_failed);
}

TEST_CASE("a node that goes takes its searches with it") {
  Bench bench;
  bench.put(signed_order("a"));
  bench.end(Family::v4, 9);
  bench.orders.on_node_gone(Family::v6);
  bench.take();
  // It is stored with the family that is left.
  REQUIRE(bench.searches.size() == 1);
  CHECK(bench.searches[0].family == Family::v4);
  bench.orders.on_node_gone(Family::v4);
  CHECK(code(bench.stored) == OrderErrorCode::dht_failed);
  CHECK(bench.orders.open() == 0);
}

TEST_CASE("when all nodes go, all orders are answered, and what was to begin does not") {
  Bench bench;
  bench.put(signed_order("a"));
  bench.end(Family::v4, 9);
  bench.orders.on_node_gone(Family::v4);
  bench.orders.on_node_gone(Family::v6);
  CHECK(code(bench.stored) == OrderErrorCode::dht_failed);
  CHECK(bench.orders.open() == 0);
  bench.put(signed_order("a"));
  bench.end(Family::v4, 9);
  bench.end(Family::v6, 9);
  bench.orders.on_node_gone(Family::v4);
  bench.orders.on_node_gone(Family::v6);
  CHECK(code(bench.stored) == OrderErrorCode::dht_failed);
  bench.take();
  CHECK(bench.searches.empty());
}

TEST_CASE("orders are so many at once, and those that only ask fewer") {
  Bench bench;
  for (std::size_t i = 0; i < limits::dht_asks_max; ++i)
    bench.get({.what = Sha1{{static_cast<std::uint8_t>(i)}}});
  CHECK_FALSE(bench.got.has_value());
  bench.get({.what = key});
  CHECK(code(bench.got) == OrderErrorCode::dht_failed);
  bench.scrape();
  CHECK(code(bench.counted) == OrderErrorCode::dht_failed);
  while (bench.orders.open() < limits::dht_orders_max) {
    bench.put({.value = "a"});
    REQUIRE_FALSE(bench.stored.has_value());
  }
  bench.put({.value = "a"});
  CHECK(code(bench.stored) == OrderErrorCode::dht_failed);
  CHECK(bench.searches.empty());
  // With these and port tests a reader leaves a place of the calls that wait for others.
  static_assert(limits::dht_asks_max + limits::port_tests_waiting_max <
                limits::rpc_fetching_calls_max);
  static_assert(limits::dht_order_timeout + limits::rpc_place_wait_max < limits::rpc_deadline);
}

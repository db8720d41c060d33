#include "core/dht/queries_out.h"

#include <set>

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::dht;

namespace {

const Endpoint a = *Endpoint::parse("192.0.2.1:1");
const Endpoint b = *Endpoint::parse("192.0.2.2:1");
constexpr std::uint32_t plenty = 1'000'000;
const QueriesOut::Purpose storing{{3, 4}, Search::Step::storing};
const Instant start = Instant{} + 10s;

}  // namespace

TEST_CASE("an answer is whose transaction id it has, once") {
  QueriesOut queries(plenty, plenty, Rng(1));
  const auto first = queries.send(a, {}, start);
  const auto second = queries.send(a, storing, start);
  CHECK(first.size() == QueriesOut::transaction_bytes);
  CHECK(first != second);
  const auto found = queries.take(second, a, start + 10ms);
  REQUIRE(found);
  CHECK(found->to == a);
  CHECK(found->purpose == storing);
  CHECK(found->sent == start);
  CHECK_FALSE(queries.take(second, a, start + 10ms));
  CHECK(queries.open() == 1);
}

TEST_CASE("an answer from elsewhere, or with something like a transaction id, is none") {
  QueriesOut queries(plenty, plenty, Rng(1));
  auto id = queries.send(a, {}, start);
  CHECK_FALSE(queries.take(id, b, start));
  CHECK_FALSE(queries.take(id, {a.address, 2}, start));
  CHECK_FALSE(queries.take(Bytes(id).first(3), a, start));
  CHECK_FALSE(queries.take({}, a, start));
  id.push_back(0);
  CHECK_FALSE(queries.take(id, a, start));
  CHECK(queries.open() == 1);
}

TEST_CASE("who does not answer is slow and then lost") {
  QueriesOut queries(plenty, plenty, Rng(1));
  const auto id = queries.send(a, storing, start);
  CHECK(queries.deadline() == start + QueriesOut::slow_first);
  CHECK_FALSE(queries.next_due(start + QueriesOut::slow_first - 1ns));
  const auto slow = queries.next_due(queries.deadline());
  REQUIRE(slow);
  CHECK_FALSE(slow->lost);
  CHECK(slow->purpose == storing);
  CHECK(queries.deadline() == start + QueriesOut::lost_factor * QueriesOut::slow_first);
  const auto lost = queries.next_due(queries.deadline());
  REQUIRE(lost);
  CHECK(lost->lost);
  CHECK(lost->to == a);
  CHECK(queries.deadline() == never);
  CHECK_FALSE(queries.take(id, a, start + 1h));
}

TEST_CASE("a slow answer is one still") {
  QueriesOut queries(plenty, plenty, Rng(1));
  const auto id = queries.send(a, {}, start);
  queries.next_due(start + 1s);
  CHECK(queries.take(id, a, start + 2s));
  CHECK(queries.deadline() == never);
}

TEST_CASE("what is slow is by what others took, within bounds") {
  QueriesOut queries(plenty, plenty, Rng(1));
  const auto answered_after = [&](Duration took) {
    for (int i = 0; i < 100; ++i) queries.take(queries.send(a, {}, start), a, start + took);
    return queries.slow_after();
  };
  CHECK(queries.slow_after() == QueriesOut::slow_first);
  CHECK(answered_after(700ms) >= 700ms);
  CHECK(answered_after(700ms) < 800ms);
  CHECK(answered_after(1ms) == QueriesOut::slow_min);
  CHECK(answered_after(10s) == QueriesOut::slow_max);
}

TEST_CASE("queries go at their rate, and no more than so many are open") {
  QueriesOut paced(10, 2, Rng(1));
  CHECK(paced.room(start));
  paced.send(a, {}, start);
  paced.send(a, {}, start);
  CHECK_FALSE(paced.room(start));
  CHECK(paced.room_at() == start + 100ms);
  CHECK(paced.room(start + 100ms));

  QueriesOut queries(plenty, plenty, Rng(1));
  std::set<Buffer> ids;
  while (queries.room(start)) ids.insert(queries.send(a, {}, start));
  CHECK(ids.size() == QueriesOut::open_max);
  CHECK(queries.room_at() == never);
  queries.take(*ids.begin(), a, start);
  CHECK(queries.room(start));
}

TEST_CASE("who was asked by a name may answer from where the proxy found it, at its port") {
  QueriesOut queries(plenty, plenty, Rng(1));
  const Endpoint name = *Endpoint::parse("240.0.0.1:1");
  const auto id = queries.send(name, {}, start);
  CHECK_FALSE(queries.take(id, {a.address, 2}, start));
  const auto found = queries.take(id, a, start);
  REQUIRE(found);
  CHECK(found->to == name);
}

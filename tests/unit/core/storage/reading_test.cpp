#include "core/storage/reading.h"

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::storage;

namespace {

constexpr std::uint32_t piece_size = 1u << 20;
const LinkId link_one{1, 1};
const LinkId link_two{2, 1};

struct Bench {
  BlockMemory memory{64u << 20};
  Reading reading{memory};
  Instant now{1h};
  std::vector<ReadBlock> ready;

  ReadToken ask(LinkId link, BlockRef ref) {
    const std::uint32_t size = piece_size;
    return reading.ask(link, {&ref, 1}, {&size, 1}, now, ready);
  }
  static BlockRef block(std::uint32_t index, std::uint32_t piece = 0) {
    return {{piece}, index * block_size, block_size};
  }
  std::vector<Reading::Outcome> answer(const Reading::Order& order) {
    std::vector<Block> blocks;
    for (const auto& ref : order.blocks) blocks.push_back(Block::of_size(ref.length));
    return reading.on_result(order.number, std::move(blocks));
  }
};

}  // namespace

TEST_CASE("who begins a piece has it read ahead, who asks in its midst has not") {
  Bench bench;
  CHECK(bench.ask(link_one, Bench::block(0)) != 0);
  auto order = bench.reading.next_order();
  REQUIRE(order);
  CHECK(order->blocks.size() == 1 + 16);
  CHECK(bench.answer(*order).size() == 1);
  CHECK(bench.ask(link_one, Bench::block(1)) == 0);
  CHECK(bench.ready.size() == 1);
  CHECK(bench.ask(link_two, Bench::block(20)) != 0);
  order = bench.reading.next_order();
  while (order && order->blocks.back() != Bench::block(20)) order = bench.reading.next_order();
  REQUIRE(order);
}

TEST_CASE("a block asked for while it is read ahead is not read twice") {
  Bench bench;
  (void)bench.ask(link_one, Bench::block(0));
  const auto order = bench.reading.next_order();
  const auto token = bench.ask(link_one, Bench::block(1));
  CHECK(token != 0);
  while (const auto more = bench.reading.next_order())
    for (const auto& ref : more->blocks) CHECK(ref != Bench::block(1));
  const auto outcomes = bench.answer(*order);
  REQUIRE(outcomes.size() == 2);
  CHECK(outcomes[1].token == token);
  CHECK(outcomes[1].blocks.value()[0].ref == Bench::block(1));
}

TEST_CASE("what was read ahead and is not asked for is dropped") {
  Bench bench;
  (void)bench.ask(link_one, Bench::block(0));
  (void)bench.answer(*bench.reading.next_order());
  CHECK(bench.memory.held() == 16 * block_size);
  REQUIRE(bench.reading.deadline());
  bench.reading.on_deadline(bench.now + ahead_idle_max);
  CHECK(bench.memory.held() == 0);
  CHECK_FALSE(bench.reading.deadline());
}

TEST_CASE("a link that jumps or goes holds nothing") {
  Bench bench;
  (void)bench.ask(link_one, Bench::block(0));
  (void)bench.answer(*bench.reading.next_order());
  (void)bench.ask(link_one, Bench::block(5, 3));
  CHECK(bench.memory.held() == 0);
  (void)bench.ask(link_one, Bench::block(0, 4));
  const auto order = bench.reading.next_order();
  bench.reading.forget(link_one);
  CHECK(bench.answer(*order).empty());
  CHECK(bench.memory.held() == 0);
}

TEST_CASE("no order is under way when all that was ordered has come") {
  Bench bench;
  (void)bench.ask(link_one, Bench::block(0));
  (void)bench.ask(link_two, Bench::block(0));
  while (const auto order = bench.reading.next_order()) (void)bench.answer(*order);
  (void)bench.ask(link_one, Bench::block(1));
  bench.reading.forget(link_one);
  bench.reading.forget(link_two);
  CHECK(bench.reading.orders_under_way() == 0);
}

TEST_CASE("a fault reaches all who asked") {
  Bench bench;
  (void)bench.ask(link_one, Bench::block(3));
  (void)bench.ask(link_two, Bench::block(4));
  const auto order = bench.reading.next_order();
  const auto outcomes = bench.reading.on_result(order->number, fail(FaultCode::io, "broken"));
  REQUIRE(outcomes.size() == 2);
  CHECK(outcomes[0].blocks.error().text == "broken");
  CHECK(bench.memory.held() == 0);
}

TEST_CASE("nothing is read ahead when memory for uploads is a quarter full") {
  Bench bench;
  bench.memory.take(MemoryUse::unsent, 16u << 20);
  (void)bench.ask(link_one, Bench::block(0));
  CHECK(bench.reading.next_order()->blocks.size() == 1);
}

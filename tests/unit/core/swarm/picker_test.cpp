#include "core/swarm/picker.h"

#include <algorithm>
#include <map>
#include <set>

#include "tests/support/catch.h"

using namespace seed;
using namespace seed::swarm;

namespace {

const Instant start{1000s};
LinkId link(std::uint32_t n) { return {n, 1}; }

Bitfield having(std::uint32_t size, std::initializer_list<std::uint32_t> pieces) {
  Bitfield out(size);
  for (const std::uint32_t piece : pieces) out.set({piece});
  return out;
}

/// A picker over pieces of `blocks` blocks each, with the first pieces not picked at random.
struct Bench {
  std::uint32_t count;
  std::uint32_t blocks;
  Picker picker;
  std::map<LinkId, Bitfield> peers{};
  std::vector<Want> wants{};

  explicit Bench(std::uint32_t piece_count, std::uint32_t blocks_each = 1)
      : count(piece_count),
        blocks(blocks_each),
        picker({piece_count, blocks_each * block_size, blocks_each * block_size}, Rng(7)),
        wants(piece_count, Want::of(Priority::normal)) {}

  void join(LinkId id, Bitfield pieces) {
    picker.on_peer_pieces(id, pieces);
    peers[id] = std::move(pieces);
  }
  void leave(LinkId id) {
    picker.on_peer_gone(id, peers.at(id));
    peers.erase(id);
  }
  std::vector<BlockRef> pick(LinkId id, std::size_t n, Instant now = start,
                             SpeedClass speed = SpeedClass::medium) {
    std::vector<BlockRef> out;
    const std::size_t picked =
        picker.pick({.link = id, .pieces = peers.at(id), .speed = speed}, n, now, out);
    CHECK(picked == out.size());
    return out;
  }
  void fetch(LinkId id, std::size_t n) {
    for (const BlockRef block : pick(id, n))
      if (picker.on_received(block, id).piece_complete) picker.on_piece_passed(block.piece);
  }
  void want(std::uint32_t piece, Want how) {
    wants[piece] = how;
    picker.set_wants(wants);
  }
  BlockRef block(std::uint32_t piece, std::uint32_t number) const {
    return {{piece}, number * block_size, block_size};
  }
};

}  // namespace

TEST_CASE("the rarest piece a peer has is picked first") {
  Bench bench(20);
  Bitfield have(20);
  for (std::uint32_t piece = 0; piece < 4; ++piece) have.set({piece});
  bench.picker.set_have(have);
  bench.join(link(1), having(20, {5, 6, 7, 8}));
  bench.join(link(2), having(20, {5, 6, 8}));
  bench.join(link(3), having(20, {5, 6, 9}));
  bench.join(link(4), Bitfield(20, true));
  CHECK(bench.pick(link(1), 1) == std::vector{bench.block(7, 0)});
  CHECK(bench.pick(link(1), 1) == std::vector{bench.block(8, 0)});
  CHECK(bench.picker.availability({5}) == 4);
  CHECK(bench.picker.availability({10}) == 1);
}

TEST_CASE("equally rare pieces are picked at random") {
  std::set<std::uint32_t> seen;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Picker picker({50, block_size, block_size}, Rng(seed));
    Bitfield have(50);
    for (std::uint32_t piece = 0; piece < 4; ++piece) have.set({piece});
    picker.set_have(have);
    const Bitfield all(50, true);
    picker.on_peer_pieces(link(1), all);
    std::vector<BlockRef> out;
    picker.pick({.link = link(1), .pieces = all}, 1, start, out);
    seen.insert(out.at(0).piece.value);
  }
  CHECK(seen.size() > 20);
  CHECK(*seen.begin() >= 4);
}

TEST_CASE("the first pieces are picked at random, not by rarity") {
  std::set<std::uint32_t> seen;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Picker picker({50, block_size, block_size}, Rng(seed));
    Bitfield pieces(50, true);
    pieces.set({0}, false);
    picker.on_peer_pieces(link(1), pieces);
    pieces.set({49}, false);
    picker.on_peer_pieces(link(2), pieces);
    pieces.set({49});
    std::vector<BlockRef> out;
    picker.pick({.link = link(1), .pieces = pieces}, 1, start, out);
    seen.insert(out.at(0).piece.value);
  }
  CHECK(seen.size() > 20);
}

TEST_CASE("a started piece is finished before a new one is begun") {
  Bench bench(20, 4);
  bench.join(link(1), Bitfield(20, true));
  bench.join(link(2), Bitfield(20, true));
  const auto first = bench.pick(link(1), 2);
  REQUIRE(first.size() == 2);
  const auto second = bench.pick(link(2), 2);
  CHECK(second[0] == bench.block(first[0].piece.value, 2));
  CHECK(second[1] == bench.block(first[0].piece.value, 3));
  CHECK(bench.pick(link(1), 1)[0].piece != first[0].piece);
}

TEST_CASE("in whole pieces no more is started than can be asked for to its end") {
  Bench bench(4, 4);
  bench.join(link(1), Bitfield(4, true));
  const auto pick = [&](std::size_t count) {
    std::vector<BlockRef> out;
    return bench.picker.pick(
        {.link = link(1), .pieces = bench.peers.at(link(1)), .whole_pieces = true}, count, start,
        out);
  };
  CHECK(pick(3) == 3);  // the first is started in any case
  CHECK(pick(3) == 1);
  CHECK(pick(11) == 8);
  CHECK(pick(2) == 2);
}

TEST_CASE("priorities go before rarity and before what is started") {
  Bench bench(10, 2);
  bench.join(link(1), Bitfield(10, true));
  const auto started = bench.pick(link(1), 1);
  const std::uint32_t other = started[0].piece.value == 3 ? 4 : 3;
  bench.want(other, Want::of(Priority::high));
  CHECK(bench.pick(link(1), 1)[0].piece.value == other);
  const std::uint32_t early = (other + 2) % 10 == started[0].piece.value ? 9 : (other + 2) % 10;
  bench.want(early, Want::of(Priority::high, true));
  CHECK(bench.pick(link(1), 1)[0].piece.value == early);
}

TEST_CASE("unwanted pieces are not picked, and their requests are given up") {
  Bench bench(2, 2);
  bench.join(link(1), Bitfield(2, true));
  REQUIRE(bench.pick(link(1), 4).size() == 4);
  bench.wants[0] = Want::no();
  const auto cancels = bench.picker.set_wants(bench.wants);
  CHECK(cancels == std::vector<Cancel>{{link(1), bench.block(0, 0)}, {link(1), bench.block(0, 1)}});
  CHECK(bench.picker.outstanding(link(1)) == 2);
  CHECK_FALSE(bench.picker.wants({0}));
  CHECK(bench.pick(link(1), 4).empty());
  // It was under way when it was cancelled, so it is welcome.
  CHECK(bench.picker.on_received(bench.block(0, 0), link(1)).verdict == Received::accepted);
  bench.want(0, Want::of(Priority::normal));
  CHECK(bench.pick(link(1), 4) == std::vector{bench.block(0, 1)});
}

TEST_CASE("a piece its peer suggests is picked before rarer ones") {
  Bench bench(20);
  Bitfield have(20);
  for (std::uint32_t piece = 0; piece < 4; ++piece) have.set({piece});
  bench.picker.set_have(have);
  bench.join(link(1), having(20, {5, 6, 7, 8, 9}));
  bench.join(link(2), having(20, {5, 6}));
  bench.picker.on_suggested(link(1), {5});
  bench.picker.on_suggested(link(1), {6});
  SECTION("the newest first, each once, and then the rarest") {
    CHECK(bench.pick(link(1), 1) == std::vector{bench.block(6, 0)});
    CHECK(bench.pick(link(1), 1) == std::vector{bench.block(5, 0)});
    bench.picker.on_suggested(link(1), {5});
    CHECK(bench.pick(link(1), 1).front().piece.value > 6);
  }
  SECTION("not what it has not, what is had, what does not exist, nor of a stranger") {
    bench.picker.on_suggested(link(1), {12});
    bench.picker.on_suggested(link(1), {2});
    bench.picker.on_suggested(link(1), {20});
    bench.picker.on_suggested(link(9), {7});
    CHECK(bench.pick(link(1), 1) == std::vector{bench.block(6, 0)});
    CHECK(bench.pick(link(1), 1) == std::vector{bench.block(5, 0)});
    CHECK(bench.pick(link(1), 10).size() == 3);
  }
  SECTION("priorities go first") {
    bench.want(9, Want::of(Priority::high));
    CHECK(bench.pick(link(1), 1) == std::vector{bench.block(9, 0)});
  }
  SECTION("in sequential mode they say nothing") {
    bench.picker.set_sequential(true, {7});
    CHECK(bench.pick(link(1), 1) == std::vector{bench.block(7, 0)});
  }
  SECTION("a flood of them pushes out the oldest") {
    for (std::uint32_t i = 0; i < 100; ++i) bench.picker.on_suggested(link(1), {10 + i % 10});
    for (std::uint32_t i = 10; i < 20; ++i) bench.want(i, Want::no());
    CHECK(bench.pick(link(1), 5).size() == 5);
  }
}

TEST_CASE("sequential mode goes in order from a piece and round") {
  Bench bench(5);
  bench.join(link(1), Bitfield(5, true));
  bench.picker.set_sequential(true, {3});
  std::vector<std::uint32_t> order;
  for (const BlockRef block : bench.pick(link(1), 5)) order.push_back(block.piece.value);
  CHECK(order == std::vector<std::uint32_t>{3, 4, 0, 1, 2});
}

TEST_CASE("a choking peer is asked for nothing but its allowed fast pieces") {
  Bench bench(10);
  bench.join(link(1), Bitfield(10, true));
  bench.join(link(2), having(10, {1}));
  std::vector<BlockRef> out;
  CHECK(bench.picker.pick({.link = link(1), .pieces = bench.peers.at(link(1)), .choked = true}, 5,
                          start, out) == 0);
  const std::vector<PieceIndex> allowed{{4}, {7}, {99}, {4}};
  bench.picker.pick({link(1), bench.peers.at(link(1)), true, allowed}, 5, start, out);
  CHECK(out == std::vector{bench.block(4, 0), bench.block(7, 0)});
  out.clear();
  bench.picker.pick({link(2), bench.peers.at(link(2)), true, allowed}, 5, start, out);
  CHECK(out.empty());
}

TEST_CASE("only blocks that were asked of the link are accepted") {
  Bench bench(4, 2);
  bench.join(link(1), Bitfield(4, true));
  bench.join(link(2), Bitfield(4, true));
  const BlockRef asked = bench.pick(link(1), 1)[0];
  CHECK(bench.picker.on_received(asked, link(2)).verdict == Received::unwanted);
  CHECK(bench.picker.on_received({{99}, 0, block_size}, link(1)).verdict == Received::unwanted);
  CHECK(bench.picker.on_received({asked.piece, 0, 5}, link(1)).verdict == Received::unwanted);
  CHECK(bench.picker.on_received({asked.piece, block_size, block_size}, link(1)).verdict ==
        Received::unwanted);
  CHECK(bench.picker.on_received(asked, link(1)).verdict == Received::accepted);
  CHECK(bench.picker.on_received(asked, link(1)).verdict == Received::duplicate);
  CHECK(bench.picker.outstanding(link(1)) == 0);
}

TEST_CASE("a block taken back from a stalled link goes to others and not back at once") {
  Bench bench(1, 1);
  bench.join(link(1), Bitfield(1, true));
  REQUIRE(bench.pick(link(1), 1).size() == 1);
  bench.picker.on_taken_back(bench.block(0, 0), link(1), TakenBack::stalled, start);
  CHECK(bench.pick(link(1), 1, start + 59s).empty());
  bench.join(link(2), Bitfield(1, true));
  SECTION("another link gets it") {
    CHECK(bench.pick(link(2), 1, start + 1s).size() == 1);
    bench.picker.on_taken_back(bench.block(0, 0), link(2), TakenBack::stalled, start + 2s);
    CHECK(bench.pick(link(2), 1, start + 3s).empty());
    CHECK(bench.pick(link(1), 1, start + 3s).size() == 1);
  }
  SECTION("the first one again after a while") {
    CHECK(bench.pick(link(1), 1, start + 60s).size() == 1);
  }
  SECTION("it arrives late and is welcome") {
    CHECK(bench.pick(link(2), 1, start + 1s).size() == 1);
    const auto late = bench.picker.on_received(bench.block(0, 0), link(1));
    CHECK(late.verdict == Received::accepted);
    CHECK(late.piece_complete);
    CHECK(late.cancel_at == std::vector{link(2)});
  }
}

TEST_CASE("a link that choked is asked again as soon as it unchokes") {
  Bench bench(2, 2);
  bench.join(link(1), Bitfield(2, true));
  const auto asked = bench.pick(link(1), 3);
  CHECK(bench.picker.on_all_taken_back(link(1), TakenBack::choked, start).size() == 3);
  CHECK(bench.picker.outstanding(link(1)) == 0);
  CHECK(bench.pick(link(1), 4).size() == 4);
}

TEST_CASE("a rejected block is left alone for a while") {
  Bench bench(1, 1);
  bench.join(link(1), Bitfield(1, true));
  bench.pick(link(1), 1);
  bench.picker.on_taken_back(bench.block(0, 0), link(1), TakenBack::rejected, start);
  CHECK(bench.pick(link(1), 1, start + 9s).empty());
  CHECK(bench.pick(link(1), 1, start + 10s).size() == 1);
}

TEST_CASE("in endgame a block is asked of three links at most, and the others are cancelled") {
  Bench bench(1, 2);
  for (std::uint32_t n = 1; n <= 5; ++n) bench.join(link(n), Bitfield(1, true));
  REQUIRE(bench.pick(link(1), 2).size() == 2);
  CHECK(bench.picker.in_endgame());
  CHECK(bench.pick(link(1), 2).empty());
  CHECK(bench.pick(link(2), 2).size() == 2);
  CHECK(bench.pick(link(3), 2).size() == 2);
  CHECK(bench.pick(link(4), 2).empty());
  const auto received = bench.picker.on_received(bench.block(0, 0), link(2));
  CHECK(received.verdict == Received::accepted);
  CHECK(received.cancel_at == std::vector{link(1), link(3)});
  CHECK(bench.picker.outstanding(link(1)) == 1);
  CHECK(bench.picker.on_received(bench.block(0, 0), link(3)).verdict == Received::duplicate);
}

TEST_CASE("endgame asks again for what slow links were asked first") {
  Bench bench(2, 1);
  bench.join(link(1), having(2, {0}));
  bench.join(link(2), having(2, {1}));
  bench.join(link(3), Bitfield(2, true));
  bench.pick(link(1), 1, start, SpeedClass::fast);
  bench.pick(link(2), 1, start, SpeedClass::slow);
  CHECK(bench.pick(link(3), 1) == std::vector{bench.block(1, 0)});
}

TEST_CASE("a link with many requests asks no doubles") {
  Bench bench(40, 1);
  bench.join(link(1), Bitfield(40, true));
  bench.join(link(2), Bitfield(40, true));
  CHECK(bench.pick(link(1), 20).size() == 20);
  CHECK(bench.pick(link(2), 40).size() == 20);
  CHECK(bench.picker.in_endgame());
  CHECK(bench.pick(link(2), 40).empty());
}

TEST_CASE("pieces that nobody has do not hold up the endgame of the rest") {
  Bench bench(2, 1);
  bench.join(link(1), having(2, {0}));
  bench.join(link(2), having(2, {0}));
  bench.pick(link(1), 1);
  CHECK(bench.picker.in_endgame());
  CHECK(bench.pick(link(2), 1).size() == 1);
}

TEST_CASE("a piece that failed is asked of one link alone") {
  Bench bench(1, 4);
  bench.join(link(1), Bitfield(1, true));
  bench.join(link(2), Bitfield(1, true));
  bench.fetch(link(1), 3);
  for (const BlockRef block : bench.pick(link(2), 1))
    CHECK(bench.picker.on_received(block, link(2)).piece_complete);
  CHECK(bench.picker.on_piece_failed({0}) == std::vector{link(1), link(2)});
  CHECK(bench.pick(link(2), 2).size() == 2);
  CHECK(bench.pick(link(1), 4).empty());
  SECTION("while it can be") {
    bench.leave(link(2));
    CHECK(bench.pick(link(1), 4).size() == 4);
  }
  SECTION("and not when it stalls") {
    bench.picker.on_all_taken_back(link(2), TakenBack::stalled, start);
    CHECK(bench.pick(link(1), 4).size() == 4);
  }
  SECTION("to its end") {
    CHECK(bench.pick(link(2), 4).size() == 2);
    CHECK(bench.pick(link(1), 4).empty());
    CHECK_FALSE(bench.picker.done());
    for (std::uint32_t n = 0; n < 4; ++n) bench.picker.on_received(bench.block(0, n), link(2));
    bench.picker.on_piece_passed({0});
    CHECK(bench.picker.done());
  }
}

TEST_CASE("interest follows what is wanted and missing") {
  Bench bench(10);
  bench.join(link(1), having(10, {3}));
  auto& picker = bench.picker;
  const Bitfield& pieces = bench.peers.at(link(1));
  CHECK(picker.interesting(link(1), pieces));
  picker.on_piece_passed({3});
  CHECK_FALSE(picker.interesting(link(1), pieces));
  CHECK_FALSE(picker.interesting(link(1), pieces));
  bench.peers.at(link(1)).set({4});
  picker.on_peer_have(link(1), {4});
  CHECK(picker.interesting(link(1), pieces));
  bench.want(4, Want::no());
  CHECK_FALSE(picker.interesting(link(1), pieces));
  picker.on_piece_missing({3});
  CHECK(picker.interesting(link(1), pieces));
  CHECK_FALSE(picker.interesting(link(1), Bitfield()));
  CHECK_FALSE(picker.interesting(link(9), Bitfield()));
}

TEST_CASE("a peer that left frees its requests and its availability") {
  Bench bench(4, 2);
  bench.join(link(1), having(4, {0, 1}));
  bench.join(link(2), Bitfield(4, true));
  bench.pick(link(1), 3);
  bench.leave(link(1));
  CHECK(bench.picker.availability({0}) == 1);
  CHECK(bench.picker.snapshot().empty());
  CHECK(bench.pick(link(2), 8).size() == 8);
  bench.leave(link(2));
  CHECK(bench.picker.availability({0}) == 0);
  bench.picker.on_peer_gone(link(7), Bitfield(4, true));
}

TEST_CASE("a peer that completed piece by piece leaves without a trace") {
  Bench bench(3);
  bench.join(link(1), having(3, {0, 1}));
  bench.peers.at(link(1)).set({2});
  bench.picker.on_peer_have(link(1), {2});
  bench.leave(link(1));
  for (std::uint32_t piece = 0; piece < 3; ++piece) CHECK(bench.picker.availability({piece}) == 0);
}

TEST_CASE("what is wanted and to be had is summed up as peers, pieces and wishes come and go") {
  // Pieces of 100, 100, 40, 100 and 70 octets.
  Picker picker({5, 100, 70, {{{2}, 40}}}, Rng(7));
  const auto sum = [&] { return picker.wanted_available_bytes(); };
  CHECK(sum() == 0);
  const Bitfield all(5, true);
  picker.on_peer_pieces(link(1), having(5, {0, 2}));
  CHECK(sum() == 140);
  picker.on_peer_pieces(link(2), having(5, {2}));
  CHECK(sum() == 140);
  picker.on_peer_pieces(link(3), all);
  CHECK(sum() == 410);
  picker.on_peer_have(link(2), {4});
  picker.on_piece_passed({0});
  CHECK(sum() == 310);
  // One with everything that loses a piece is counted piece by piece from then on.
  picker.on_peer_lost(link(3), {1}, start);
  CHECK(sum() == 210);
  picker.on_piece_missing({0});
  CHECK(sum() == 310);
  Bitfield some = all;
  some.set({1}, false);
  picker.on_peer_gone(link(3), some);
  CHECK(sum() == 210);
  std::vector<Want> wants(5, Want::of(Priority::normal));
  wants[2] = Want::no();
  wants[4] = Want::of(Priority::high);
  picker.set_wants(wants);
  CHECK(sum() == 170);
  picker.on_peer_lost(link(2), {4}, start);
  CHECK(sum() == 100);
  picker.set_wants(std::vector<Want>(5, Want::of(Priority::low)));
  CHECK(sum() == 140);
  picker.set_have(all);
  CHECK(sum() == 0);
  picker.on_peer_gone(link(1), having(5, {0, 2}));
  picker.on_peer_gone(link(2), having(5, {2}));
  picker.set_have(Bitfield(5));
  CHECK(sum() == 0);
}

TEST_CASE("a partial piece is restored, shown and finished") {
  Bench bench(3, 4);
  Bitfield blocks(4);
  blocks.set({1});
  CHECK(bench.picker.restore_partial({1}, blocks) == Restored::started);
  CHECK(bench.picker.restore_partial({1}, blocks) == Restored::ignored);
  CHECK(bench.picker.restore_partial({2}, Bitfield(3, true)) == Restored::ignored);
  CHECK(bench.picker.restore_partial({9}, Bitfield(4, true)) == Restored::ignored);
  CHECK(bench.picker.restore_partial({2}, Bitfield(4, true)) == Restored::complete);
  bench.join(link(1), Bitfield(3, true));
  const auto picked = bench.pick(link(1), 3);
  CHECK(picked == std::vector{bench.block(1, 0), bench.block(1, 2), bench.block(1, 3)});
  bench.picker.on_received(picked[0], link(1));
  bench.picker.on_block_written(picked[0]);
  bench.picker.on_received(picked[1], link(1));
  const auto shown = bench.picker.snapshot();
  REQUIRE(shown.size() == 2);
  CHECK(shown[0].blocks == std::vector{BlockState::written, BlockState::written,
                                       BlockState::received, BlockState::requested});
  CHECK(bench.picker.contributors({1}) == std::vector{link(1), LinkId{}, link(1), LinkId{}});
  bench.picker.on_block_lost(picked[1]);
  CHECK(bench.pick(link(1), 1) == std::vector{picked[1]});
}

TEST_CASE("lost data is missing again") {
  Bench bench(2, 2);
  bench.join(link(1), Bitfield(2, true));
  bench.fetch(link(1), 4);
  CHECK(bench.picker.done());
  bench.picker.on_piece_missing({1});
  CHECK_FALSE(bench.picker.done());
  CHECK(bench.pick(link(1), 4).size() == 2);
  bench.picker.on_piece_missing({1});
  CHECK(bench.picker.outstanding(link(1)) == 0);
  bench.picker.on_piece_passed({7});
  bench.picker.on_piece_failed({7});
  bench.picker.on_piece_missing({7});
}

TEST_CASE("a peer that has only what is common finds its rarest pieces behind many it lacks") {
  const std::uint32_t count = 5000;
  Bench bench(count);
  Bitfield have(count);
  for (std::uint32_t piece = 0; piece < 4; ++piece) have.set({piece});
  bench.picker.set_have(have);
  Bitfield nearly_all(count, true);
  nearly_all.set({4999}, false);
  bench.join(link(1), nearly_all);
  Bitfield few(count);
  for (std::uint32_t piece = 100; piece < 600; ++piece) few.set({piece});
  for (std::uint32_t n = 2; n < 12; ++n) bench.join(link(n), few);
  bench.join(link(12), having(count, {300, 301, 302}));
  std::set<std::uint32_t> picked;
  for (int i = 0; i < 250; ++i) {
    const auto out = bench.pick(link(2), 2);
    REQUIRE(out.size() == 2);
    for (const BlockRef block : out) picked.insert(block.piece.value);
    if (i < 200)
      REQUIRE(std::ranges::none_of(out, [](BlockRef block) {
        return block.piece.value >= 300 && block.piece.value <= 302;
      }));
  }
  CHECK(picked.size() == 500);
  CHECK(*picked.begin() == 100);
  CHECK(*picked.rbegin() == 599);
}

TEST_CASE("what got rarer since the last pick is seen") {
  Bench bench(20);
  Bitfield have(20);
  for (std::uint32_t piece = 0; piece < 4; ++piece) have.set({piece});
  bench.picker.set_have(have);
  bench.join(link(1), having(20, {5, 6, 7, 8}));
  bench.join(link(2), having(20, {5, 6, 7, 8}));
  bench.join(link(3), having(20, {6, 7, 8}));
  bench.join(link(4), having(20, {8}));
  REQUIRE(bench.pick(link(1), 1) == std::vector{bench.block(5, 0)});
  SECTION("because peers left") {
    bench.leave(link(2));
    bench.leave(link(3));
    bench.join(link(5), having(20, {8}));
    CHECK(bench.pick(link(1), 1)[0].piece != PieceIndex{8});
  }
  SECTION("because the peer got something that few have") {
    bench.peers.at(link(1)).set({9});
    bench.picker.on_peer_have(link(1), {9});
    CHECK(bench.pick(link(1), 1) == std::vector{bench.block(9, 0)});
  }
  SECTION("because a piece was lost") {
    bench.picker.on_piece_passed({5});
    REQUIRE(bench.pick(link(1), 1)[0].piece != PieceIndex{8});
    bench.picker.on_piece_missing({5});
    CHECK(bench.pick(link(1), 1) == std::vector{bench.block(5, 0)});
  }
}

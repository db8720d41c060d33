#include "core/swarm/picker.h"
#include "tests/support/catch.h"

namespace seed::swarm {
namespace {

constexpr LinkId seed_id{0, 0xffffffff};
constexpr LinkId peer_id{3, 1};
constexpr std::uint32_t piece_length = 2 * block_size;
constexpr std::uint64_t all = 1u << 30;

Shape shape_of(std::uint32_t pieces) {
  return {.piece_count = pieces, .piece_length = piece_length, .last_piece_length = piece_length};
}
/// "YYnnnnYnnY": Y had, n missing, as BEP 19 writes it.
Bitfield had(std::string_view text) {
  Bitfield out(static_cast<std::uint32_t>(text.size()));
  for (std::uint32_t i = 0; i < out.size(); ++i) out.set({i}, text[i] == 'Y');
  return out;
}
std::vector<std::uint32_t> pieces_of(const std::vector<BlockRef>& blocks) {
  std::vector<std::uint32_t> out;
  for (const auto& block : blocks)
    if (out.empty() || out.back() != block.piece.value) out.push_back(block.piece.value);
  return out;
}
using Pieces = std::vector<std::uint32_t>;

struct Setup {
  explicit Setup(std::string_view text)
      : picker(shape_of(static_cast<std::uint32_t>(text.size())), Rng(5)) {
    picker.set_have(had(text));
  }
  Picker picker;
  Bitfield lacks;
  Pieces take(std::uint64_t bytes_max = all, std::optional<PieceIndex> next = {}) {
    return pieces_of(picker.take_run({seed_id, lacks, bytes_max, next}));
  }
};

TEST_CASE("a run begins at the start of the longest gap") {
  Setup it("YYnnnnYnnY");
  CHECK(it.take() == Pieces{2, 3, 4, 5});
  CHECK(it.take() == Pieces{7, 8});
  CHECK(it.take().empty());
  CHECK(it.picker.outstanding(seed_id) == 12);
}

TEST_CASE("a run has as many octets as were asked for, and a piece at least") {
  Setup it("YYnnnnYnnY");
  CHECK(it.take(2 * piece_length) == Pieces{2, 3});
  CHECK(it.take(1) == Pieces{4});
  CHECK(it.take(piece_length - 1) == Pieces{7});
}

TEST_CASE("a seed goes on where it was, if that is still wanted") {
  Setup it("YYnnnnYnnY");
  CHECK(it.take(piece_length, PieceIndex{8}) == Pieces{8});
  CHECK(it.take(piece_length, PieceIndex{9}) == Pieces{2});
  CHECK(it.take(piece_length, PieceIndex{10}) == Pieces{3});
}

TEST_CASE("the first of all is anywhere in the gap") {
  std::vector<std::uint32_t> firsts;
  for (std::uint64_t dice = 0; dice < 20; ++dice) {
    Picker picker(shape_of(100), Rng(dice));
    const auto blocks = picker.take_run({seed_id, Bitfield(), piece_length, {}});
    REQUIRE(blocks.size() == 2);
    firsts.push_back(blocks[0].piece.value);
  }
  std::ranges::sort(firsts);
  firsts.erase(std::unique(firsts.begin(), firsts.end()), firsts.end());
  CHECK(firsts.size() > 10);
}

TEST_CASE("what it lacks is left out, and what is not wanted") {
  Setup it("nnnnnnnnnY");
  it.lacks = had("nnnYnnnnnn");
  std::vector<Want> wants(10, Want::of(Priority::normal));
  wants[8] = Want::no();
  it.picker.set_wants(wants);
  CHECK(it.take(all, PieceIndex{0}) == Pieces{0, 1, 2});
  CHECK(it.take() == Pieces{4, 5, 6, 7});
  CHECK(it.take().empty());
}

TEST_CASE("pieces of high priority go first") {
  Setup it("YnnnnnnYnn");
  std::vector<Want> wants(10, Want::of(Priority::normal));
  wants[4] = wants[8] = Want::of(Priority::high);
  it.picker.set_wants(wants);
  CHECK(it.take() == Pieces{4});
  CHECK(it.take() == Pieces{8});
  CHECK(it.take() == Pieces{1, 2, 3});
}

TEST_CASE("the first and last pieces of files are no runs of their own") {
  Setup it("Ynnnnnnnnn");
  std::vector<Want> wants(10, Want::of(Priority::normal));
  wants[1] = wants[4] = wants[5] = wants[9] = Want::of(Priority::normal, true);
  it.picker.set_wants(wants);
  CHECK(it.take(3 * piece_length) == Pieces{1, 2, 3});
  CHECK(it.take() == Pieces{4, 5, 6, 7, 8, 9});
}

TEST_CASE("in order means in order") {
  Setup it("nYnnnnYnnn");
  it.picker.set_sequential(true, {4});
  CHECK(it.take(piece_length) == Pieces{4});
  CHECK(it.take() == Pieces{5});
  CHECK(it.take() == Pieces{7, 8, 9});
  CHECK(it.take() == Pieces{0});
}

TEST_CASE("peers are not asked for a run until it is given back") {
  Setup it("YYnnYYYYYY");
  it.picker.on_peer_pieces(peer_id, Bitfield(10, true));
  CHECK(it.take(piece_length) == Pieces{2});
  const Bitfield everything(10, true);
  std::vector<BlockRef> asked;
  it.picker.pick({.link = peer_id, .pieces = everything}, 2, Instant{}, asked);
  CHECK(pieces_of(asked) == Pieces{3});
  // What a peer is asked for is not taken for a seed.
  CHECK(it.take().empty());
  CHECK(it.picker.on_received({{2}, 0, block_size}, seed_id).verdict == Received::accepted);
  CHECK(it.picker.on_all_taken_back(seed_id, TakenBack::gone, Instant{}).size() == 1);
  asked.clear();
  it.picker.pick({.link = peer_id, .pieces = everything}, 1, Instant{}, asked);
  CHECK(asked == std::vector<BlockRef>{{{2}, block_size, block_size}});
}

TEST_CASE("what is left of a started piece is taken when nothing else is, and nobody is at it") {
  Setup it("YYYYYYYnYY");
  Bitfield blocks(2);
  blocks.set({0});
  it.picker.restore_partial({7}, blocks);
  const auto rest = it.picker.take_run({seed_id, it.lacks, all, {}});
  CHECK(rest == std::vector<BlockRef>{{{7}, block_size, block_size}});
  it.picker.on_all_taken_back(seed_id, TakenBack::gone, Instant{});
  it.lacks = Bitfield(10);
  it.lacks.set({7});
  CHECK(it.take().empty());
}

TEST_CASE("a seed that serves is counted, and no more when it does not") {
  Setup it("YYnnYYYYYY");
  CHECK(it.picker.wanted_available_bytes() == 0);
  it.picker.on_peer_pieces(seed_id, Bitfield(10, true));
  CHECK(it.picker.wanted_available_bytes() == 2 * piece_length);
  CHECK(it.take() == Pieces{2, 3});
  it.picker.on_peer_gone(seed_id, Bitfield());
  CHECK(it.picker.wanted_available_bytes() == 0);
  CHECK(it.picker.outstanding(seed_id) == 0);
  CHECK(it.take() == Pieces{2, 3});
}

}  // namespace
}  // namespace seed::swarm

// The picker against a naive model of it, under drawn operations; and how long a pick takes.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <set>

#include "core/swarm/picker.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::swarm;

namespace {

struct ModelBlock {
  std::set<LinkId> asked;
  bool present = false;
};

struct ModelPeer {
  Bitfield pieces;
  std::map<std::pair<std::uint32_t, std::uint32_t>, Instant> held;  ///< taken back, until
};

/// Everything by the plainest means, checked after each step.
class Model {
 public:
  Model(std::uint64_t seed, Shape shape)
      : rng_(seed), shape_(shape), picker_(shape, rng_.fork()), wants_(shape.piece_count) {
    for (Want& want : wants_) want = Want::of(Priority::normal);
    for (std::uint32_t piece = 0; piece < shape.piece_count; ++piece)
      blocks_.emplace_back(shape.blocks_of({piece}));
    have_.resize(shape.piece_count);
  }

  void step() {
    now_ += Duration(rng_.below(2'000'000'000));
    switch (rng_.below(16)) {
      case 0:
        join();
        break;
      case 1:
        if (rng_.below(4) == 0) leave();
        lose_of_peer();
        break;
      case 2:
      case 3:
        tell_have();
        break;
      case 4:
        if (rng_.below(4) == 0) change_wants();
        break;
      case 5:
        take_back();
        break;
      case 6:
        if (rng_.below(8) == 0) choke();
        break;
      case 7:
        if (rng_.below(8) == 0) lose_piece();
        break;
      case 8:
      case 9:
      case 10:
      case 11:
        ask(1 + rng_.below(6));
        break;
      default:
        deliver();
    }
    check();
  }

  /// A peer with everything comes, nothing else goes wrong: all must be got.
  void finish() {
    wants_.assign(wants_.size(), Want::of(Priority::normal));
    apply_wants();
    now_ += 10min;
    const LinkId id = add_peer(Bitfield(shape_.piece_count, true));
    for (int i = 0; i < 100'000 && !picker_.done(); ++i) {
      ask_of(id, 4);
      deliver();
      now_ += 50ms;
    }
    CHECK(picker_.done());
    CHECK(picker_.have().all());
    CHECK(picker_.snapshot().empty());
    for (const auto& [link, peer] : peers_) CHECK_FALSE(picker_.interesting(link, peer.pieces));
  }

 private:
  LinkId add_peer(Bitfield pieces) {
    const LinkId id{next_link_++, 1};
    picker_.on_peer_pieces(id, pieces);
    peers_[id] = {std::move(pieces), {}};
    return id;
  }
  void join() {
    if (peers_.size() >= 12) return;
    const std::uint64_t kind = rng_.below(5);
    Bitfield pieces(shape_.piece_count, kind == 0);
    const std::uint64_t of_ten = kind == 1 ? 1 : 5;
    if (kind != 0)
      for (std::uint32_t piece = 0; piece < shape_.piece_count; ++piece)
        if (rng_.below(10) < of_ten) pieces.set({piece});
    add_peer(std::move(pieces));
  }
  LinkId any_peer() {
    auto it = peers_.begin();
    std::advance(it, static_cast<std::ptrdiff_t>(rng_.below(peers_.size())));
    return it->first;
  }
  void leave() {
    if (peers_.empty()) return;
    const LinkId id = any_peer();
    picker_.on_peer_gone(id, peers_[id].pieces);
    peers_.erase(id);
    for (auto& piece : blocks_)
      for (auto& block : piece) block.asked.erase(id);
  }
  void tell_have() {
    if (peers_.empty()) return;
    const LinkId id = any_peer();
    const PieceIndex piece{static_cast<std::uint32_t>(rng_.below(shape_.piece_count))};
    if (peers_[id].pieces.set(piece)) picker_.on_peer_have(id, piece);
  }
  void lose_of_peer() {
    if (peers_.empty()) return;
    const LinkId id = any_peer();
    const PieceIndex piece{static_cast<std::uint32_t>(rng_.below(shape_.piece_count))};
    if (!peers_[id].pieces.set(piece, false)) return;
    std::set<BlockRef> asked;
    for (std::uint32_t n = 0; n < blocks_[piece.value].size(); ++n)
      if (blocks_[piece.value][n].asked.erase(id) > 0) asked.insert(shape_.block_ref(piece, n));
    const auto taken = picker_.on_peer_lost(id, piece, now_);
    REQUIRE(std::set<BlockRef>(taken.begin(), taken.end()) == asked);
    for (const BlockRef& block : taken) hold(block, id, Picker::rejected_hold);
  }
  void change_wants() {
    for (Want& want : wants_)
      if (rng_.below(8) == 0) want.rank = static_cast<std::uint8_t>(rng_.below(Want::ranks));
    apply_wants();
  }
  void apply_wants() {
    for (const Cancel& cancel : picker_.set_wants(wants_)) {
      REQUIRE_FALSE(wants_[cancel.block.piece.value].wanted());
      REQUIRE(at(cancel.block).asked.erase(cancel.link) == 1);
    }
    for (std::uint32_t piece = 0; piece < shape_.piece_count; ++piece)
      if (!wants_[piece].wanted())
        for (const auto& block : blocks_[piece]) REQUIRE(block.asked.empty());
  }
  ModelBlock& at(BlockRef block) { return blocks_[block.piece.value][block.offset / block_size]; }

  /// Some outstanding request, drawn.
  bool draw_request(BlockRef& block, LinkId& link) {
    std::vector<std::pair<BlockRef, LinkId>> all;
    for (std::uint32_t piece = 0; piece < shape_.piece_count; ++piece)
      for (std::uint32_t n = 0; n < blocks_[piece].size(); ++n)
        for (const LinkId id : blocks_[piece][n].asked)
          all.emplace_back(shape_.block_ref({piece}, n), id);
    if (all.empty()) return false;
    std::tie(block, link) = all[static_cast<std::size_t>(rng_.below(all.size()))];
    return true;
  }
  void take_back() {
    BlockRef block;
    LinkId link;
    if (!draw_request(block, link)) return;
    picker_.on_taken_back(block, link, TakenBack::stalled, now_);
    at(block).asked.erase(link);
    hold(block, link, Picker::stalled_hold);
  }
  void hold(BlockRef block, LinkId link, Duration time) {
    // Others that were asked for it in vain had their rest.
    for (auto& [id, peer] : peers_) peer.held.erase({block.piece.value, block.offset});
    peers_[link].held[{block.piece.value, block.offset}] = now_ + time;
  }
  void choke() {
    if (peers_.empty()) return;
    const LinkId id = any_peer();
    std::size_t count = 0;
    for (auto& piece : blocks_)
      for (auto& block : piece) count += block.asked.erase(id);
    CHECK(picker_.on_all_taken_back(id, TakenBack::choked, now_).size() == count);
  }
  void lose_piece() {
    const auto piece = static_cast<std::uint32_t>(rng_.below(shape_.piece_count));
    picker_.on_piece_missing({piece});
    have_[piece] = false;
    for (auto& block : blocks_[piece]) block = {};
    for (auto& [id, peer] : peers_)
      std::erase_if(peer.held, [&](const auto& it) { return it.first.first == piece; });
  }
  void deliver() {
    BlockRef block;
    LinkId link;
    if (!draw_request(block, link)) return;
    const ReceivedBlock out = picker_.on_received(block, link);
    REQUIRE(out.verdict == Received::accepted);
    std::set<LinkId> others = at(block).asked;
    others.erase(link);
    REQUIRE(std::set<LinkId>(out.cancel_at.begin(), out.cancel_at.end()) == others);
    at(block) = {{}, true};
    auto& piece = blocks_[block.piece.value];
    const bool complete = std::ranges::all_of(piece, &ModelBlock::present);
    REQUIRE(out.piece_complete == complete);
    if (!complete) return;
    for (auto& [id, peer] : peers_)
      std::erase_if(peer.held, [&](const auto& it) { return it.first.first == block.piece.value; });
    if (rng_.below(6) == 0) {
      picker_.on_piece_failed(block.piece);
      for (auto& it : piece) it = {};
    } else {
      picker_.on_piece_passed(block.piece);
      have_[block.piece.value] = true;
      for (auto& it : piece) it = {};
    }
  }
  void ask(std::size_t count) {
    if (!peers_.empty()) ask_of(any_peer(), count);
  }

  bool untouched(std::uint32_t piece) const {
    return std::ranges::none_of(
        blocks_[piece], [](const ModelBlock& it) { return it.present || !it.asked.empty(); });
  }
  std::uint32_t counted(std::uint32_t piece) const {
    std::uint32_t count = 0;
    for (const auto& [id, peer] : peers_) count += peer.pieces.test({piece}) ? 1 : 0;
    return count;
  }
  bool anything_free() const {
    for (std::uint32_t piece = 0; piece < shape_.piece_count; ++piece) {
      if (!wants_[piece].wanted() || have_[piece] || counted(piece) == 0) continue;
      for (const auto& block : blocks_[piece])
        if (!block.present && block.asked.empty()) return true;
    }
    return false;
  }
  void ask_of(LinkId id, std::size_t count) {
    const ModelPeer& peer = peers_[id];
    std::set<std::uint32_t> started;
    for (const PartialSnapshot& it : picker_.snapshot()) started.insert(it.piece.value);
    std::vector<BlockRef> out;
    picker_.pick({.link = id, .pieces = peer.pieces}, count, now_, out);
    for (const BlockRef block : out) {
      const std::uint32_t piece = block.piece.value;
      REQUIRE(shape_.is_block(block));
      REQUIRE(peer.pieces.test(block.piece));
      REQUIRE_FALSE(have_[piece]);
      REQUIRE(wants_[piece].wanted());
      REQUIRE_FALSE(at(block).present);
      REQUIRE_FALSE(at(block).asked.contains(id));
      const auto held = peer.held.find({piece, block.offset});
      if (held != peer.held.end()) REQUIRE(held->second <= now_);
      if (!at(block).asked.empty()) {
        REQUIRE(at(block).asked.size() < Picker::requesters_max);
        REQUIRE_FALSE(anything_free());
      } else if (!started.contains(piece) && untouched(piece)) {
        check_rarest(peer, piece, started);
      }
      at(block).asked.insert(id);
      started.insert(piece);
    }
  }
  // A new piece is begun only when no other unstarted one of its rank or better is rarer.
  void check_rarest(const ModelPeer& peer, std::uint32_t picked,
                    const std::set<std::uint32_t>& started) const {
    const bool at_random = std::ranges::count(have_, true) < std::int64_t{Picker::random_pieces};
    for (std::uint32_t piece = 0; piece < shape_.piece_count; ++piece) {
      if (have_[piece] || started.contains(piece) || !peer.pieces.test({piece})) continue;
      REQUIRE(wants_[piece] <= wants_[picked]);
      if (wants_[piece] == wants_[picked] && !at_random) REQUIRE(counted(piece) >= counted(picked));
    }
  }
  void check() {
    std::map<LinkId, std::size_t> outstanding;
    std::uint64_t available = 0;
    for (std::uint32_t piece = 0; piece < shape_.piece_count; ++piece) {
      REQUIRE(picker_.wants({piece}) == (wants_[piece].wanted() && !have_[piece]));
      REQUIRE(picker_.have().test({piece}) == have_[piece]);
      REQUIRE(picker_.availability({piece}) == counted(piece));
      if (wants_[piece].wanted() && !have_[piece] && counted(piece) > 0)
        available += shape_.length_of({piece});
      for (const auto& block : blocks_[piece])
        for (const LinkId id : block.asked) ++outstanding[id];
    }
    REQUIRE(picker_.wanted_available_bytes() == available);
    for (const auto& [id, peer] : peers_) {
      REQUIRE(picker_.outstanding(id) == outstanding[id]);
      bool wanted = false;
      for (std::uint32_t piece = 0; piece < shape_.piece_count; ++piece)
        wanted = wanted || (peer.pieces.test({piece}) && picker_.wants({piece}));
      REQUIRE(picker_.interesting(id, peer.pieces) == wanted);
    }
    for (const PartialSnapshot& it : picker_.snapshot())
      for (std::uint32_t n = 0; n < it.blocks.size(); ++n) {
        const ModelBlock& block = blocks_[it.piece.value][n];
        REQUIRE((it.blocks[n] == BlockState::received) == block.present);
        REQUIRE((it.blocks[n] == BlockState::requested) == !block.asked.empty());
      }
  }

  Rng rng_;
  Shape shape_;
  Picker picker_;
  std::vector<Want> wants_;
  std::vector<std::vector<ModelBlock>> blocks_;
  std::vector<bool> have_;
  std::map<LinkId, ModelPeer> peers_;
  std::uint32_t next_link_ = 0;
  Instant now_{1000s};
};

}  // namespace

TEST_CASE("the picker keeps its promises under any sequence of events") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    Rng dice(seed);
    const auto pieces = static_cast<std::uint32_t>(1 + dice.below(30));
    const auto length = static_cast<std::uint32_t>(1 + dice.below(5 * block_size));
    const auto last = static_cast<std::uint32_t>(1 + dice.below(length));
    Model model(seed, Shape{pieces, length, last});
    for (int i = 0; i < 400; ++i) model.step();
    model.finish();
  }
}

namespace {

struct Timed {
  const char* what;
  std::size_t count = 0;
  std::chrono::steady_clock::duration spent{};
  std::chrono::steady_clock::duration longest{};
  template <typename Work>
  void run(Work&& work) {
    const auto before = std::chrono::steady_clock::now();
    count += static_cast<std::size_t>(work());
    const auto took = std::chrono::steady_clock::now() - before;
    spent += took;
    longest = std::max(longest, took);
  }
  void print() const {
    const double total = static_cast<double>(std::chrono::nanoseconds(spent).count());
    const double most = static_cast<double>(std::chrono::nanoseconds(longest).count());
    std::printf("%-28s %8.0f ns each, longest call %8.0f ns\n", what,
                total / static_cast<double>(std::max<std::size_t>(count, 1)), most);
  }
};

/// 200 peers: a seed, one nearly so, and leeches that share a common third and have some more.
void measure(std::uint32_t blocks_each) {
  constexpr std::uint32_t pieces = 50'000;
  constexpr std::uint32_t links = 200;
  Rng rng(3);
  Picker picker({pieces, blocks_each * block_size, blocks_each * block_size}, rng.fork());
  std::vector<Bitfield> fields;
  Timed joins{"peer joins"};
  for (std::uint32_t n = 0; n < links; ++n) {
    Bitfield pieces_of(pieces, n == 0);
    if (n == 1)
      for (std::uint32_t i = 0; i + 10 < pieces; ++i) pieces_of.set({i});
    if (n > 1)
      for (std::uint32_t i = 0; i < pieces / 3; ++i)
        if (rng.below(links) < n) pieces_of.set({i});
    fields.push_back(pieces_of);
    joins.run([&] {
      picker.on_peer_pieces({n, 1}, pieces_of);
      return 1;
    });
  }
  Timed picks{"block picked"};
  Timed receives{"block received"};
  Timed interest{"interest asked"};
  Timed haves{"have told"};
  Instant now{1000s};
  std::vector<BlockRef> out;
  for (int i = 0; i < 40'000 && !picker.done(); ++i) {
    now += 1ms;
    const auto n = static_cast<std::uint32_t>(rng.below(links));
    const LinkId link{n, 1};
    out.clear();
    picks.run([&] { return picker.pick({.link = link, .pieces = fields[n]}, 4, now, out); });
    for (const BlockRef block : out)
      receives.run([&] {
        if (picker.on_received(block, link).piece_complete) picker.on_piece_passed(block.piece);
        return 1;
      });
    interest.run([&] {
      picker.interesting(link, fields[n]);
      return 1;
    });
    const PieceIndex piece{static_cast<std::uint32_t>(rng.below(pieces))};
    if (fields[n].set(piece))
      haves.run([&] {
        picker.on_peer_have(link, piece);
        return 1;
      });
  }
  std::printf("50,000 pieces of %u blocks, 200 peers:\n", blocks_each);
  for (const Timed* it : {&joins, &picks, &receives, &interest, &haves}) it->print();
}

}  // namespace

TEST_CASE("the time a pick takes is printed") {
  measure(1);
  measure(16);
  SUCCEED();
}

// Liars among honest peers: all liars that spoil a piece are found, and nobody else is.
#include <algorithm>
#include <set>

#include "core/swarm/bans.h"
#include "core/swarm/picker.h"
#include "tests/support/catch.h"

using namespace seed;
using namespace seed::swarm;

namespace {

constexpr std::uint32_t pieces = 30;
constexpr std::uint32_t blocks = 4;

struct Peer {
  LinkId link;
  IpAddress address;
  bool liar = false;
  bool banned = false;
};

BlockDigest right_digest(std::uint32_t piece, std::uint32_t block) { return piece * 100 + block; }

class Swarm {
 public:
  explicit Swarm(std::uint64_t seed)
      : rng_(seed), picker_({pieces, blocks * block_size, blocks * block_size}, rng_.fork()) {
    content_.assign(pieces, std::vector<BlockDigest>(blocks));
    const std::uint64_t count = 3 + rng_.below(8);
    for (std::uint32_t n = 0; n < count; ++n) {
      peers_.push_back({{n, 1}, IpAddress::v4(0x0a000000 + n), n > 0 && rng_.below(3) == 0});
      picker_.on_peer_pieces({n, 1}, all_);
    }
  }
  void run() {
    for (int i = 0; i < 50'000 && !picker_.done(); ++i) {
      Peer& peer = peers_[static_cast<std::size_t>(rng_.below(peers_.size()))];
      if (!peer.banned) serve(peer);
    }
    CHECK(picker_.done());
    for (const Peer& peer : peers_)
      if (!peer.liar) CHECK_FALSE(peer.banned);
    // Whoever spoiled something was found, for all pieces have passed by now.
    for (const Peer& peer : peers_)
      if (spoiled_.contains(peer.address)) CHECK(peer.banned);
  }

 private:
  void serve(Peer& peer) {
    now_ += 100ms;
    std::vector<BlockRef> out;
    picker_.pick({.link = peer.link, .pieces = all_}, 1 + rng_.below(3), now_, out);
    for (const BlockRef block : out) {
      if (peer.banned) return;
      if (rng_.below(20) == 0) {
        picker_.on_taken_back(block, peer.link, TakenBack::stalled, now_);
        continue;
      }
      const auto received = picker_.on_received(block, peer.link);
      if (received.verdict != Received::accepted) continue;
      const std::uint32_t piece = block.piece.value;
      const std::uint32_t number = block.offset / block_size;
      const bool lies = peer.liar && rng_.below(2) == 0;
      content_[piece][number] = lies ? 1'000'000 + rng_.next() : right_digest(piece, number);
      if (lies) spoiled_.insert(peer.address);
      bans_.on_block(block.piece, number, peer.address);
      if (received.piece_complete) verify(block.piece);
    }
  }
  void verify(PieceIndex piece) {
    const auto& digests = content_[piece.value];
    bool right = true;
    for (std::uint32_t n = 0; n < blocks; ++n)
      right = right && digests[n] == right_digest(piece.value, n);
    std::vector<IpAddress> guilty;
    if (right) {
      picker_.on_piece_passed(piece);
      guilty = bans_.on_piece_passed(piece, digests);
    } else {
      picker_.on_piece_failed(piece);
      guilty = bans_.on_piece_failed(piece, blocks, digests);
    }
    for (const IpAddress& address : guilty)
      for (Peer& peer : peers_)
        if (peer.address == address && !peer.banned) {
          peer.banned = true;
          picker_.on_peer_gone(peer.link, all_);
        }
  }

  Rng rng_;
  Picker picker_;
  Bans bans_;
  Bitfield all_ = Bitfield(pieces, true);
  std::vector<Peer> peers_;
  std::vector<std::vector<BlockDigest>> content_;
  std::set<IpAddress> spoiled_;
  Instant now_{1000s};
};

}  // namespace

TEST_CASE("every liar is banned and no honest peer is") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    Swarm(seed).run();
  }
}

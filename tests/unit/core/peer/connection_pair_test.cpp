// Two peer::Connections back to back: a whole small torrent goes over.
#include <map>

#include "core/peer/connection.h"
#include "tests/support/catch.h"
#include "tests/unit/core/peer/scripted_peer.h"

using namespace seed;
using namespace seed::peer;
using namespace seed::peer::test;

namespace {

/// The least driver: serves all it is asked for, asks for all it lacks, eight at once.
struct Driver {
  Connection connection;
  Bitfield have;
  std::vector<BlockRef> wanted;
  std::map<BlockRef, Buffer> got;
  std::vector<Event> log;

  void act(Event& event, Instant now) {
    if (const auto* named = std::get_if<SkeyWanted>(&event)) {
      CHECK(named->req2 == wire::mse::req2_hash(info_hash()));
      connection.offer_skey(info_hash(), now);
    }
    if (std::get_if<HandshakeReceived>(&event) != nullptr) {
      if (!connection.open()) connection.accept(side(their_id), now);
      connection.send_bitfield(have, now);
    }
    if (const auto* told = std::get_if<PeerBitfield>(&event))
      connection.set_interested(told->pieces.has_any_not_in(have), now);
    if (const auto* told = std::get_if<InterestChanged>(&event))
      connection.set_choking(!told->interested, now);
    if (const auto* told = std::get_if<BlockRequested>(&event))
      connection.send_block(told->block, Block::copy_of(content(told->block)), now);
    if (auto* told = std::get_if<BlockReceived>(&event))
      got.emplace(told->ref, to_buffer(told->block.bytes()));
    while (!connection.peer_choking() && !wanted.empty() && connection.our_requests().size() < 8) {
      connection.request(wanted.back(), now);
      wanted.pop_back();
    }
    if (wanted.empty() && connection.our_requests().empty()) connection.set_interested(false, now);
  }
  void drain(Instant now) {
    while (auto event = connection.next_event()) {
      act(*event, now);
      log.push_back(std::move(*event));
    }
  }
};

std::vector<BlockRef> all_blocks() {
  std::vector<BlockRef> out;
  for (std::uint32_t piece = 0; piece < shape.piece_count; ++piece)
    for (std::uint32_t offset = 0; offset < shape.bytes_of({piece}); offset += block_size)
      out.push_back({{piece}, offset, std::min(block_size, shape.bytes_of({piece}) - offset)});
  return out;
}

/// Carries octets both ways in runs of at most `run`, until nobody has any.
void carry(Driver& a, Driver& b, std::size_t run) {
  for (int turn = 0; turn < 1'000'000; ++turn) {
    const Instant now = at(std::chrono::milliseconds(turn));
    bool moved = false;
    for (auto [from, to] : {std::pair{&a, &b}, std::pair{&b, &a}}) {
      auto& queue = from->connection.outgoing();
      if (queue.empty()) continue;
      ByteQueue part = queue.take(std::min(run, queue.size()));
      Buffer run_octets = drained(part);
      to->connection.on_bytes(run_octets, now);
      to->drain(now);
      moved = true;
    }
    if (!moved) return;
  }
  FAIL("they never stop talking");
}

}  // namespace

TEST_CASE("a torrent goes over from a seed to a leech, whoever dialled and however it is cut") {
  const bool fast = GENERATE(true, false);
  const auto encrypted = GENERATE(Encrypted::no, Encrypted::handshake, Encrypted::payload);
  const std::size_t run = GENERATE(std::size_t{1}, std::size_t{1000}, std::size_t{1} << 20);
  Local dialling = local();
  dialling.fast = fast;
  dialling.dials_encrypted = encrypted != Encrypted::no;
  dialling.secret = secret(1);
  Local dialled;
  dialled.secret = secret(2);
  dialled.encryption =
      encrypted == Encrypted::payload ? Encryption::preferred : Encryption::allowed;
  Driver leech{
      Connection(Role::outgoing, dialling, Rng(1), at(0s)), Bitfield(5), all_blocks(), {}, {}};
  Driver seed{Connection(Role::incoming, dialled, Rng(2), at(0s)), Bitfield(5, true), {}, {}, {}};
  carry(leech, seed, run);
  CHECK(leech.connection.facts().encrypted == encrypted);
  CHECK(seed.connection.facts().encrypted == encrypted);
  CHECK(leech.got.size() == all_blocks().size());
  for (const auto& [ref, payload] : leech.got) CHECK(payload == content(ref));
  const std::uint64_t total = 4 * 32768 + 20000;
  CHECK(leech.connection.counts().downloaded == total);
  CHECK(leech.connection.counts().wasted == 0);
  CHECK(seed.connection.counts().uploaded == total);
  CHECK(seed.connection.counts().sent == leech.connection.counts().received);
  CHECK(leech.connection.counts().sent == seed.connection.counts().received);
  CHECK(leech.connection.fast() == fast);
  CHECK(leech.connection.facts().pieces_had == 5);
  CHECK_FALSE(seed.connection.peer_interested());
  CHECK(seed.connection.am_choking());
}

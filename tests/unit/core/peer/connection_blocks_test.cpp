// peer::Connection: requests and blocks, both ways.
#include "core/peer/connection.h"
#include "tests/support/catch.h"
#include "tests/unit/core/peer/scripted_peer.h"

using namespace seed;
using namespace seed::peer;
using namespace seed::peer::test;

namespace {

BlockRef ref(std::uint32_t piece, std::uint32_t offset = 0, std::uint32_t length = block_size) {
  return {PieceIndex{piece}, offset, length};
}

Connection unchoked(bool fast = true) {
  Connection out = opened(fast);
  feed(out, {wire::Unchoke{}});
  return out;
}

/// We have told our pieces and unchoked the peer.
Connection serving(bool fast = true) {
  Connection out = opened(fast);
  out.send_bitfield(Bitfield(5, true), at(1s));
  out.set_choking(false, at(1s));
  drained(out.outgoing());
  return out;
}

}  // namespace

TEST_CASE("a block that was asked for is received whole, however it is cut") {
  Connection connection = unchoked();
  REQUIRE(connection.request(ref(1), at(1s)));
  CHECK(to_hex(drained(connection.outgoing())) == "0000000d06000000010000000000004000");
  const Buffer input = piece_octets(ref(1));
  std::vector<Event> told;
  for (const std::uint8_t octet : input)
    for (auto& event : feed(connection, Buffer{octet})) told.push_back(std::move(event));
  REQUIRE(only<BlockReceived>(told) != nullptr);
  CHECK(equal(only<BlockReceived>(told)->block.bytes(), content(ref(1))));
  CHECK(connection.our_requests().empty());
  CHECK(connection.counts().downloaded == block_size);
  CHECK(connection.counts().wasted == 0);
}

TEST_CASE("requests need an unchoke, a range and a place in the queue") {
  Connection connection = opened();
  CHECK_FALSE(connection.request(ref(1), at(1s)));
  feed(connection, {wire::Unchoke{}});
  CHECK_FALSE(connection.request(ref(5), at(1s)));
  CHECK_FALSE(connection.request(ref(4, 16384), at(1s)));
  CHECK_FALSE(connection.request(ref(0, 0, 0), at(1s)));
  CHECK_FALSE(connection.request(ref(0, 0, 2 * block_size), at(1s)));
  CHECK(connection.request(ref(4, 16384, 20000 - 16384), at(1s)));
  CHECK_FALSE(connection.request(ref(4, 16384, 20000 - 16384), at(1s)));
  for (std::uint32_t i = 1; i < limits::our_requests_max; ++i)
    CHECK(connection.request(ref(0, i, 1), at(1s)));
  CHECK_FALSE(connection.request(ref(0, 600, 1), at(1s)));
}

TEST_CASE("allowed fast pieces may be asked for while choked") {
  Connection connection = opened();
  CHECK(is_only<AllowedFast>(feed(connection, {wire::AllowedFast{PieceIndex{3}}}), PieceIndex{3}));
  CHECK(connection.request(ref(3), at(1s)));
  CHECK_FALSE(connection.request(ref(2), at(1s)));
}

TEST_CASE("a block comes with the time it was asked for") {
  Connection connection = unchoked();
  connection.request(ref(0), at(2s));
  connection.request(ref(1), at(3s));
  const auto told = feed(connection, piece_octets(ref(1)), at(4s));
  REQUIRE(only<BlockReceived>(told) != nullptr);
  CHECK(only<BlockReceived>(told)->asked_at == at(3s));
}

TEST_CASE("a block that was taken back is wasted, also when it was on its way") {
  Connection connection = unchoked();
  connection.request(ref(0), at(1s));
  connection.request(ref(1), at(1s));
  CHECK(connection.cancel(ref(0), at(1s)));
  CHECK_FALSE(connection.cancel(ref(0), at(1s)));
  CHECK(feed(connection, piece_octets(ref(0))).empty());
  CHECK(connection.counts().wasted == block_size);
  const Buffer second = piece_octets(ref(1));
  CHECK(feed(connection, Buffer(second.begin(), second.begin() + 100)).empty());
  CHECK(connection.cancel(ref(1), at(1s)));
  CHECK(feed(connection, Buffer(second.begin() + 100, second.end())).empty());
  CHECK(connection.counts().wasted == 2 * block_size);
}

TEST_CASE("a block asked for only after it began to come is not taken for the answer") {
  Connection connection = unchoked();
  const Buffer input = piece_octets(ref(0));
  feed(connection, Buffer(input.begin(), input.begin() + 100));
  connection.request(ref(0), at(1s));
  CHECK(feed(connection, Buffer(input.begin() + 100, input.end())).empty());
  CHECK(connection.our_requests().contains(ref(0)));
  CHECK(only<BlockReceived>(feed(connection, input)) != nullptr);
}

TEST_CASE("a block nobody asked for never arrives, and many of them end the connection") {
  Connection connection = unchoked();
  for (std::size_t i = 0; i < stray_blocks_max; ++i)
    CHECK(feed(connection, piece_octets(ref(0, 0, 10))).empty());
  CHECK(connection.counts().wasted == 10 * stray_blocks_max);
  CHECK(
      ended_with(feed(connection, piece_octets(ref(0, 0, 10))), ViolationCode::unrequested_blocks));
}

TEST_CASE("blocks that come late after a choke are no fault") {
  Connection connection = unchoked(false);
  for (std::uint32_t i = 0; i < 200; ++i) connection.request(ref(0, i, 1), at(1s));
  const auto told = feed(connection, {wire::Choke{}});
  REQUIRE(told.size() == 2);
  CHECK(told[0] == Event(ChokeChanged{true}));
  const auto* dropped = std::get_if<RequestsDropped>(&told[1]);
  REQUIRE(dropped != nullptr);
  CHECK(dropped->blocks.size() == 200);
  CHECK(dropped->blocks.front() == ref(0, 0, 1));
  for (std::uint32_t i = 0; i < 200; ++i)
    CHECK(feed(connection, piece_octets(ref(0, i, 1))).empty());
  CHECK(connection.open());
}

TEST_CASE("a block that does not exist ends the connection") {
  for (const auto& bad :
       {ref(5, 0, 10), ref(4, 20000, 1), ref(4, 16384, 16384), ref(0, 32768, 1)}) {
    Connection connection = unchoked();
    CHECK(ended_with(feed(connection, piece_octets(bad)), ViolationCode::out_of_range));
  }
  Connection connection = unchoked();
  CHECK(ended_with(feed(connection, Buffer{0, 0, 0, 8, 7}), ViolationCode::malformed_message));
}

TEST_CASE("with BEP 6 a choke drops nothing, and each reject is told") {
  Connection connection = unchoked();
  connection.request(ref(0), at(1s));
  CHECK(is_only<ChokeChanged>(feed(connection, {wire::Choke{}}), true));
  CHECK(connection.our_requests().size() == 1);
  CHECK(is_only<RequestRejected>(feed(connection, {wire::Reject{ref(0)}}), ref(0)));
  CHECK(feed(connection, {wire::Reject{ref(0)}}).empty());
  CHECK(connection.our_requests().empty());
}

TEST_CASE("a request is told, answered without a copy, and answered once") {
  Connection connection = serving();
  CHECK(is_only<BlockRequested>(feed(connection, {wire::Request{ref(2)}, wire::Request{ref(2)}}),
                                ref(2)));
  CHECK(connection.peer_wants(ref(2)));
  Block block = Block::copy_of(content(ref(2)));
  const std::uint8_t* payload = block.bytes().data();
  CHECK(connection.send_block(ref(2), std::move(block), at(2s)));
  std::array<Bytes, 1> front;
  REQUIRE(connection.outgoing().front(front) == 1);
  CHECK(front[0].data() + wire::piece_head_bytes == payload);
  CHECK(drained(connection.outgoing()) == piece_octets(ref(2)));
  CHECK(connection.counts().uploaded == block_size);
  CHECK_FALSE(connection.send_block(ref(2), Block::copy_of(content(ref(2))), at(2s)));
  CHECK(connection.outgoing().empty());
}

TEST_CASE("a request above 16 KiB is answered in parts") {
  Connection connection = serving();
  const BlockRef large = ref(0, 0, 32768);
  CHECK(is_only<BlockRequested>(feed(connection, {wire::Request{large}}), large));
  const Buffer all = content(large);
  std::array<Block, 2> parts{Block::copy_of(Bytes(all).first(block_size)),
                             Block::copy_of(Bytes(all).subspan(block_size))};
  CHECK(connection.send_block(large, parts, at(2s)));
  CHECK(drained(connection.outgoing()) == octets({piece_message(large, all)}));
}

TEST_CASE("requests that no one may make end the connection") {
  Connection a = serving();
  CHECK(ended_with(feed(a, {wire::Request{ref(0, 0, limits::request_bytes_max + 1)}}),
                   ViolationCode::request_too_long));
  Connection b = serving();
  CHECK(ended_with(feed(b, {wire::Request{ref(0, 32768, 1)}}), ViolationCode::out_of_range));
  Connection c = serving();
  CHECK(ended_with(feed(c, {wire::Request{ref(0, 0, 0)}}), ViolationCode::out_of_range));
  Connection d = serving();
  CHECK(ended_with(feed(d, {wire::Request{ref(0, 0xffffffff, 0x20000)}}),
                   ViolationCode::out_of_range));
}

TEST_CASE("a choked peer's request is refused, or passed over without BEP 6") {
  for (const bool fast : {true, false}) {
    Connection connection = serving(fast);
    connection.set_choking(true, at(1s));
    drained(connection.outgoing());
    CHECK(feed(connection, {wire::Request{ref(0)}}).empty());
    CHECK(drained(connection.outgoing()) == (fast ? octets({wire::Reject{ref(0)}}) : Buffer{}));
  }
}

TEST_CASE("choking throws the queue away, but for allowed fast pieces") {
  Connection connection = serving();
  const std::array allowed{PieceIndex{3}, PieceIndex{3}};
  connection.allow_fast(allowed, at(1s));
  CHECK(drained(connection.outgoing()) == octets({wire::AllowedFast{PieceIndex{3}}}));
  feed(connection, {wire::Request{ref(0)}, wire::Request{ref(3)}, wire::Request{ref(1)}});
  connection.set_choking(true, at(2s));
  CHECK(drained(connection.outgoing()) ==
        octets({wire::Choke{}, wire::Reject{ref(0)}, wire::Reject{ref(1)}}));
  CHECK_FALSE(connection.send_block(ref(0), Block::copy_of(content(ref(0))), at(2s)));
  CHECK(connection.send_block(ref(3), Block::copy_of(content(ref(3))), at(2s)));
  CHECK(is_only<BlockRequested>(feed(connection, {wire::Request{ref(3)}}, at(3s)), ref(3)));
}

TEST_CASE("a cancelled request is off the queue, and with BEP 6 answered") {
  for (const bool fast : {true, false}) {
    Connection connection = serving(fast);
    feed(connection, {wire::Request{ref(0)}});
    CHECK(is_only<BlockCancelled>(feed(connection, {wire::Cancel{ref(0)}}), ref(0)));
    CHECK(feed(connection, {wire::Cancel{ref(0)}}).empty());
    CHECK(drained(connection.outgoing()) == (fast ? octets({wire::Reject{ref(0)}}) : Buffer{}));
    CHECK_FALSE(connection.send_block(ref(0), Block::copy_of(content(ref(0))), at(2s)));
  }
}

TEST_CASE("the queue of a peer has an end") {
  Connection connection = serving();
  for (std::uint32_t i = 0; i < limits::peer_requests_max; ++i)
    CHECK(feed(connection, {wire::Request{ref(0, i, 1)}}).size() == 1);
  CHECK(feed(connection, {wire::Request{ref(0, 1000, 1)}}).empty());
  CHECK(drained(connection.outgoing()) == octets({wire::Reject{ref(0, 1000, 1)}}));
  CHECK(connection.reject(ref(0, 7, 1), at(2s)));
  CHECK_FALSE(connection.reject(ref(0, 7, 1), at(2s)));
  CHECK(drained(connection.outgoing()) == octets({wire::Reject{ref(0, 7, 1)}}));
  CHECK(feed(connection, {wire::Request{ref(0, 1000, 1)}}, at(2s)).size() == 1);
}

TEST_CASE("a peer may queue as many requests as it was told, and no more than the most") {
  for (const std::uint32_t said : {3u, 100'000u}) {
    Local ours = local();
    ours.reqq = said;
    Connection connection = opened(true, ours);
    connection.set_choking(false, at(1s));
    feed(connection, {wire::Interested{}});
    std::uint32_t taken = 0;
    for (std::uint32_t i = 0; i < limits::peer_requests_max + 10; ++i)
      taken += feed(connection, {wire::Request{ref(0, i, 1)}}).empty() ? 0u : 1u;
    CHECK(taken == std::min<std::uint32_t>(said, limits::peer_requests_max));
  }
}

TEST_CASE("suggestions are passed on when they exist") {
  Connection connection = opened();
  CHECK(is_only<Suggested>(feed(connection, {wire::Suggest{PieceIndex{2}}}), PieceIndex{2}));
  CHECK(ended_with(feed(connection, {wire::Suggest{PieceIndex{5}}}), ViolationCode::out_of_range));
}

// peer::Connection: encrypted handshakes, and what becomes of those that do not come about.
#include "core/peer/connection.h"
#include "tests/support/catch.h"
#include "tests/unit/core/peer/scripted_peer.h"

using namespace seed;
using namespace seed::peer;
using namespace seed::peer::test;

namespace {

Connection dialling(Encryption policy = Encryption::preferred, bool encrypted = true) {
  Local out = local();
  out.encryption = policy;
  out.dials_encrypted = encrypted;
  out.secret = secret(1);
  return {Role::outgoing, std::move(out), Rng(1), at(0s)};
}
Connection dialled(Encryption policy = Encryption::preferred) {
  Local out;
  out.encryption = policy;
  out.secret = secret(2);
  return {Role::incoming, std::move(out), Rng(2), at(0s)};
}

/// Carries the octets of `from` to `to`; what they made of it.
std::vector<Event> pass(Connection& from, Connection& to) {
  return feed(to, drained(from.outgoing()));
}

/// Up to where the dialled end asks whose torrent it is.
std::vector<Event> up_to_the_question(Connection& a, Connection& b) {
  CHECK(pass(a, b).empty());
  CHECK(pass(b, a).empty());
  return pass(a, b);
}

void open_both(Connection& a, Connection& b) {
  up_to_the_question(a, b);
  b.offer_skey(info_hash(), at(1s));
  events(b);
  b.accept(side(their_id), at(1s));
  pass(b, a);
  pass(a, b);
  REQUIRE(a.open());
  REQUIRE(b.open());
}

}  // namespace

TEST_CASE("a plain peer is turned away where encryption is required, and told why") {
  Connection incoming = dialled(Encryption::required);
  const auto told = feed(incoming, handshake());
  REQUIRE(ended_with(told, ViolationCode::plain_refused));
  CHECK(std::get<Violation>(told.back()).text == "does not encrypt, as is required");
  CHECK(incoming.outgoing().empty());
  Connection outgoing = dialling(Encryption::required);
  CHECK(ended_with(feed(outgoing, handshake()), ViolationCode::plain_refused));
  CHECK_FALSE(outgoing.other_way_left());
}

TEST_CASE("where encryption is required no dial is plain") {
  Connection connection = dialling(Encryption::required, false);
  const Buffer sent = drained(connection.outgoing());
  CHECK(sent.size() >= Number768::size);
  CHECK_FALSE(wire::begins_handshake(sent));
}

TEST_CASE("a plain peer is welcome elsewhere") {
  const auto policy = GENERATE(Encryption::allowed, Encryption::preferred);
  Connection incoming = dialled(policy);
  CHECK(only<HandshakeReceived>(feed(incoming, handshake())) != nullptr);
  Connection outgoing = dialling(policy, false);
  CHECK(drained(outgoing.outgoing()) == handshake(our_id));
  CHECK(incoming.facts().encrypted == Encrypted::no);
}

TEST_CASE("whoever has no secret takes an encrypted handshake for rubbish") {
  Connection outgoing = dialling();
  Connection incoming(Role::incoming, {}, Rng(2), at(0s));
  CHECK(ended_with(pass(outgoing, incoming), ViolationCode::bad_handshake));
}

TEST_CASE("an encrypted handshake asks for its torrent and then is one like others") {
  Connection a = dialling();
  Connection b = dialled();
  CHECK(is_only<SkeyWanted>(up_to_the_question(a, b), wire::mse::req2_hash(info_hash())));
  CHECK(b.outgoing().empty());
  b.offer_skey(info_hash(), at(1s));
  const auto told = events(b);
  REQUIRE(only<HandshakeReceived>(told) != nullptr);
  CHECK(only<HandshakeReceived>(told)->info_hash == info_hash());
  CHECK(only<HandshakeReceived>(told)->peer_id == id(our_id));
  CHECK(a.other_way_left());
  CHECK(pass(b, a).empty());
  CHECK_FALSE(a.other_way_left());
  CHECK(a.facts().encrypted == Encrypted::payload);
  b.accept(side(their_id), at(1s));
  CHECK(std::get_if<HandshakeReceived>(&pass(b, a).front()) != nullptr);
  CHECK(a.open());
}

TEST_CASE("an encrypted dial that comes to nothing may be made in plain") {
  Connection a = dialling();
  CHECK(a.other_way_left());
  SECTION("the peer answers in plain") {
    CHECK(ended_with(feed(a, handshake()), ViolationCode::plain_refused));
  }
  SECTION("the peer answers something else") {
    CHECK(ended_with(feed(a, Buffer(1000, 'x')), ViolationCode::no_encryption));
  }
  SECTION("the peer does not answer") {
    REQUIRE(a.deadline() == at(limits::handshake_timeout));
    a.on_deadline(at(limits::handshake_timeout));
    CHECK(ended_with(events(a), ViolationCode::handshake_timeout));
  }
  CHECK(a.other_way_left());
}

TEST_CASE("a dial in plain that comes to nothing may be made encrypted, until a handshake came") {
  Local local;
  local.torrent = side();
  SECTION("where that is possible at all") {
    CHECK_FALSE(Connection(Role::outgoing, local, Rng(1), at(0s)).other_way_left());
  }
  local.secret.emplace();
  Connection dialling(Role::outgoing, local, Rng(1), at(0s));
  CHECK(dialling.other_way_left());
  feed(dialling, handshake());
  CHECK_FALSE(dialling.other_way_left());
}

TEST_CASE("a torrent that is not here ends an encrypted connection") {
  Connection a = dialling();
  Connection b = dialled();
  up_to_the_question(a, b);
  b.offer_skey(std::nullopt, at(1s));
  CHECK(ended_with(events(b), ViolationCode::unknown_torrent));
  CHECK(b.outgoing().empty());
  b.offer_skey(info_hash(), at(1s));
  CHECK(events(b).empty());
}

TEST_CASE("a handshake about another torrent than its key is no handshake") {
  Sha1 other;
  wire::mse::Handshake a({}, secret(3), other, handshake());
  Connection b = dialled();
  feed(b, drained(a.outgoing()));
  Buffer answer = drained(b.outgoing());
  MutableBytes rest(answer);
  a.on_bytes(rest);
  CHECK(is_only<SkeyWanted>(feed(b, drained(a.outgoing())), wire::mse::req2_hash(other)));
  b.offer_skey(other, at(1s));
  CHECK(ended_with(events(b), ViolationCode::wrong_info_hash));
}

TEST_CASE("who hangs in an encrypted handshake is not waited for") {
  Connection a = dialling();
  Connection b = dialled();
  SECTION("after nothing") {}
  SECTION("after its key") { pass(a, b); }
  SECTION("after its question") { up_to_the_question(a, b); }
  CHECK(b.deadline() == at(limits::handshake_timeout));
  b.on_deadline(at(limits::handshake_timeout));
  CHECK(ended_with(events(b), ViolationCode::handshake_timeout));
}

TEST_CASE("octets that begin as a plain handshake and go on otherwise are a key") {
  Connection b = dialled();
  Buffer key = to_buffer(wire::handshake_prefix.substr(0, 12));
  CHECK(feed(b, key).empty());
  key.assign(Number768::size - key.size(), 0x77);
  CHECK(feed(b, key).empty());
  CHECK(b.outgoing().size() >= Number768::size);
}

TEST_CASE("garbage comes to an end soon") {
  Rng rng(11);
  for (int i = 0; i < 20; ++i) {
    Connection b = dialled();
    Buffer garbage(Number768::size + wire::mse::padding_bytes_max + Sha1::size);
    rng.fill(garbage);
    garbage[0] = 0x55;
    CHECK(ended_with(feed(b, garbage), ViolationCode::bad_handshake));
  }
}

TEST_CASE("what comes while a torrent is looked for is kept, up to a bound") {
  Connection a = dialling();
  Connection b = dialled();
  up_to_the_question(a, b);
  CHECK(feed(b, Buffer(wire::mse::held_bytes_max / 2)).empty());
  CHECK(ended_with(feed(b, Buffer(wire::mse::held_bytes_max)), ViolationCode::early_flood));
}

TEST_CASE("a block goes out under RC4, and is not copied for it") {
  Connection a = dialling();
  Connection b = dialled();
  open_both(a, b);
  CHECK(a.facts().encrypted == Encrypted::payload);
  b.send_bitfield(Bitfield(5, true), at(1s));
  b.set_choking(false, at(1s));
  pass(b, a);
  const BlockRef ref{PieceIndex{1}, 0, block_size};
  REQUIRE(a.request(ref, at(1s)));
  REQUIRE(is_only<BlockRequested>(pass(a, b), ref));
  Block block = Block::copy_of(content(ref));
  const std::uint8_t* where = block.bytes().data();
  REQUIRE(b.send_block(ref, std::move(block), at(2s)));
  std::array<Bytes, 1> front;
  b.outgoing().front(front);
  REQUIRE(front[0].size() == wire::piece_head_bytes + block_size);
  CHECK(front[0].data() + wire::piece_head_bytes == where);
  CHECK_FALSE(equal(front[0].subspan(wire::piece_head_bytes), content(ref)));
  const auto told = feed(a, drained(b.outgoing()), at(2s));
  REQUIRE(only<BlockReceived>(told) != nullptr);
  CHECK(equal(only<BlockReceived>(told)->block.bytes(), content(ref)));
}

TEST_CASE("where both only allow encryption no payload is encrypted") {
  Connection a = dialling(Encryption::allowed);
  Connection b = dialled(Encryption::allowed);
  open_both(a, b);
  CHECK(a.facts().encrypted == Encrypted::handshake);
  a.have(PieceIndex{3}, at(1s));
  CHECK(drained(a.outgoing()) == octets({wire::Have{PieceIndex{3}}}));
}

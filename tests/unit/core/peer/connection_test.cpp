#include "core/peer/connection.h"

#include "tests/support/catch.h"
#include "tests/unit/core/peer/scripted_peer.h"

using namespace seed;
using namespace seed::peer;
using namespace seed::peer::test;

TEST_CASE("the one who dials speaks first, the one who is dialled waits for accept") {
  Connection dialler(Role::outgoing, local(), Rng(1), at(0s));
  CHECK(dialler.outgoing().size() == wire::handshake_bytes);
  Local incoming = local();
  incoming.torrent.reset();
  Connection dialled(Role::incoming, incoming, Rng(2), at(0s));
  CHECK(dialled.outgoing().empty());
  const auto told = feed(dialled, handshake());
  REQUIRE(only<HandshakeReceived>(told) != nullptr);
  CHECK(only<HandshakeReceived>(told)->info_hash == info_hash());
  CHECK(only<HandshakeReceived>(told)->peer_id == id(their_id));
  CHECK(dialled.outgoing().empty());
  CHECK_FALSE(dialled.open());
  CHECK(dialled.peer_id() == id(their_id));
  dialled.accept(side(), at(1s));
  CHECK(dialled.open());
  const Buffer sent = drained(dialled.outgoing());
  CHECK(wire::parse_handshake(Bytes(sent).first(68))->peer_id == id(our_id));
  CHECK(sent[72] == 20);  // the extended handshake follows at once
}

TEST_CASE("a dialled one answers to the info-hash that it was called by") {
  Connection dialled(Role::incoming, {}, Rng(1), at(0s));
  Buffer called = handshake();
  called[28] ^= 1;  // BEP 3: where the info-hash begins
  const auto told = feed(dialled, called);
  REQUIRE(only<HandshakeReceived>(told) != nullptr);
  const Sha1 named = only<HandshakeReceived>(told)->info_hash;
  REQUIRE(named != info_hash());
  dialled.accept(side(), at(1s));
  const Buffer sent = drained(dialled.outgoing());
  CHECK(wire::parse_handshake(Bytes(sent).first(68))->info_hash == named);
}

TEST_CASE("what comes between an incoming handshake and accept is kept") {
  Connection dialled(Role::incoming, {}, Rng(1), at(0s));
  Buffer input = handshake();
  const Buffer more = octets({wire::HaveAll{}, wire::Interested{}});
  input.insert(input.end(), more.begin(), more.end() - 2);
  CHECK(only<HandshakeReceived>(feed(dialled, input)) != nullptr);
  CHECK(feed(dialled, Buffer(more.end() - 2, more.end())).empty());
  dialled.accept(side(), at(1s));
  const auto told = events(dialled);
  REQUIRE(told.size() == 2);
  CHECK(told[0] == Event(PeerBitfield{Bitfield(5, true)}));
  CHECK(told[1] == Event(InterestChanged{true}));
}

TEST_CASE("a flood before accept ends the connection") {
  Connection dialled(Role::incoming, {}, Rng(1), at(0s));
  feed(dialled, handshake());
  CHECK(feed(dialled, Buffer(early_bytes_max)).empty());
  CHECK(ended_with(feed(dialled, Buffer(1)), ViolationCode::early_flood));
}

TEST_CASE("foreign octets, another torrent and ourselves are told apart") {
  Connection a(Role::outgoing, local(), Rng(1), at(0s));
  CHECK(ended_with(feed(a, to_buffer("H")), ViolationCode::bad_handshake));
  CHECK(feed(a, handshake()).empty());
  CHECK_FALSE(a.deadline());

  Connection b(Role::outgoing, local(), Rng(1), at(0s));
  Buffer other = handshake();
  other[30] ^= 1;
  CHECK(ended_with(feed(b, other), ViolationCode::wrong_info_hash));

  Connection c(Role::outgoing, local(), Rng(1), at(0s));
  CHECK(ended_with(feed(c, handshake(our_id)), ViolationCode::self_connection));

  Connection d(Role::incoming, {}, Rng(1), at(0s));
  feed(d, handshake(our_id));
  d.accept(side(), at(1s));
  CHECK(ended_with(events(d), ViolationCode::self_connection));
  // The end that dialled is to know as well.
  CHECK(d.outgoing().size() == handshake().size());
}

TEST_CASE("a handshake that does not come ends the connection") {
  Connection connection(Role::outgoing, local(), Rng(1), at(0s));
  REQUIRE(connection.deadline() == at(limits::handshake_timeout));
  connection.on_deadline(at(limits::handshake_timeout) - 1ns);
  CHECK(events(connection).empty());
  connection.on_deadline(at(limits::handshake_timeout));
  CHECK(ended_with(events(connection), ViolationCode::handshake_timeout));
}

TEST_CASE("silence is broken by keepalives and ended by idleness") {
  Connection connection = opened();
  std::size_t keepalives = 0;
  while (connection.deadline()) {
    connection.on_deadline(*connection.deadline());
    const Buffer sent = drained(connection.outgoing());
    if (!sent.empty()) {
      CHECK(to_hex(sent) == "00000000");
      ++keepalives;
    }
    if (const auto told = events(connection); !told.empty())
      CHECK(ended_with(told, ViolationCode::idle));
  }
  CHECK(keepalives == 1);  // one at some 95 s; at 180 s it is over
}

TEST_CASE("a peer that is not read is not taken for silent") {
  Connection connection = opened();
  connection.excuse_silence(at(limits::link_idle_max));
  connection.on_deadline(at(limits::link_idle_max));
  CHECK(events(connection).empty());
  connection.on_deadline(at(limits::link_idle_max * 2));
  CHECK(ended_with(events(connection), ViolationCode::idle));
}

TEST_CASE("our bitfield takes the shortest form the peer speaks") {
  Bitfield some(5);
  some.set(PieceIndex{1});
  for (const bool fast : {true, false}) {
    Connection none = opened(fast);
    none.send_bitfield(Bitfield(5), at(1s));
    CHECK(to_hex(drained(none.outgoing())) == (fast ? "000000010f" : ""));
    Connection all = opened(fast);
    all.send_bitfield(Bitfield(5, true), at(1s));
    CHECK(to_hex(drained(all.outgoing())) == (fast ? "000000010e" : "0000000205f8"));
    Connection part = opened(fast);
    part.send_bitfield(some, at(1s));
    part.send_bitfield(some, at(1s));
    CHECK(to_hex(drained(part.outgoing())) == "000000020540");
    Connection unknown = opened(fast);
    unknown.send_bitfield(Bitfield(), at(1s));
    CHECK(to_hex(drained(unknown.outgoing())) == (fast ? "000000010f" : ""));
  }
}

TEST_CASE("a bitfield of the wrong size or with spare bits is a violation") {
  const Buffer good{0x48};
  const Buffer spare{0x49};
  const Buffer longer{0x48, 0x00};
  Connection a = opened();
  const auto told = feed(a, {wire::BitfieldMessage{good}});
  CHECK(told == [&] {
    std::vector<Event> out;
    out.emplace_back(PeerBitfield{*Bitfield::from_wire(good, 5)});
    return out;
  }());
  Connection b = opened();
  CHECK(ended_with(feed(b, {wire::BitfieldMessage{spare}}), ViolationCode::bad_bitfield));
  Connection c = opened();
  CHECK(ended_with(feed(c, {wire::BitfieldMessage{longer}}), ViolationCode::bad_bitfield));
  Connection d = opened();
  CHECK(ended_with(feed(d, {wire::BitfieldMessage{{}}}), ViolationCode::bad_bitfield));
}

TEST_CASE("a later bitfield adds pieces, as aria2 sends it in place of many haves") {
  const Buffer first{0x48};
  const Buffer later{0x80};
  Connection a = opened();
  feed(a, {wire::HaveNone{}, wire::BitfieldMessage{first}, wire::Have{PieceIndex{2}}});
  const auto told = feed(a, {wire::BitfieldMessage{later}});
  const Buffer sum{0xe8};
  REQUIRE(told.size() == 1);
  CHECK(told[0] == Event(PeerBitfield{*Bitfield::from_wire(sum, 5)}));
}

TEST_CASE("have all comes once and first") {
  const Buffer bits{0x48};
  Connection a = opened();
  CHECK(
      ended_with(feed(a, {wire::HaveNone{}, wire::HaveAll{}}), ViolationCode::misplaced_bitfield));
  Connection b = opened();
  CHECK(ended_with(feed(b, {wire::Have{PieceIndex{1}}, wire::HaveAll{}}),
                   ViolationCode::misplaced_bitfield));
  Connection c = opened();
  const auto told = feed(c, {wire::Port{6881}, wire::KeepAlive{}, wire::BitfieldMessage{bits}});
  REQUIRE(told.size() == 2);
  CHECK(told[0] == Event(PortReceived{6881}));
}

TEST_CASE("messages that were not agreed on are violations") {
  for (const wire::Message& message :
       {wire::Message(wire::HaveAll{}), wire::Message(wire::HaveNone{}),
        wire::Message(wire::Suggest{}), wire::Message(wire::AllowedFast{}),
        wire::Message(wire::Reject{})}) {
    Connection connection = opened(false);
    CHECK(ended_with(feed(connection, {message}), ViolationCode::not_negotiated));
  }
  Connection plain(Role::outgoing, local(), Rng(1), at(0s));
  feed(plain, handshake(their_id, true, false));
  CHECK(plain.outgoing().size() == wire::handshake_bytes);
  const Buffer payload = to_buffer("de");
  CHECK(ended_with(feed(plain, {wire::Extended{0, payload}}), ViolationCode::not_negotiated));
}

TEST_CASE("haves are told once and must exist") {
  Connection connection = opened();
  const auto told = feed(connection, {wire::Have{PieceIndex{4}}, wire::Have{PieceIndex{4}}});
  CHECK(is_only<PeerHas>(told, PieceIndex{4}));
  CHECK(connection.facts().pieces_had == 1);
  CHECK(ended_with(feed(connection, {wire::Have{PieceIndex{5}}}), ViolationCode::out_of_range));
}

TEST_CASE("choke and interest are told when they change") {
  Connection connection = opened();
  const auto told =
      feed(connection, {wire::Choke{}, wire::Unchoke{}, wire::Unchoke{}, wire::Interested{},
                        wire::Interested{}, wire::NotInterested{}, wire::Choke{}});
  REQUIRE(told.size() == 4);
  CHECK(told[0] == Event(ChokeChanged{false}));
  CHECK(told[1] == Event(InterestChanged{true}));
  CHECK(told[2] == Event(InterestChanged{false}));
  CHECK(told[3] == Event(ChokeChanged{true}));
  connection.set_interested(false, at(1s));
  connection.set_choking(true, at(1s));
  CHECK(connection.outgoing().empty());
  connection.set_interested(true, at(1s));
  connection.set_choking(false, at(1s));
  CHECK(to_hex(drained(connection.outgoing())) == "00000001020000000101");
}

TEST_CASE("what a peer has is kept until the shape is known") {
  Local magnet = local();
  magnet.torrent->shape.reset();
  SECTION("a bitfield and haves") {
    Connection connection = opened(true, magnet);
    const Buffer bits{0x40};
    CHECK(feed(connection, {wire::BitfieldMessage{bits}, wire::Have{PieceIndex{4}},
                            wire::AllowedFast{PieceIndex{2}}})
              .empty());
    CHECK_FALSE(connection.request({PieceIndex{1}, 0, 16384}, at(1s)));
    connection.set_torrent(shape, 0, at(2s));
    const auto told = events(connection);
    REQUIRE(told.size() == 2);
    CHECK(told[0] == Event(PeerBitfield{*Bitfield::from_wire(Buffer{0x48}, 5)}));
    CHECK(told[1] == Event(AllowedFast{PieceIndex{2}}));
    CHECK(connection.request({PieceIndex{2}, 0, 16384}, at(2s)));
  }
  SECTION("have all") {
    Connection connection = opened(true, magnet);
    feed(connection, {wire::HaveAll{}});
    connection.set_torrent(shape, 0, at(2s));
    CHECK(is_only<PeerBitfield>(events(connection), Bitfield(5, true)));
  }
  SECTION("nothing") {
    Connection connection = opened(true, magnet);
    connection.set_torrent(shape, 0, at(2s));
    CHECK(events(connection).empty());
  }
  SECTION("a bitfield that does not fit") {
    Connection connection = opened(true, magnet);
    const Buffer bits{0x40, 0x00};
    feed(connection, {wire::BitfieldMessage{bits}});
    connection.set_torrent(shape, 0, at(2s));
    CHECK(ended_with(events(connection), ViolationCode::bad_bitfield));
  }
  SECTION("a have that does not exist") {
    Connection connection = opened(true, magnet);
    feed(connection, {wire::Have{PieceIndex{5}}});
    connection.set_torrent(shape, 0, at(2s));
    CHECK(ended_with(events(connection), ViolationCode::out_of_range));
  }
}

TEST_CASE("a length beyond the bound ends the connection before its octets come") {
  Connection connection = opened();
  Buffer length{0, 2, 0, 1};
  CHECK(ended_with(feed(connection, length), ViolationCode::message_too_large));
}

TEST_CASE("a large torrent's bitfield may be larger than other messages") {
  Local large = local();
  large.torrent->shape = TorrentShape{2'000'000, 16384, 16384};
  Connection connection = opened(true, large);
  const Buffer bits(250'000, 0xff);
  const auto told = feed(connection, {wire::BitfieldMessage{bits}});
  REQUIRE(only<PeerBitfield>(told) != nullptr);
  CHECK(only<PeerBitfield>(told)->pieces.all());
}

TEST_CASE("nothing is taken or sent after a violation") {
  Connection connection = opened();
  CHECK(ended_with(feed(connection, {wire::Have{PieceIndex{9}}, wire::Have{PieceIndex{1}}}),
                   ViolationCode::out_of_range));
  CHECK(feed(connection, {wire::Have{PieceIndex{1}}}).empty());
  connection.have(PieceIndex{1}, at(2s));
  connection.set_interested(true, at(2s));
  connection.on_deadline(at(500s));
  CHECK(events(connection).empty());
  CHECK(connection.outgoing().empty());
  CHECK_FALSE(connection.deadline());
}

TEST_CASE("unknown messages, and hash messages without v2, are passed over") {
  Connection connection = opened();
  const Buffer payload(48);
  CHECK(feed(connection, {wire::Unknown{99, payload}, wire::HashRequest{}}).empty());
  CHECK(connection.facts().unknown_messages == 2);
}

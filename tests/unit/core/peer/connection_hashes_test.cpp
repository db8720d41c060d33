#include "core/peer/connection.h"

#include "core/metainfo/file_layout_builder.h"
#include "tests/support/catch.h"
#include "tests/unit/core/peer/scripted_peer.h"

using namespace seed;
using namespace seed::peer;
using namespace seed::peer::test;

namespace {

Sha1 hash_v2() {
  Sha1 out;
  out.octets.fill(0xbb);
  return out;
}

TorrentSide hybrid_side(std::string_view peer_id = our_id) {
  TorrentSide out = side(peer_id);
  out.info_hash_v2 = hash_v2();
  return out;
}

Local hybrid(std::string_view peer_id = our_id) {
  Local out = local(peer_id);
  out.torrent = hybrid_side(peer_id);
  return out;
}

Buffer handshake_by(const Sha1& hash, bool speaks_v2) {
  wire::Handshake out{{}, hash, id(their_id)};
  out.reserved.set_fast(true).set_v2(speaks_v2);
  ByteQueue queue;
  wire::encode_handshake(out, queue);
  return drained(queue);
}

wire::Handshake sent_handshake(Connection& connection) {
  const Buffer sent = drained(connection.outgoing());
  return *wire::parse_handshake(Bytes(sent).first(wire::handshake_bytes));
}

Connection opened_v2() {
  Connection out(Role::outgoing, hybrid(), Rng(1), at(0s));
  feed(out, handshake_by(hash_v2(), true));
  drained(out.outgoing());
  return out;
}

const wire::HashRange range{Sha256{}, 0, 2, 2, 1};

}  // namespace

TEST_CASE("who dials for a hybrid says that it speaks v2, and takes an answer by either hash") {
  Connection plain(Role::outgoing, local(), Rng(1), at(0s));
  CHECK_FALSE(sent_handshake(plain).reserved.v2());

  for (const Sha1& hash : {info_hash(), hash_v2()}) {
    Connection dialler(Role::outgoing, hybrid(), Rng(1), at(0s));
    const auto sent = sent_handshake(dialler);
    CHECK(sent.reserved.v2());
    CHECK(sent.info_hash == info_hash());
    feed(dialler, handshake_by(hash, true));
    CHECK(dialler.open());
    CHECK(dialler.v2() == (hash == hash_v2()));
    CHECK(dialler.facts().v2 == dialler.v2());
  }
}

TEST_CASE("who is dialled answers with the v2 hash to who speaks v2, else with the one it heard") {
  const auto answer = [](const Sha1& called_by, bool speaks_v2, const TorrentSide& torrent) {
    Connection dialled(Role::incoming, {}, Rng(1), at(0s));
    feed(dialled, handshake_by(called_by, speaks_v2));
    dialled.accept(torrent, at(1s));
    CHECK(dialled.open());
    const Sha1 hash = sent_handshake(dialled).info_hash;
    CHECK(dialled.v2() == (hash == hash_v2()));
    return hash;
  };
  CHECK(answer(info_hash(), true, hybrid_side()) == hash_v2());
  CHECK(answer(info_hash(), false, hybrid_side()) == info_hash());
  CHECK(answer(hash_v2(), false, hybrid_side()) == hash_v2());
  CHECK(answer(info_hash(), true, side()) == info_hash());
}

TEST_CASE("an upgrade holds under encryption too") {
  Local ours = hybrid();
  ours.dials_encrypted = true;
  ours.encryption = Encryption::required;
  ours.secret = secret(1);
  Connection dialler(Role::outgoing, ours, Rng(1), at(0s));
  Local theirs;
  theirs.encryption = Encryption::required;
  theirs.secret = secret(2);
  Connection dialled(Role::incoming, theirs, Rng(2), at(0s));
  for (int i = 0; i < 8; ++i) {
    for (const auto& event : feed(dialled, drained(dialler.outgoing()))) {
      if (std::get_if<SkeyWanted>(&event) != nullptr) dialled.offer_skey(info_hash(), at(1s));
      CHECK(std::get_if<Violation>(&event) == nullptr);
    }
    for (const auto& event : events(dialled))
      if (std::get_if<HandshakeReceived>(&event) != nullptr)
        dialled.accept(hybrid_side(their_id), at(1s));
    for (const auto& event : feed(dialler, drained(dialled.outgoing())))
      CHECK(std::get_if<Violation>(&event) == nullptr);
  }
  CHECK(dialler.v2());
  CHECK(dialled.v2());
}

TEST_CASE("hashes are asked for only of who speaks v2, each once, and not too many") {
  Connection v1 = opened();
  CHECK_FALSE(v1.request_hashes(range, at(1s)));

  Connection connection = opened_v2();
  CHECK(connection.request_hashes(range, at(1s)));
  CHECK(drained(connection.outgoing()) == octets({wire::HashRequest{range}}));
  CHECK_FALSE(connection.request_hashes(range, at(1s)));
  wire::HashRange other = range;
  for (std::size_t i = 1; i < our_hash_requests_max; ++i) {
    other.index += 2;
    CHECK(connection.request_hashes(other, at(1s)));
  }
  other.index += 2;
  CHECK_FALSE(connection.request_hashes(other, at(1s)));
}

TEST_CASE("only hashes that were asked for are told, and once") {
  Connection connection = opened_v2();
  const Buffer list(2 * Sha256::size, 7);
  CHECK(feed(connection, {wire::Hashes{range, list}, wire::HashReject{range}}).empty());
  connection.request_hashes(range, at(1s));
  CHECK(is_only<HashesReceived>(feed(connection, {wire::Hashes{range, list}}), range, list));
  CHECK(feed(connection, {wire::Hashes{range, list}}).empty());
  connection.request_hashes(range, at(1s));
  CHECK(is_only<HashesRejected>(feed(connection, {wire::HashReject{range}}), range));
  CHECK(connection.request_hashes(range, at(1s)));
  CHECK(connection.facts().unknown_messages == 3);
}

TEST_CASE("a peer's request for hashes is told, and answered") {
  Connection connection = opened_v2();
  CHECK(is_only<HashesRequested>(feed(connection, {wire::HashRequest{range}}), range));
  const Buffer list(3 * Sha256::size, 9);
  connection.send_hashes(range, list, at(1s));
  CHECK(drained(connection.outgoing()) == octets({wire::Hashes{range, list}}));
  connection.reject_hashes(range, at(1s));
  CHECK(drained(connection.outgoing()) == octets({wire::HashReject{range}}));
}

TEST_CASE("a peer may ask for what would make up a file's last piece, where that may be short") {
  auto metainfo = std::make_shared<metainfo::Metainfo>();
  metainfo::FileLayoutBuilder builder(32768, metainfo::Alignment::per_file);
  for (const std::uint64_t length : {32768 + 100, 50}) {
    metainfo::FileEntry file;
    file.length = length;
    file.path = {"t", std::to_string(length)};
    REQUIRE(builder.add(file));
  }
  metainfo->layout = std::move(builder).finish().value();
  const auto outcome = [&](const BlockRef& block) {
    Local ours = local();
    ours.torrent->shape = TorrentShape{3, 32768, 50, metainfo};
    Connection connection = opened(true, ours);
    connection.set_choking(false, at(1s));
    return feed(connection, {wire::Request{block}});
  };
  for (const BlockRef& block :
       {BlockRef{{1}, 0, 100}, BlockRef{{1}, 0, 16384}, BlockRef{{2}, 0, 32768}})
    CHECK(is_only<BlockRequested>(outcome(block), block));
  for (const BlockRef& block :
       {BlockRef{{1}, 0, 32769}, BlockRef{{1}, 100, 1}, BlockRef{{3}, 0, 1}})
    CHECK(ended_with(outcome(block), ViolationCode::out_of_range));
}

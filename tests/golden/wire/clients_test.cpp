// What real clients sent first on loopback, byte for byte: libtorrent 2.0.8 dialled and dialling,
// Transmission 3.00 dialled; a torrent of 100,000 octets in pieces of 32 KiB. They seed, but for
// libtorrent dialling. The other side was a script that spoke BEP 6 and BEP 10 and asked for the
// last block.
#include <algorithm>
#include <fstream>
#include <iterator>

#include "core/peer/connection.h"
#include "core/wire/client_name.h"
#include "tests/support/catch.h"
#include "tests/unit/core/peer/scripted_peer.h"

using namespace seed;
using namespace seed::peer;

namespace {

const TorrentShape golden_shape{4, 32768, 100'000 - 3 * 32768};
const BlockRef last_block{PieceIndex{3}, 0, 100'000 - 3 * 32768};

Buffer load(const std::string& name) {
  std::ifstream in(std::string(SEED_TEST_DATA) + "/golden/wire/data/" + name, std::ios::binary);
  Buffer out{std::istreambuf_iterator<char>(in), {}};
  REQUIRE_FALSE(out.empty());
  return out;
}

TorrentSide golden_side() {
  TorrentSide out;
  out.info_hash = *Sha1::from(load("info_hash.bin"));
  out.peer_id = test::id(test::our_id);
  out.shape = golden_shape;
  return out;
}

/// The octets one by one, asking for the last block when unchoked.
std::vector<Event> replay(Connection& connection, const Buffer& input) {
  std::vector<Event> out;
  for (std::uint8_t octet : input) {
    connection.on_bytes(MutableBytes(&octet, 1), test::at(1s));
    while (auto event = connection.next_event()) {
      if (std::get_if<HandshakeReceived>(&*event) != nullptr && !connection.open())
        connection.accept(golden_side(), test::at(1s));
      if (std::get_if<ChokeChanged>(&*event) != nullptr)
        connection.request(last_block, test::at(1s));
      out.push_back(std::move(*event));
    }
  }
  return out;
}

template <typename T>
const T* first(const std::vector<Event>& list) {
  for (const auto& event : list)
    if (const T* found = std::get_if<T>(&event)) return found;
  return nullptr;
}

/// The content that was seeded: octet i is (7 i + i / 251) mod 256.
Buffer golden_block() {
  Buffer out;
  for (std::uint32_t i = 3 * 32768; i < 100'000; ++i)
    out.push_back(static_cast<std::uint8_t>((i * 7 + i / 251) & 0xff));
  return out;
}

void encodes_back(const Buffer& captured) {
  const auto handshake = wire::parse_handshake(Bytes(captured).first(wire::handshake_bytes));
  REQUIRE(handshake);
  ByteQueue queue;
  wire::encode_handshake(*handshake, queue);
  CHECK(equal(test::drained(queue), Bytes(captured).first(wire::handshake_bytes)));
}

/// Each message parsed and encoded gives the octets that were captured.
void messages_encode_back(const Buffer& captured) {
  MessageReader reader;
  Bytes rest = Bytes(captured).subspan(wire::handshake_bytes);
  while (!rest.empty()) {
    const Bytes before = rest;
    if (reader.next(rest) != MessageReader::Step::message) {
      while (reader.next(rest) == MessageReader::Step::more && !rest.empty()) {
      }
      continue;
    }
    const auto message = wire::parse_message(reader.body());
    REQUIRE(message);
    ByteQueue queue;
    wire::encode_message(*message, queue);
    CHECK(equal(test::drained(queue), before.first(before.size() - rest.size())));
  }
}

}  // namespace

TEST_CASE("a seed's side of a connection is understood") {
  struct Row {
    std::string file, by_id, by_itself;
  };
  const auto row =
      GENERATE(Row{"libtorrent_incoming.bin", "libtorrent 2.0.8", "libtorrent/2.0.8.0"},
               Row{"transmission_incoming.bin", "Transmission 3.00", "Transmission 3.00"});
  const Buffer captured = load(row.file);
  encodes_back(captured);
  messages_encode_back(captured);
  Local ours;
  ours.torrent = golden_side();
  Connection connection(Role::outgoing, ours, Rng(1), test::at(0s));
  const auto told = replay(connection, captured);
  CHECK(connection.open());
  CHECK(wire::client_name(first<HandshakeReceived>(told)->peer_id) == row.by_id);
  CHECK(connection.facts().client == row.by_itself);
  CHECK(connection.takes(wire::Extension::ut_metadata));
  CHECK(connection.takes(wire::Extension::ut_pex));
  CHECK(connection.facts().peer_metadata_size > 100);
  REQUIRE(first<PeerBitfield>(told) != nullptr);
  CHECK(first<PeerBitfield>(told)->pieces.all());
  REQUIRE(first<BlockReceived>(told) != nullptr);
  CHECK(equal(first<BlockReceived>(told)->block.bytes(), golden_block()));
  CHECK(connection.counts().wasted == 0);
  CHECK(connection.facts().unknown_messages == 0);
}

TEST_CASE("a leech that dials us is understood") {
  const Buffer captured = load("libtorrent_outgoing.bin");
  encodes_back(captured);
  messages_encode_back(captured);
  Local ours;
  Connection connection(Role::incoming, ours, Rng(1), test::at(0s));
  const auto told = replay(connection, captured);
  CHECK(connection.open());
  CHECK(connection.facts().client == "libtorrent/2.0.8.0");
  REQUIRE(first<PeerBitfield>(told) != nullptr);
  CHECK(first<PeerBitfield>(told)->pieces.none());
  CHECK(connection.peer_interested());
}

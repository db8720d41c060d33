// What real clients sent on loopback under Message Stream Encryption, byte for byte: libtorrent
// 2.0.8 dialled and dialling, Transmission 3.00 dialled; the torrent is that of clients_test.cpp,
// but for its name. The other side was a script, with a secret of its own writing, that spoke BEP 6
// and BEP 10 and asked for the last block.
#include <fstream>
#include <iterator>

#include "core/peer/connection.h"
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
  out.info_hash = *Sha1::parse_hex("2462a41a85b72c11046efec09cb2c9e685d1ac77");
  out.peer_id = test::id(test::our_id);
  out.shape = golden_shape;
  return out;
}

Local golden_local(Encryption policy) {
  Local out;
  out.encryption = policy;
  out.secret = *wire::mse::SecretBytes::parse_hex("0102030405060708090a0b0c0d0e0f1011121314");
  return out;
}

/// The octets in runs of `run`, asking for the last block when unchoked.
std::vector<Event> replay(Connection& connection, Buffer input, std::size_t run) {
  std::vector<Event> out;
  for (MutableBytes rest = input; !rest.empty();) {
    const MutableBytes part = rest.first(std::min(run, rest.size()));
    rest = rest.subspan(part.size());
    connection.on_bytes(part, test::at(1s));
    while (auto event = connection.next_event()) {
      if (const auto* wanted = std::get_if<SkeyWanted>(&*event)) {
        CHECK(wanted->req2 == wire::mse::req2_hash(golden_side().info_hash));
        connection.offer_skey(golden_side().info_hash, test::at(1s));
      }
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

}  // namespace

TEST_CASE("a seed that is dialled encrypted is understood") {
  struct Row {
    std::string file, client;
    Encrypted encrypted;
  };
  const auto row =
      GENERATE(Row{"mse_libtorrent_incoming_rc4.bin", "libtorrent/2.0.8.0", Encrypted::payload},
               Row{"mse_libtorrent_incoming_plain.bin", "libtorrent/2.0.8.0", Encrypted::handshake},
               Row{"mse_transmission_incoming.bin", "Transmission 3.00", Encrypted::payload});
  const std::size_t run = GENERATE(std::size_t{1}, std::size_t{64 * 1024});
  Local ours = golden_local(Encryption::allowed);
  ours.torrent = golden_side();
  ours.dials_encrypted = true;
  Connection connection(Role::outgoing, ours, Rng(1), test::at(0s));
  const auto told = replay(connection, load(row.file), run);
  CHECK(connection.open());
  CHECK(connection.facts().encrypted == row.encrypted);
  CHECK(connection.facts().client == row.client);
  REQUIRE(first<PeerBitfield>(told) != nullptr);
  CHECK(first<PeerBitfield>(told)->pieces.all());
  if (run > 1) return;  // all was there before we could ask for it
  REQUIRE(first<BlockReceived>(told) != nullptr);
  CHECK(equal(first<BlockReceived>(told)->block.bytes(), golden_block()));
  CHECK(connection.counts().wasted == 0);
}

TEST_CASE("a leech that dials us encrypted is understood") {
  struct Row {
    std::string file;
    Encryption policy;
    Encrypted encrypted;
  };
  const auto row =
      GENERATE(Row{"mse_libtorrent_outgoing_rc4.bin", Encryption::preferred, Encrypted::payload},
               Row{"mse_libtorrent_outgoing_plain.bin", Encryption::allowed, Encrypted::handshake});
  const std::size_t run = GENERATE(std::size_t{1}, std::size_t{64 * 1024});
  Connection connection(Role::incoming, golden_local(row.policy), Rng(1), test::at(0s));
  const auto told = replay(connection, load(row.file), run);
  CHECK(connection.open());
  CHECK(connection.facts().encrypted == row.encrypted);
  CHECK(connection.facts().client == "libtorrent/2.0.8.0");
  REQUIRE(first<PeerBitfield>(told) != nullptr);
  CHECK(first<PeerBitfield>(told)->pieces.none());
}

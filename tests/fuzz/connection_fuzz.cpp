// LINK: seed::peer
// One connection against any octets: the first octet draws the roles and whether the two have made
// an encrypted start, the rest is what the peer sends, in clear, cut by its own content, with
// orders in between.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <utility>

#include "core/peer/connection.h"

using namespace seed;
using namespace seed::peer;

namespace {

const TorrentShape shape{5, 32768, 20000};

Local local_of(std::uint8_t draw) {
  Local out;
  TorrentSide side;
  side.info_hash.octets.fill(0xaa);
  side.peer_id.octets.fill('x');
  if ((draw & 1) == 0) side.shape = shape;
  side.pex = (draw & 2) == 0;
  out.torrent = side;
  out.fast = (draw & 4) == 0;
  out.extended = (draw & 8) == 0;
  return out;
}

wire::mse::SecretBytes secret_of(std::uint8_t octet) {
  wire::mse::SecretBytes out;
  out.octets.fill(octet);
  return out;
}

BlockRef block_of(std::uint8_t octet) {
  const PieceIndex piece{octet % 4u};
  return {piece, (octet & 0x80u) != 0 ? block_size : 0, block_size};
}

/// Acts on one event; false when it was the last.
bool act(Connection& connection, const Local& local, const Event& event, Instant now) {
  if (std::get_if<SkeyWanted>(&event) != nullptr)
    connection.offer_skey(local.torrent->info_hash, now);
  if (std::get_if<HandshakeReceived>(&event) != nullptr) {
    connection.accept(*local.torrent, now);
    connection.send_bitfield(Bitfield(local.torrent->shape ? 5 : 0, true), now);
    connection.set_choking(false, now);
    connection.allow_fast(std::array{PieceIndex{1}}, now);
  }
  if (const auto* told = std::get_if<ChokeChanged>(&event); told != nullptr && !told->choked)
    for (std::uint8_t i = 0; i < 4; ++i) connection.request(block_of(i), now);
  if (const auto* told = std::get_if<BlockRequested>(&event)) {
    if (told->block.length > limits::request_bytes_max) std::abort();
    if (told->block.length <= block_size)
      connection.send_block(told->block, Block::of_size(told->block.length), now);
    else
      connection.reject(told->block, now);
  }
  if (const auto* told = std::get_if<BlockReceived>(&event))
    if (told->ref.length != told->block.size() || told->ref.length == 0) std::abort();
  return std::get_if<Violation>(&event) == nullptr;
}

void drain(Connection& connection, const Local& local, Instant now) {
  bool last = false;
  while (const auto event = connection.next_event()) {
    if (last) std::abort();
    last = !act(connection, local, *event, now);
  }
  if (last && !connection.ended()) std::abort();
}

Buffer sent_by(ByteQueue& queue) {
  Buffer out;
  std::array<Bytes, 1> front;
  for (; queue.front(front) != 0; queue.consume(front[0].size()))
    out.insert(out.end(), front[0].begin(), front[0].end());
  return out;
}

/// The peer's end of an encrypted start, when there is one.
using Peer = std::optional<wire::mse::Handshake>;

Peer peer_of(std::uint8_t draw, Role role, const Sha1& info_hash) {
  if ((draw & 64) == 0) return std::nullopt;
  const bool rc4 = (draw & 128) != 0;
  const wire::mse::Methods methods{!rc4, rc4, wire::mse::Method::rc4};
  if (role == Role::outgoing) return wire::mse::Handshake(methods, secret_of(2));
  return wire::mse::Handshake(methods, secret_of(2), info_hash, {});
}

void start_encrypted(Connection& connection, Peer& peer, const Local& local, Instant now) {
  for (int step = 0; step < 3; ++step) {
    Buffer theirs = sent_by(peer->outgoing());
    connection.on_bytes(theirs, now);
    drain(connection, local, now);
    Buffer ours = sent_by(connection.outgoing());
    MutableBytes rest(ours);
    peer->on_bytes(rest);
    while (const auto event = peer->next_event())
      if (std::get_if<wire::mse::SkeyWanted>(&*event) != nullptr)
        peer->set_skey(local.torrent->info_hash);
  }
  if (!peer->established() || connection.facts().encrypted == Encrypted::no) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  Local local = local_of(data[0]);
  const Role role = (data[0] & 16) == 0 ? Role::outgoing : Role::incoming;
  Peer peer = peer_of(data[0], role, local.torrent->info_hash);
  if (peer) local.secret = secret_of(1);
  local.dials_encrypted = peer && role == Role::outgoing;
  const bool greeted = (data[0] & 32) == 0;
  Instant now = Instant{} + 1s;
  Connection connection(role, local, Rng(data[0]), now);
  if (peer) start_encrypted(connection, peer, local, now);
  if (greeted) {
    wire::Handshake theirs;
    theirs.info_hash.octets.fill(0xaa);
    theirs.reserved.set_fast(true).set_extended(true);
    ByteQueue queue;
    wire::encode_handshake(theirs, queue);
    std::array<Bytes, 1> front;
    queue.front(front);
    Buffer octets = to_buffer(front[0]);
    if (peer) peer->encrypt(octets);
    connection.on_bytes(octets, now);
    drain(connection, local, now);
    connection.outgoing().clear();
  }
  Bytes rest(data + 1, size - 1);
  while (!rest.empty()) {
    const std::uint8_t draw = rest.front();
    const std::size_t count =
        std::min<std::size_t>(rest.size(), draw == 0 ? 4096u : draw * 4u - 3u);
    Buffer part = to_buffer(rest.first(count));
    rest = rest.subspan(count);
    now += std::chrono::milliseconds(draw);
    if (peer) peer->encrypt(part);
    connection.on_bytes(part, now);
    drain(connection, local, now);
    if (draw % 7 == 0) connection.cancel(block_of(draw), now);
    if (draw % 11 == 0) connection.request(block_of(draw), now);
    if (draw % 13 == 0) connection.set_choking(draw % 2 == 0, now);
    if (draw % 31 == 0) connection.set_torrent(shape, 1000, now);
    drain(connection, local, now);
    connection.outgoing().clear();
  }
  const Facts facts = connection.facts();
  if (facts.requests_from_peer > limits::peer_requests_max) std::abort();
  if (facts.counts.wasted > facts.counts.downloaded) std::abort();
  if (facts.counts.downloaded > facts.counts.received) std::abort();
  now += 1h;
  connection.on_deadline(now);
  drain(connection, local, now);
  if (!connection.ended() || connection.deadline()) std::abort();
  return 0;
}

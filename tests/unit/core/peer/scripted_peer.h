// Helpers for tests of peer::Connection: one machine against written octets, or two back to back.
#pragma once

#include <array>
#include <initializer_list>
#include <string_view>
#include <utility>
#include <vector>

#include "core/peer/connection.h"
#include "core/wire/message.h"

namespace seed::peer::test {

inline const TorrentShape shape{5, 32768, 20000};

inline Instant at(Duration since_start) { return Instant{} + 1000s + since_start; }

inline Sha1 info_hash() {
  Sha1 out;
  out.octets.fill(0xaa);
  return out;
}
inline PeerId id(std::string_view text) { return *PeerId::from(as_bytes(text)); }
inline const std::string_view our_id = "-XX0001-aaaaaaaaaaaa";
inline const std::string_view their_id = "-TR4100-bbbbbbbbbbbb";

inline TorrentSide side(std::string_view peer_id = our_id) {
  TorrentSide out;
  out.info_hash = info_hash();
  out.peer_id = id(peer_id);
  out.shape = shape;
  return out;
}
inline Local local(std::string_view peer_id = our_id) {
  Local out;
  out.torrent = side(peer_id);
  out.client = "seedd test";
  return out;
}

inline wire::mse::SecretBytes secret(std::uint64_t number) {
  wire::mse::SecretBytes out;
  Rng(number).fill(out.octets);
  return out;
}

inline Buffer drained(ByteQueue& queue) {
  Buffer out;
  while (!queue.empty()) {
    std::array<Bytes, 1> front;
    queue.front(front);
    out.insert(out.end(), front[0].begin(), front[0].end());
    queue.consume(front[0].size());
  }
  return out;
}

inline Buffer octets(std::initializer_list<wire::Message> messages) {
  ByteQueue queue;
  for (const auto& message : messages) wire::encode_message(message, queue);
  return drained(queue);
}

inline Buffer handshake(std::string_view peer_id = their_id, bool fast = true,
                        bool extended = true) {
  wire::Handshake out{{}, info_hash(), id(peer_id)};
  out.reserved.set_fast(fast).set_extended(extended);
  ByteQueue queue;
  wire::encode_handshake(out, queue);
  return drained(queue);
}

inline std::vector<Event> events(Connection& connection) {
  std::vector<Event> out;
  while (auto event = connection.next_event()) out.push_back(std::move(*event));
  return out;
}

inline std::vector<Event> feed(Connection& connection, Buffer input, Instant now = at(1s)) {
  connection.on_bytes(input, now);
  return events(connection);
}
inline std::vector<Event> feed(Connection& connection,
                               std::initializer_list<wire::Message> messages,
                               Instant now = at(1s)) {
  return feed(connection, octets(messages), now);
}

/// A connection whose handshakes are done; nothing of it is left to drain.
inline Connection opened(bool fast = true, Local ours = local()) {
  Connection out(Role::outgoing, std::move(ours), Rng(1), at(0s));
  feed(out, handshake(their_id, fast));
  drained(out.outgoing());
  return out;
}

template <typename T>
const T* only(const std::vector<Event>& list) {
  return list.size() == 1 ? std::get_if<T>(&list.front()) : nullptr;
}
template <typename T, typename... Fields>
bool is_only(const std::vector<Event>& list, Fields... fields) {
  const T* event = only<T>(list);
  return event != nullptr && *event == T{fields...};
}
inline bool ended_with(const std::vector<Event>& list, ViolationCode code) {
  if (list.empty()) return false;
  const auto* violation = std::get_if<Violation>(&list.back());
  return violation != nullptr && violation->code == code && !violation->text.empty();
}

/// What the payload of a block is in these tests.
inline Buffer content(const BlockRef& ref) {
  Buffer out(ref.length);
  for (std::uint32_t i = 0; i < ref.length; ++i)
    out[i] =
        static_cast<std::uint8_t>((ref.piece.value * 31 + (ref.offset + i) * 7 + i / 251) & 0xff);
  return out;
}
inline wire::Piece piece_message(const BlockRef& ref, Bytes payload) {
  return {ref.piece, ref.offset, payload};
}
inline Buffer piece_octets(const BlockRef& ref) {
  const Buffer payload = content(ref);
  return octets({piece_message(ref, payload)});
}

}  // namespace seed::peer::test

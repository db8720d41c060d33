// Message: the messages of the peer protocol as values, parsed from and encoded to octets.
//
// BEP 3 "peer messages"; BEP 5 (port); BEP 6 (suggest, have all, have none, reject, allowed fast);
// BEP 10 (extended, whose payloads are in wire/ext); BEP 52 (hash request, hashes, hash reject).
// A message is u32 length, u8 id, payload; length 0 is a keepalive.
//
// Bounds: parse_message is given a whole payload and allocates nothing; who gathers it bounds it
// (peer/message_reader). Values hold views into the octets they were parsed from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <variant>

#include "core/base/byte_queue.h"
#include "core/base/bytes.h"
#include "core/base/digest.h"
#include "core/base/piece.h"
#include "core/base/result.h"

namespace seed::wire {

enum class MessageId : std::uint8_t {
  choke = 0,
  unchoke = 1,
  interested = 2,
  not_interested = 3,
  have = 4,
  bitfield = 5,
  request = 6,
  piece = 7,
  cancel = 8,
  port = 9,
  suggest = 13,
  have_all = 14,
  have_none = 15,
  reject = 16,
  allowed_fast = 17,
  extended = 20,
  hash_request = 21,
  hashes = 22,
  hash_reject = 23,
};

/// Octets in front of a message's payload: length and id.
inline constexpr std::size_t message_head_bytes = 5;
/// Octets in front of a `piece` message's block: length, id, piece, offset.
inline constexpr std::uint32_t piece_head_bytes = 13;

struct KeepAlive {
  bool operator==(const KeepAlive&) const = default;
};
struct Choke {
  bool operator==(const Choke&) const = default;
};
struct Unchoke {
  bool operator==(const Unchoke&) const = default;
};
struct Interested {
  bool operator==(const Interested&) const = default;
};
struct NotInterested {
  bool operator==(const NotInterested&) const = default;
};
struct Have {
  PieceIndex piece;
  bool operator==(const Have&) const = default;
};
/// The raw octets: how many there must be only the torrent's owner knows.
struct BitfieldMessage {
  Bytes octets;
  bool operator==(const BitfieldMessage& o) const { return equal(octets, o.octets); }
};
struct Request {
  BlockRef block;
  bool operator==(const Request&) const = default;
};
struct Piece {
  PieceIndex piece;
  std::uint32_t offset = 0;
  Bytes payload;
  bool operator==(const Piece& o) const {
    return piece == o.piece && offset == o.offset && equal(payload, o.payload);
  }
};
struct Cancel {
  BlockRef block;
  bool operator==(const Cancel&) const = default;
};
struct Port {
  std::uint16_t port = 0;
  bool operator==(const Port&) const = default;
};
struct Suggest {
  PieceIndex piece;
  bool operator==(const Suggest&) const = default;
};
struct HaveAll {
  bool operator==(const HaveAll&) const = default;
};
struct HaveNone {
  bool operator==(const HaveNone&) const = default;
};
struct Reject {
  BlockRef block;
  bool operator==(const Reject&) const = default;
};
struct AllowedFast {
  PieceIndex piece;
  bool operator==(const AllowedFast&) const = default;
};
/// `id` 0 is the extended handshake; all else is an id the receiver gave out (BEP 10).
struct Extended {
  std::uint8_t id = 0;
  Bytes payload;
  bool operator==(const Extended& o) const { return id == o.id && equal(payload, o.payload); }
};
/// Which hashes of a file's tree are meant (BEP 52, "hash request"): `length` of the layer that
/// lies `base_layer` above the leaves, from the `index`-th on, and what proves them by the
/// `proof_layers` layers above.
struct HashRange {
  Sha256 root;  ///< of the file
  std::uint32_t base_layer = 0;
  std::uint32_t index = 0;
  std::uint32_t length = 0;
  std::uint32_t proof_layers = 0;
  auto operator<=>(const HashRange&) const = default;
};
struct HashRequest {
  HashRange range;
  bool operator==(const HashRequest&) const = default;
};
struct Hashes {
  HashRange range;
  Bytes hashes;  ///< whole ones, of Sha256::size octets
  bool operator==(const Hashes& o) const { return range == o.range && equal(hashes, o.hashes); }
};
struct HashReject {
  HashRange range;
  bool operator==(const HashReject&) const = default;
};
/// An id nobody here knows.
struct Unknown {
  std::uint8_t id = 0;
  Bytes payload;
  bool operator==(const Unknown& o) const { return id == o.id && equal(payload, o.payload); }
};

using Message =
    std::variant<KeepAlive, Choke, Unchoke, Interested, NotInterested, Have, BitfieldMessage,
                 Request, Piece, Cancel, Port, Suggest, HaveAll, HaveNone, Reject, AllowedFast,
                 Extended, HashRequest, Hashes, HashReject, Unknown>;

/// One message from what follows its length: id and payload; empty for a keepalive. Fault:
/// malformed when the payload has not the id's size.
Result<Message> parse_message(Bytes body);

/// Appends the message with its length. The payload of a Piece is copied: see write_piece_head for
/// the way without a copy.
void encode_message(const Message& message, ByteQueue& out);

/// Writes the head of a `piece` message over `out`, which is piece_head_bytes long.
void write_piece_head(MutableBytes out, const BlockRef& block);

}  // namespace seed::wire

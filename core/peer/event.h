// Event: what a peer::Connection tells its driver. Values that compare.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/bitfield.h"
#include "core/base/block.h"
#include "core/base/bytes.h"
#include "core/base/digest.h"
#include "core/base/instant.h"
#include "core/base/piece.h"
#include "core/wire/ext/extended_handshake.h"
#include "core/wire/ext/extension.h"
#include "core/wire/handshake.h"
#include "core/wire/message.h"
#include "core/wire/mse/handshake.h"

namespace seed::peer {

/// Why a connection ended by itself. `blames_peer` tells faults from mere ends.
enum class ViolationCode : std::uint8_t {
  bad_handshake,        ///< the first octets are no handshake of BEP 3
  wrong_info_hash,      ///< the answer to our handshake is about another torrent
  self_connection,      ///< the peer id is our own
  handshake_timeout,    ///< no handshake within limits::handshake_timeout
  idle,                 ///< nothing received for limits::link_idle_max
  message_too_large,    ///< beyond max(limits::message_bytes_max, bitfield)
  malformed_message,    ///< a payload that has not its message's size or form
  malformed_extension,  ///< the same within an extended message
  not_negotiated,       ///< a message of BEP 6 or BEP 10 that was not agreed on
  misplaced_bitfield,   ///< have all or have none not at the start, or twice
  bad_bitfield,         ///< wrong size, or spare bits set
  out_of_range,         ///< a piece or block that does not exist
  request_too_long,     ///< beyond limits::request_bytes_max
  unrequested_blocks,   ///< more blocks that nobody asked for than lateness explains
  too_many_lost,        ///< beyond limits::lost_pieces_spare
  early_flood,          ///< too much sent before its handshake was answered
  plain_refused,        ///< plain where encryption is required, or to our encrypted handshake
  no_encryption,        ///< no answer to our encrypted handshake, or no method in common
  bad_encryption,       ///< an encrypted handshake that no honest peer sends
  unknown_torrent,      ///< an encrypted handshake about a torrent that we have not
};

/// The text of self_connection.
inline constexpr std::string_view connected_to_ourselves = "connected to ourselves";

/// As logs and metrics spell it: "bad_handshake".
std::string_view name_of(ViolationCode code);
/// False for self_connection, handshake_timeout, idle, wrong_info_hash, plain_refused,
/// no_encryption and unknown_torrent.
bool blames_peer(ViolationCode code);

/// Whose torrent is it? An incoming peer with an encrypted handshake names its torrent only by a
/// hash: `req2` is wire::mse::req2_hash() of the info-hash. Nothing goes on until offer_skey();
/// then HandshakeReceived comes as of others.
using wire::mse::SkeyWanted;
/// The peer's handshake is there. Incoming: nothing goes on until accept().
struct HandshakeReceived {
  Sha1 info_hash;
  PeerId peer_id;
  wire::Reserved reserved;
  bool operator==(const HandshakeReceived&) const = default;
};
/// The peer chokes us, or does so no more.
struct ChokeChanged {
  bool choked = true;
  bool operator==(const ChokeChanged&) const = default;
};
/// The peer wants our pieces, or does so no more.
struct InterestChanged {
  bool interested = false;
  bool operator==(const InterestChanged&) const = default;
};
/// One piece more. Only when the shape is known, and once a piece.
struct PeerHas {
  PieceIndex piece;
  bool operator==(const PeerHas&) const = default;
};
/// All that the peer has, from bitfield, have all or have none, or from all it said before the
/// shape was known. Comes once at most, before any PeerHas that is not in it.
struct PeerBitfield {
  Bitfield pieces;
  bool operator==(const PeerBitfield&) const = default;
};
/// To be answered by send_block or reject. The block is in range; its length is 1 to
/// limits::request_bytes_max.
struct BlockRequested {
  BlockRef block;
  bool operator==(const BlockRequested&) const = default;
};
/// No answer is wanted any more (with BEP 6 the peer has been told so already).
struct BlockCancelled {
  BlockRef block;
  bool operator==(const BlockCancelled&) const = default;
};
/// A block that was asked for and not cancelled, whole.
struct BlockReceived {
  BlockRef ref;
  Block block;
  Instant asked_at{};  ///< when our request was sent
  bool operator==(const BlockReceived& o) const {
    return ref == o.ref && asked_at == o.asked_at && equal(block.bytes(), o.block.bytes());
  }
};
/// The peer will not send a block that was asked for (BEP 6).
struct RequestRejected {
  BlockRef block;
  bool operator==(const RequestRejected&) const = default;
};
/// The peer choked us and speaks no BEP 6: none of these will come.
struct RequestsDropped {
  std::vector<BlockRef> blocks;
  bool operator==(const RequestsDropped&) const = default;
};
/// This piece may be asked for while choked (BEP 6).
struct AllowedFast {
  PieceIndex piece;
  bool operator==(const AllowedFast&) const = default;
};
/// The peer would like to send this piece (BEP 6).
struct Suggested {
  PieceIndex piece;
  bool operator==(const Suggested&) const = default;
};
/// Where the peer's DHT node listens (BEP 5), not 0.
struct PortReceived {
  std::uint16_t port = 0;
  bool operator==(const PortReceived&) const = default;
};
/// To be answered by send_hashes or reject_hashes (BEP 52). Of the range nothing is checked.
struct HashesRequested {
  wire::HashRange range;
  bool operator==(const HashesRequested&) const = default;
};
/// What was asked for by request_hashes. Nothing is checked but that it was.
struct HashesReceived {
  wire::HashRange range;
  Buffer hashes;  ///< of Sha256::size octets each
  bool operator==(const HashesReceived&) const = default;
};
/// The peer will not send what was asked for by request_hashes.
struct HashesRejected {
  wire::HashRange range;
  bool operator==(const HashesRejected&) const = default;
};
/// Comes again when the peer sends another. A change of upload_only makes wire::UploadOnly besides.
struct ExtendedHandshakeReceived {
  wire::ExtendedHandshake handshake;
  bool operator==(const ExtendedHandshakeReceived&) const = default;
};
/// Always the last event: the connection takes and sends nothing any more.
struct Violation {
  ViolationCode code = ViolationCode::bad_handshake;
  std::string text;
  bool operator==(const Violation&) const = default;
};

/// The rows of wire/ext/extensions.def are events as they are: wire::UtMetadata (asked of us, given
/// to us, or refused, by `kind`), wire::UtPex, wire::UtHolepunch, wire::LtDontHave (in range, and
/// the peer had it) and wire::UploadOnly (changes only).
// clang-format off
using Event = std::variant<
    SkeyWanted, HandshakeReceived, ExtendedHandshakeReceived, ChokeChanged, InterestChanged, PeerHas,
    PeerBitfield, BlockRequested, BlockCancelled, BlockReceived, RequestRejected, RequestsDropped,
    AllowedFast, Suggested, PortReceived, HashesRequested, HashesReceived, HashesRejected,
#define SEED_EXTENSION(name, Type, id) wire::Type,
#include "core/wire/ext/extensions.def"
#undef SEED_EXTENSION
    Violation>;
// clang-format on

}  // namespace seed::peer

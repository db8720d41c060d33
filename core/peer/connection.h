// Connection: the protocol state of one peer connection, without its socket.
//
// BEP 3, 6, 10, 21, 52; blocks, metadata and hashes pass through and are judged by the driver.
//
//   outgoing: [greeting] --handshake of the peer--> [open]
//   incoming: [greeting] --handshake--> [asking] --accept()--> [open]
//   all:      --bad octets, timeout--> [ended], with Violation as the last event
//
// A dial may begin with Message Stream Encryption, and a peer that does not begin in plain is taken
// to: it all happens in [greeting], where an incoming one asks SkeyWanted before (obfuscation.h).
//
// A hybrid has two hashes (BEP 52, "Upgrade Path"): who is dialled by the v1 one, by a dialler that
// says that it speaks v2, answers with the other, and both go on with v2.
//
// In [open] our extended handshake has been sent already (BEP 10); the driver's first order is
// send_bitfield. One input or order, then drain next_event(); time never goes back. Orders on an
// ended connection do nothing.
//
// Bounds: a message max(limits::message_bytes_max, bitfield); requests of the peer
// as many as it was told (reqq); ours limits::our_requests_max; `early_bytes_max` between a
// handshake and accept(); `stray_blocks_max`. Memory follows what was received, never what was
// announced.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/base/bitfield.h"
#include "core/base/block.h"
#include "core/base/byte_queue.h"
#include "core/base/bytes.h"
#include "core/base/digest.h"
#include "core/base/instant.h"
#include "core/base/limits.h"
#include "core/base/rng.h"
#include "core/peer/event.h"
#include "core/peer/facts.h"
#include "core/peer/local.h"
#include "core/peer/message_reader.h"
#include "core/peer/obfuscation.h"
#include "core/peer/our_requests.h"
#include "core/peer/peer_pieces.h"
#include "core/peer/peer_requests.h"
#include "core/peer/torrent_shape.h"
#include "core/wire/ext/extended_handshake.h"
#include "core/wire/message.h"

namespace seed::peer {

/// Octets kept between an incoming handshake and accept(): two reads. Beyond: violation.
inline constexpr std::size_t early_bytes_max = 2 * limits::read_buffer_bytes;
/// Blocks that come though never asked for, besides those that were taken back: some clients send
/// a few after a choke. Beyond: violation.
inline constexpr std::size_t stray_blocks_max = 64;
/// Requests for hashes that are not answered yet. Each brings up to 16 KiB and its proof.
inline constexpr std::size_t our_hash_requests_max = 8;

class Connection {
 public:
  Connection(Role role, Local local, Rng rng, Instant now);

  // --- inputs -----------------------------------------------------------------------------------
  /// May change `received` in place. The events of the last input must have been drained.
  void on_bytes(MutableBytes received, Instant now);
  /// Something is due: a keepalive, or the end of patience. Early calls do nothing.
  void on_deadline(Instant now);
  /// The driver does not read: that nothing came until now is not the peer's doing.
  void excuse_silence(Instant now) { silent_since_ = now; }

  // --- orders: the connection -------------------------------------------------------------------
  /// Answers SkeyWanted with the info-hash whose req2_hash() was asked for; nothing when it is none
  /// of ours, which ends in a Violation.
  void offer_skey(const std::optional<Sha1>& info_hash, Instant now);
  /// Incoming, after HandshakeReceived: answers it, and goes on with what came meanwhile.
  void accept(TorrentSide torrent, Instant now);
  /// The metadata has come. Settles what the peer said before; may end in a Violation. Tells the
  /// peer `metadata_size` when it is not 0.
  void set_torrent(const TorrentShape& shape, std::uint32_t metadata_size, Instant now);
  /// What we have, before any other order: `bitfield`, or have all or none with BEP 6; nothing at
  /// all when there is nothing to tell. An empty bitfield when the shape is not known.
  void send_bitfield(const Bitfield& ours, Instant now);
  void have(PieceIndex piece, Instant now);
  /// BEP 54: a piece that was told is had no more. False: the peer does not hear of it that way.
  bool take_back(PieceIndex piece, Instant now);
  /// Sends only changes.
  void set_interested(bool interested, Instant now);
  /// Sends only changes. Choking throws away what the peer asked for; with BEP 6 each is rejected,
  /// but those of allowed fast pieces stay. See peer_wants().
  void set_choking(bool choking, Instant now);
  void send_port(std::uint16_t dht_port, Instant now);
  /// Sends only changes: where we are dialled is another port now (BEP 10, `p`).
  void set_listen_port(std::uint16_t port, Instant now);

  // --- orders: downloading ----------------------------------------------------------------------
  /// True when it was sent: in range, at most block_size octets, not outstanding already, fewer
  /// than limits::our_requests_max, and we are not choked or the piece is allowed fast.
  bool request(const BlockRef& block, Instant now);
  /// False when it was not outstanding. It never becomes BlockReceived, even if it is on its way.
  bool cancel(const BlockRef& block, Instant now);

  // --- orders: uploading ------------------------------------------------------------------------
  /// Answers a request; false, and nothing is sent, when the peer does not want it any more. The
  /// block moves out without a copy and has the request's length.
  bool send_block(const BlockRef& ref, Block block, Instant now);
  /// The same for requests above block_size: the parts in order, together of the request's length,
  /// moved from.
  bool send_block(const BlockRef& ref, std::span<Block> parts, Instant now);
  /// Takes a request off the queue; with BEP 6 the peer is told. False when it was not there.
  bool reject(const BlockRef& ref, Instant now);
  /// Lets the peer ask for these pieces while choked, and tells it; only with BEP 6. At most
  /// allowed_fast_max, the rest is left out.
  void allow_fast(std::span<const PieceIndex> pieces, Instant now);

  // --- orders: hashes (BEP 52) -------------------------------------------------------------------
  /// True when it was sent: the peer speaks v2, and our_hash_requests_max are not reached.
  bool request_hashes(const wire::HashRange& range, Instant now);
  void send_hashes(const wire::HashRange& range, Bytes hashes, Instant now);
  void reject_hashes(const wire::HashRange& range, Instant now);

  // --- orders: extensions -----------------------------------------------------------------------
  /// False when the peer does not take this kind.
  bool send_extension(const wire::ExtensionMessage& message, Instant now);
  bool request_metadata(std::uint32_t piece, Instant now);
  bool send_metadata_piece(std::uint32_t piece, std::uint32_t total_size, Bytes data, Instant now);
  bool reject_metadata(std::uint32_t piece, Instant now);
  void set_upload_only(bool upload_only, Instant now);

  // --- outputs ----------------------------------------------------------------------------------
  std::optional<Event> next_event();
  ByteQueue& outgoing() { return outgoing_; }
  /// How much of outgoing() was our handshake and what came before, when accept() was called.
  std::size_t greeting() const { return greeting_; }
  /// When on_deadline is due; nothing after the end.
  std::optional<Instant> deadline() const;
  Facts facts() const;
  const Counts& counts() const { return counts_; }
  /// All zero until the peer's handshake is there.
  const PeerId& peer_id() const { return peer_id_; }
  bool open() const { return phase_ == Phase::open; }
  bool ended() const { return phase_ == Phase::ended; }
  /// What a dial that has ended came to: no handshake came back, and the policy lets the driver
  /// dial again in plain what was encrypted, or encrypted what was plain.
  bool other_way_left() const;
  Encrypted encrypted() const { return obfuscation_ ? obfuscation_->encrypted() : Encrypted::no; }
  bool am_choking() const { return am_choking_; }
  bool am_interested() const { return am_interested_; }
  bool peer_choking() const { return peer_choking_; }
  bool peer_interested() const { return peer_interested_; }
  bool fast() const { return fast_; }
  bool extended() const { return extended_; }
  /// BEP 52 was agreed on, by the hash that both named.
  bool v2() const { return v2_; }
  bool takes(wire::Extension extension) const;
  /// What the peer has; empty while the shape is not known.
  const Bitfield& peer_pieces() const { return pieces_.pieces(); }
  /// True when the peer let us ask for it while choked (BEP 6).
  bool allowed_fast(PieceIndex piece) const { return pieces_.allowed_fast(piece); }
  /// Those pieces, in the order they came.
  const std::vector<PieceIndex>& allowed_fast_pieces() const { return pieces_.allowed_fast(); }
  /// Our requests in the order they were sent.
  const OurRequests& our_requests() const { return our_requests_; }
  /// The peer's requests in the order they came, without those answered.
  const PeerRequests& peer_requests() const { return peer_requests_; }
  bool peer_wants(const BlockRef& block) const { return peer_requests_.contains(block); }

 private:
  enum class Phase : std::uint8_t { greeting, asking, open, ended };

  // Octets in.
  void take(MutableBytes input);
  void take_greeting(MutableBytes& input);
  void take_encrypted(MutableBytes& input);
  void take_messages(Bytes input);
  void obfuscate();
  bool drain_obfuscation();
  void on_handshake(const wire::Handshake& theirs);
  bool answers_for(const Sha1& ours, const Sha1& theirs) const;
  void open_up(const wire::Reserved& theirs);
  void on_message(Bytes body);
  void on_block_begins();
  void on_block_ends();

  // Messages in: one a kind.
  void on(const wire::KeepAlive&) {}
  void on(const wire::Choke&);
  void on(const wire::Unchoke&);
  void on(const wire::Interested&) { on_interest(true); }
  void on(const wire::NotInterested&) { on_interest(false); }
  void on(const wire::Have& message);
  void on(const wire::BitfieldMessage& message);
  void on(const wire::Request& message);
  void on(const wire::Piece&) {}  // never gathered: see on_block_begins
  void on(const wire::Cancel& message);
  void on(const wire::Port& message);
  void on(const wire::Suggest& message);
  void on(const wire::HaveAll&) { on_all_or_none(true); }
  void on(const wire::HaveNone&) { on_all_or_none(false); }
  void on(const wire::Reject& message);
  void on(const wire::AllowedFast& message);
  void on(const wire::Extended& message);
  void on(const wire::HashRequest& message);
  void on(const wire::Hashes& message);
  void on(const wire::HashReject& message);
  void on(const wire::Unknown&) { ++unknown_messages_; }
  void on_interest(bool interested);
  void on_all_or_none(bool all);
  void on_extended_handshake(const wire::ExtendedHandshake& theirs);
  void on_extension(wire::UploadOnly&& message);
  void on_extension(wire::LtDontHave&& message);
  template <typename T>
  void on_extension(T&& message) {
    tell(std::forward<T>(message));
  }

  /// Judges a statement about pieces; true when it is news to be told.
  bool is_news(PeerPieces::Outcome outcome);
  /// A bitfield may come now, and not again; else ends the connection.
  bool begins_pieces();
  /// BEP 6 was agreed on; else ends the connection.
  bool needs_fast();

  // Octets out.
  void greet();
  void send_extended_handshake(bool takes_back);
  void refuse(const BlockRef& block);
  void emit(const wire::Message& message);
  /// The one place where octets leave: `before` is the size of outgoing_ before they were added.
  void sent(std::size_t before);
  void count_sent(std::size_t before);

  void at(Instant now);
  template <typename T>
  void tell(T&& event) {
    events_.emplace_back(std::forward<T>(event));
  }
  void end(ViolationCode code, std::string text);
  void set_shape(const TorrentShape& shape);
  bool allows(PieceIndex piece) const;

  Role role_;
  Phase phase_ = Phase::greeting;
  bool fast_ = false;
  bool extended_ = false;
  bool v2_ = false;
  bool am_choking_ = true;
  bool am_interested_ = false;
  bool peer_choking_ = true;
  bool peer_interested_ = false;
  bool said_pieces_ = false;  ///< the peer's chance to send a bitfield has passed
  bool told_pieces_ = false;  ///< ours has
  bool answered_ = false;     ///< the peer's handshake has come
  Local local_;
  Rng rng_;
  Instant now_;
  Instant started_;
  Instant last_received_;
  Instant silent_since_;  ///< last_received_, or when the driver last did not read
  Instant last_sent_;
  Instant last_payload_received_{};
  Instant last_payload_sent_{};
  Duration keepalive_after_;
  Buffer early_;  ///< the handshake as far as it came; what came between it and accept()
  PeerId peer_id_;
  wire::Reserved reserved_;
  wire::ExtendedHandshake peer_said_;  ///< all extended handshakes taken together
  std::uint64_t unknown_messages_ = 0;
  std::uint64_t lost_ = 0;  ///< lt_donthave messages
  Counts counts_;
  std::unique_ptr<Obfuscation> obfuscation_;  ///< nothing while all is plain
  MessageReader reader_;
  OurRequests our_requests_;
  std::vector<wire::HashRange> our_hash_requests_;
  PeerRequests peer_requests_{local_.reqq};
  PeerPieces pieces_;
  std::vector<PieceIndex> allowed_;  ///< what we let the peer ask for while choked
  std::vector<Event> events_;
  std::size_t events_told_ = 0;
  ByteQueue outgoing_;
  std::size_t greeting_ = 0;
};

}  // namespace seed::peer

#include "core/peer/connection.h"

#include <algorithm>
#include <span>

#include "core/base/check.h"
#include "core/wire/client_name.h"

namespace seed::peer {
namespace {

/// Room for events that is kept when they are drained.
constexpr std::size_t events_kept = 32;

std::string text_of(PieceIndex piece) { return "piece " + std::to_string(piece.value); }

std::string text_of(const BlockRef& block) {
  return text_of(block.piece) + " offset " + std::to_string(block.offset) + " length " +
         std::to_string(block.length);
}

/// BEP 52: libtorrent before 2.1 asks for the octets that would make up a file's last block, too;
/// they are zeros.
bool may_ask_for(const TorrentShape& shape, const BlockRef& block) {
  if (!shape.uneven || !shape.contains(block.piece)) return shape.contains(block);
  return block.length != 0 && block.offset < shape.bytes_of(block.piece) &&
         block.length <= shape.piece_length - block.offset;
}

Local bounded(Local local) {
  local.reqq = std::min<std::uint32_t>(local.reqq, limits::peer_requests_max);
  local.dials_encrypted |= local.encryption == Encryption::required;
  return local;
}

}  // namespace

Connection::Connection(Role role, Local local, Rng rng, Instant now)
    : role_(role),
      local_(bounded(std::move(local))),
      rng_(rng),
      now_(now),
      started_(now),
      last_received_(now),
      silent_since_(now),
      last_sent_(now),
      // Spread, so that many links do not all speak in one turn.
      keepalive_after_(
          rng_.between(limits::keepalive_interval * 9 / 10, limits::keepalive_interval)) {
  SEED_CHECK(role == Role::incoming || local_.torrent);
  if (role == Role::incoming) return;
  if (local_.dials_encrypted) {
    obfuscate();
    drain_obfuscation();
  } else {
    greet();
  }
}

// --- inputs -------------------------------------------------------------------------------------

void Connection::on_bytes(MutableBytes received, Instant now) {
  SEED_DCHECK(events_told_ == events_.size());
  at(now);
  if (ended() || received.empty()) return;
  counts_.received += received.size();
  last_received_ = silent_since_ = now;
  // The one place where octets come in.
  if (obfuscation_) take_encrypted(received);
  if (!ended()) take(received);
}

void Connection::on_deadline(Instant now) {
  SEED_DCHECK(events_told_ == events_.size());
  at(now);
  if (ended()) return;
  if (!open()) {
    if (now - started_ >= limits::handshake_timeout)
      end(ViolationCode::handshake_timeout, "no handshake in time");
    return;
  }
  if (now - silent_since_ >= limits::link_idle_max)
    return end(ViolationCode::idle, "nothing received for too long");
  if (now - last_sent_ >= keepalive_after_) emit(wire::KeepAlive{});
}

std::optional<Instant> Connection::deadline() const {
  if (ended()) return std::nullopt;
  if (!open()) return started_ + limits::handshake_timeout;
  return std::min(silent_since_ + limits::link_idle_max, last_sent_ + keepalive_after_);
}

void Connection::take(MutableBytes input) {
  if (phase_ == Phase::greeting) take_greeting(input);
  if (phase_ == Phase::open) return take_messages(input);
  if (phase_ != Phase::asking) return;
  if (input.size() > early_bytes_max - early_.size())
    return end(ViolationCode::early_flood, "too much sent before the handshake was answered");
  early_.insert(early_.end(), input.begin(), input.end());
}

void Connection::take_greeting(MutableBytes& input) {
  const Bytes part = input.first(std::min(input.size(), wire::handshake_bytes - early_.size()));
  early_.insert(early_.end(), part.begin(), part.end());
  input = input.subspan(part.size());
  if (!wire::begins_handshake(early_)) {
    if (role_ == Role::outgoing || obfuscation_ || !local_.secret)
      return end(ViolationCode::bad_handshake, "no handshake of the BitTorrent protocol");
    obfuscate();
    Buffer first = std::exchange(early_, {});
    MutableBytes key_begins(first);
    take_encrypted(key_begins);
    return take_encrypted(input);
  }
  if (early_.size() < wire::handshake_bytes) return;
  const auto theirs = wire::parse_handshake(early_);
  Buffer().swap(early_);
  if (!theirs) return end(ViolationCode::bad_handshake, theirs.error().text);
  on_handshake(*theirs);
}

void Connection::obfuscate() {
  obfuscation_ = std::make_unique<Obfuscation>(role_, local_);
  local_.secret.reset();
}

/// Leaves of `input` what is payload, in clear.
void Connection::take_encrypted(MutableBytes& input) {
  obfuscation_->on_bytes(input);
  drain_obfuscation();
}

/// What the encrypted handshake has to say, to the peer and to the driver. False when it has
/// failed.
bool Connection::drain_obfuscation() {
  const std::size_t before = outgoing_.size();
  outgoing_.append(std::move(obfuscation_->outgoing()));
  if (outgoing_.size() != before) count_sent(before);
  if (auto event = obfuscation_->next_event()) {
    if (std::get_if<Violation>(&*event) != nullptr) phase_ = Phase::ended;
    tell(*std::move(event));
  }
  return !ended();
}

void Connection::on_handshake(const wire::Handshake& theirs) {
  if (!obfuscation_ && local_.encryption == Encryption::required)
    return end(ViolationCode::plain_refused, "does not encrypt, as is required");
  if (obfuscation_ && !answers_for(obfuscation_->info_hash(), theirs.info_hash))
    return end(ViolationCode::wrong_info_hash, "encrypts for one torrent, speaks of another");
  answered_ = true;
  peer_id_ = theirs.peer_id;
  reserved_ = theirs.reserved;
  if (role_ == Role::incoming) {
    phase_ = Phase::asking;
    local_.torrent.emplace().info_hash = theirs.info_hash;
    tell(HandshakeReceived{theirs.info_hash, theirs.peer_id, theirs.reserved});
    return;
  }
  if (!answers_for(local_.torrent->info_hash, theirs.info_hash))
    return end(ViolationCode::wrong_info_hash, "answered for another torrent");
  if (theirs.peer_id == local_.torrent->peer_id)
    return end(ViolationCode::self_connection, std::string(connected_to_ourselves));
  local_.torrent->info_hash = theirs.info_hash;
  tell(HandshakeReceived{theirs.info_hash, theirs.peer_id, theirs.reserved});
  open_up(theirs.reserved);
}

/// BEP 52, "Upgrade Path": who is dialled by the v1 hash of a hybrid may answer with the v2 one.
bool Connection::answers_for(const Sha1& ours, const Sha1& theirs) const {
  if (theirs == ours) return true;
  return role_ == Role::outgoing && theirs == local_.torrent->info_hash_v2;
}

void Connection::open_up(const wire::Reserved& theirs) {
  phase_ = Phase::open;
  fast_ = local_.fast && theirs.fast();
  extended_ = local_.extended && theirs.extended();
  v2_ = local_.torrent->info_hash == local_.torrent->info_hash_v2;
  if (local_.torrent->shape) set_shape(*local_.torrent->shape);
  if (extended_) send_extended_handshake(false);
}

void Connection::take_messages(Bytes input) {
  const std::uint64_t payload_before = reader_.payload_bytes();
  bool more = true;
  while (more && open()) {
    switch (reader_.next(input)) {
      case MessageReader::Step::more:
        more = false;
        break;
      case MessageReader::Step::message:
        on_message(reader_.body());
        break;
      case MessageReader::Step::block_begins:
        on_block_begins();
        break;
      case MessageReader::Step::block_ends:
        on_block_ends();
        break;
      case MessageReader::Step::too_large:
        end(ViolationCode::message_too_large, "message too large");
        break;
      case MessageReader::Step::malformed:
        end(ViolationCode::malformed_message, "message 7 has the wrong size");
        break;
    }
  }
  if (reader_.payload_bytes() == payload_before) return;
  counts_.downloaded = reader_.payload_bytes();
  last_payload_received_ = now_;
}

// --- messages in --------------------------------------------------------------------------------

void Connection::on_message(Bytes body) {
  const auto message = wire::parse_message(body);
  if (!message) return end(ViolationCode::malformed_message, message.error().text);
  std::visit([this](const auto& m) { on(m); }, *message);
}

void Connection::on_block_begins() {
  said_pieces_ = true;
  const BlockRef& ref = reader_.block_ref();
  if (const auto& shape = local_.torrent->shape; shape && !shape->contains(ref))
    return end(ViolationCode::out_of_range, "sent a block that does not exist: " + text_of(ref));
  if (our_requests_.contains(ref)) reader_.receive_into(Block::of_size(ref.length));
}

void Connection::on_block_ends() {
  const BlockRef ref = reader_.block_ref();
  Block block = reader_.take_block();
  if (block)
    if (const auto asked_at = our_requests_.take(ref))
      return tell(BlockReceived{ref, std::move(block), *asked_at});
  counts_.wasted += ref.length;
  if (!our_requests_.explain_late() && our_requests_.strays() > stray_blocks_max)
    end(ViolationCode::unrequested_blocks, "sends blocks that nobody asked for");
}

void Connection::on(const wire::Choke&) {
  if (peer_choking_) return;
  peer_choking_ = true;
  tell(ChokeChanged{true});
  // BEP 3: a choke throws the requests away. With BEP 6 each is answered, by a block or a reject.
  if (!fast_ && !our_requests_.empty()) tell(RequestsDropped{our_requests_.withdraw_all()});
}

void Connection::on(const wire::Unchoke&) {
  if (!peer_choking_) return;
  peer_choking_ = false;
  tell(ChokeChanged{false});
}

void Connection::on_interest(bool interested) {
  if (peer_interested_ == interested) return;
  peer_interested_ = interested;
  tell(InterestChanged{interested});
}

void Connection::on(const wire::Have& message) {
  said_pieces_ = true;
  if (is_news(pieces_.on_have(message.piece))) tell(PeerHas{message.piece});
}

void Connection::on(const wire::BitfieldMessage& message) {
  // aria2 sends one in place of many haves too, so it may come at any time.
  said_pieces_ = true;
  if (is_news(pieces_.on_bitfield(message.octets))) tell(PeerBitfield{pieces_.pieces()});
}

void Connection::on_all_or_none(bool all) {
  if (!needs_fast() || !begins_pieces()) return;
  if (is_news(pieces_.on_all_or_none(all))) tell(PeerBitfield{pieces_.pieces()});
}

void Connection::on(const wire::Request& message) {
  said_pieces_ = true;
  const BlockRef& block = message.block;
  if (block.length > limits::request_bytes_max)
    return end(ViolationCode::request_too_long, "asks for too much: " + text_of(block));
  const auto& shape = local_.torrent->shape;
  if (!shape) return refuse(block);
  if (!may_ask_for(*shape, block))
    return end(ViolationCode::out_of_range, "asks for what does not exist: " + text_of(block));
  if (am_choking_ && !allows(block.piece)) return refuse(block);
  switch (peer_requests_.add(block, now_)) {
    case PeerRequests::Added::yes:
      return tell(BlockRequested{block});
    case PeerRequests::Added::there_already:
      return;
    case PeerRequests::Added::full:
      return refuse(block);
  }
}

void Connection::on(const wire::Cancel& message) {
  said_pieces_ = true;
  if (!peer_requests_.take(message.block)) return;
  refuse(message.block);
  tell(BlockCancelled{message.block});
}

void Connection::on(const wire::Port& message) {
  if (message.port != 0) tell(PortReceived{message.port});
}

void Connection::on(const wire::Suggest& message) {
  if (!needs_fast()) return;
  const auto& shape = local_.torrent->shape;
  if (!shape) return;
  if (!shape->contains(message.piece))
    return end(ViolationCode::out_of_range, "suggests " + text_of(message.piece));
  tell(Suggested{message.piece});
}

void Connection::on(const wire::Reject& message) {
  if (!needs_fast()) return;
  if (our_requests_.take(message.block)) return tell(RequestRejected{message.block});
  our_requests_.refuse_late();
}

void Connection::on(const wire::AllowedFast& message) {
  if (!needs_fast()) return;
  if (is_news(pieces_.on_allowed_fast(message.piece)) && pieces_.settled())
    tell(AllowedFast{message.piece});
}

bool Connection::is_news(PeerPieces::Outcome outcome) {
  switch (outcome) {
    case PeerPieces::Outcome::news:
      return true;
    case PeerPieces::Outcome::nothing_new:
      return false;
    case PeerPieces::Outcome::out_of_range:
      end(ViolationCode::out_of_range, "speaks of a piece that does not exist");
      return false;
    case PeerPieces::Outcome::bad_bitfield:
      end(ViolationCode::bad_bitfield, "bitfield of the wrong size or with spare bits set");
      return false;
  }
  return false;
}

bool Connection::begins_pieces() {
  if (said_pieces_)
    end(ViolationCode::misplaced_bitfield, "have all or have none not at the start");
  return !std::exchange(said_pieces_, true);
}

bool Connection::needs_fast() {
  if (!fast_) end(ViolationCode::not_negotiated, "fast extension without having said so");
  return fast_;
}

// --- orders -------------------------------------------------------------------------------------

void Connection::offer_skey(const std::optional<Sha1>& info_hash, Instant now) {
  at(now);
  if (!obfuscation_ || ended()) return;
  Buffer early = obfuscation_->offer_skey(info_hash);
  if (drain_obfuscation()) take(early);
}

void Connection::accept(TorrentSide torrent, Instant now) {
  at(now);
  if (phase_ != Phase::asking) return;
  // BEP 52: a hybrid has two, and answers to the one that it was called by; or with the v2 one to
  // who speaks v2.
  if (!torrent.info_hash_v2 || !reserved_.v2())
    torrent.info_hash = local_.torrent->info_hash;
  else
    torrent.info_hash = *torrent.info_hash_v2;
  local_.torrent = std::move(torrent);
  greet();
  greeting_ = outgoing_.size();
  // Only now, so that the end that dialled knows it too.
  if (peer_id_ == local_.torrent->peer_id)
    return end(ViolationCode::self_connection, std::string(connected_to_ourselves));
  open_up(reserved_);
  const Buffer early = std::exchange(early_, {});
  take_messages(early);
}

void Connection::set_torrent(const TorrentShape& shape, std::uint32_t metadata_size, Instant now) {
  at(now);
  if (!local_.torrent || ended()) return;
  local_.torrent->shape = shape;
  local_.torrent->metadata_size = metadata_size;
  if (!open()) return;
  set_shape(shape);
  if (open() && extended_ && metadata_size != 0) send_extended_handshake(false);
}

void Connection::set_shape(const TorrentShape& shape) {
  reader_.set_message_bytes_max(std::max<std::size_t>(
      limits::message_bytes_max, 1 + (std::size_t{shape.piece_count} + 7) / 8));
  if (pieces_.settled()) return;
  if (is_news(pieces_.settle(shape.piece_count))) tell(PeerBitfield{pieces_.pieces()});
  if (ended()) return;
  for (const auto piece : pieces_.allowed_fast()) tell(AllowedFast{piece});
}

void Connection::send_bitfield(const Bitfield& ours, Instant now) {
  at(now);
  if (!open() || std::exchange(told_pieces_, true)) return;
  if (fast_ && ours.none()) return emit(wire::HaveNone{});
  if (fast_ && ours.all()) return emit(wire::HaveAll{});
  if (!ours.none()) emit(wire::BitfieldMessage{ours.wire()});
}

void Connection::have(PieceIndex piece, Instant now) {
  at(now);
  if (open()) emit(wire::Have{piece});
}

bool Connection::take_back(PieceIndex piece, Instant now) {
  at(now);
  return send_extension(wire::LtDontHave{piece}, now);
}

void Connection::set_interested(bool interested, Instant now) {
  at(now);
  if (!open() || am_interested_ == interested) return;
  am_interested_ = interested;
  if (interested)
    emit(wire::Interested{});
  else
    emit(wire::NotInterested{});
}

void Connection::set_choking(bool choking, Instant now) {
  at(now);
  if (!open() || am_choking_ == choking) return;
  am_choking_ = choking;
  if (!choking) return emit(wire::Unchoke{});
  emit(wire::Choke{});
  const auto thrown_out =
      peer_requests_.take_if([this](const BlockRef& block) { return !allows(block.piece); });
  for (const auto& block : thrown_out) refuse(block);
}

void Connection::send_port(std::uint16_t dht_port, Instant now) {
  at(now);
  if (open()) emit(wire::Port{dht_port});
}

bool Connection::request(const BlockRef& block, Instant now) {
  at(now);
  if (!open() || !local_.torrent->shape || !local_.torrent->shape->contains(block)) return false;
  if (block.length > block_size || our_requests_.size() >= limits::our_requests_max) return false;
  if (peer_choking_ && !(fast_ && pieces_.allowed_fast(block.piece))) return false;
  if (our_requests_.contains(block)) return false;
  our_requests_.add(block, now);
  emit(wire::Request{block});
  return true;
}

bool Connection::cancel(const BlockRef& block, Instant now) {
  at(now);
  if (!open() || !our_requests_.withdraw(block)) return false;
  emit(wire::Cancel{block});
  return true;
}

bool Connection::send_block(const BlockRef& ref, Block block, Instant now) {
  return send_block(ref, std::span(&block, 1), now);
}

bool Connection::send_block(const BlockRef& ref, std::span<Block> parts, Instant now) {
  at(now);
  if (!open() || !peer_requests_.contains(ref)) return false;
  std::uint64_t length = 0;
  for (const auto& part : parts) length += part.size();
  SEED_CHECK(length == ref.length);
  peer_requests_.take(ref);
  const std::size_t before = outgoing_.size();
  std::uint32_t head = wire::piece_head_bytes;
  wire::write_piece_head(parts.front().with_header(head), ref);
  for (auto& part : parts) outgoing_.append(std::move(part), std::exchange(head, 0));
  sent(before);
  counts_.uploaded += ref.length;
  last_payload_sent_ = now;
  return true;
}

bool Connection::reject(const BlockRef& ref, Instant now) {
  at(now);
  if (!open() || !peer_requests_.take(ref)) return false;
  refuse(ref);
  return true;
}

void Connection::allow_fast(std::span<const PieceIndex> pieces, Instant now) {
  at(now);
  if (!open() || !fast_) return;
  for (const auto piece : pieces) {
    if (allowed_.size() >= allowed_fast_max || std::ranges::count(allowed_, piece) != 0) continue;
    allowed_.push_back(piece);
    emit(wire::AllowedFast{piece});
  }
}

// --- outputs ------------------------------------------------------------------------------------

std::optional<Event> Connection::next_event() {
  if (events_told_ < events_.size()) return std::move(events_[events_told_++]);
  if (events_.capacity() > events_kept) std::vector<Event>().swap(events_);
  events_.clear();
  events_told_ = 0;
  return std::nullopt;
}

bool Connection::other_way_left() const {
  if (role_ == Role::incoming || local_.encryption == Encryption::required || answered_)
    return false;
  return obfuscation_ ? !obfuscation_->established() : local_.secret.has_value();
}

Facts Connection::facts() const {
  Facts out;
  out.incoming = role_ == Role::incoming;
  out.open = open();
  out.am_choking = am_choking_;
  out.am_interested = am_interested_;
  out.peer_choking = peer_choking_;
  out.peer_interested = peer_interested_;
  out.fast = fast_;
  out.extended = extended_;
  out.v2 = v2_;
  out.dht = reserved_.dht();
  out.encrypted = encrypted();
  out.peer_upload_only = peer_said_.upload_only.value_or(false);
  out.peer_id = peer_id_;
  out.client = peer_said_.client.empty() ? wire::client_name(peer_id_) : peer_said_.client;
  out.pieces_had = pieces_.pieces().count();
  out.pieces = pieces_.pieces().size();
  out.requests_to_peer = our_requests_.size();
  out.requests_from_peer = peer_requests_.size();
  out.peer_reqq = peer_said_.reqq.value_or(0);
  out.peer_metadata_size = peer_said_.metadata_size.value_or(0);
  out.peer_port = peer_said_.port.value_or(0);
  out.our_address = peer_said_.yourip;
  out.unknown_messages = unknown_messages_;
  out.last_received = last_received_;
  out.last_payload_received = last_payload_received_;
  out.last_payload_sent = last_payload_sent_;
  out.counts = counts_;
  return out;
}

// --- octets out ---------------------------------------------------------------------------------

void Connection::greet() {
  const std::size_t before = outgoing_.size();
  wire::encode_handshake(handshake_of(local_), outgoing_);
  sent(before);
}

void Connection::refuse(const BlockRef& block) {
  // BEP 6: our bitfield comes first. A peer that asks before it has it cannot mean it.
  if (fast_ && told_pieces_) emit(wire::Reject{block});
}

void Connection::emit(const wire::Message& message) {
  const std::size_t before = outgoing_.size();
  wire::encode_message(message, outgoing_);
  sent(before);
}

void Connection::sent(std::size_t before) {
  if (obfuscation_) obfuscation_->encrypt(outgoing_, before);
  count_sent(before);
}

void Connection::count_sent(std::size_t before) {
  counts_.sent += outgoing_.size() - before;
  last_sent_ = now_;
}

// --- small change -------------------------------------------------------------------------------

void Connection::at(Instant now) {
  SEED_DCHECK(now >= now_);
  now_ = now;
}

void Connection::end(ViolationCode code, std::string text) {
  phase_ = Phase::ended;
  tell(Violation{code, std::move(text)});
}

bool Connection::allows(PieceIndex piece) const { return std::ranges::count(allowed_, piece) != 0; }

}  // namespace seed::peer

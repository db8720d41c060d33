// Of Connection: the extension protocol, BEP 10.
#include <utility>
#include <variant>

#include "core/peer/connection.h"

namespace seed::peer {

// --- messages in --------------------------------------------------------------------------------

void Connection::on(const wire::Extended& message) {
  if (!extended_)
    return end(ViolationCode::not_negotiated, "extended message without having said so");
  if (message.id == 0) {
    const auto theirs = wire::ExtendedHandshake::parse(message.payload);
    if (!theirs) return end(ViolationCode::malformed_extension, theirs.error().text);
    return on_extended_handshake(*theirs);
  }
  const auto extension = wire::extension_of_local_id(message.id);
  if (!extension || (*extension == wire::Extension::ut_pex && !local_.torrent->pex) ||
      (*extension == wire::Extension::ut_holepunch &&
       (!local_.holepunch || !local_.torrent->pex))) {
    ++unknown_messages_;
    return;
  }
  auto parsed = wire::parse_extension(*extension, message.payload);
  if (parsed)
    return std::visit([this](auto&& m) { on_extension(std::forward<decltype(m)>(m)); },
                      *std::move(parsed));
  if (parsed.error().code == FaultCode::unsupported)
    ++unknown_messages_;
  else
    end(ViolationCode::malformed_extension, parsed.error().text);
}

void Connection::on_extended_handshake(const wire::ExtendedHandshake& theirs) {
  const bool before = peer_said_.upload_only.value_or(false);
  peer_said_.merge(theirs);
  tell(ExtendedHandshakeReceived{theirs});
  const bool after = peer_said_.upload_only.value_or(false);
  if (before != after) tell(wire::UploadOnly{after});
}

void Connection::on_extension(wire::UploadOnly&& message) {
  if (peer_said_.upload_only.value_or(false) == message.value) return;
  peer_said_.upload_only = message.value;
  tell(message);
}

void Connection::on_extension(wire::LtDontHave&& message) {
  if (++lost_ > pieces_.pieces().size() + limits::lost_pieces_spare)
    return end(ViolationCode::too_many_lost, "takes back more pieces than there are");
  if (is_news(pieces_.on_donthave(message.piece))) tell(message);
}

// --- orders -------------------------------------------------------------------------------------

bool Connection::takes(wire::Extension extension) const {
  return extended_ && peer_said_.ids[std::to_underlying(extension)].value_or(0) != 0;
}

bool Connection::send_extension(const wire::ExtensionMessage& message, Instant now) {
  at(now);
  const auto extension = wire::extension_of(message);
  if (!open() || !takes(extension)) return false;
  Buffer payload;
  wire::encode_extension(message, payload);
  emit(wire::Extended{*peer_said_.ids[std::to_underlying(extension)], payload});
  return true;
}

bool Connection::request_metadata(std::uint32_t piece, Instant now) {
  return send_extension(wire::UtMetadata{wire::UtMetadata::Kind::request, piece, 0, {}}, now);
}

bool Connection::send_metadata_piece(std::uint32_t piece, std::uint32_t total_size, Bytes data,
                                     Instant now) {
  return send_extension(
      wire::UtMetadata{wire::UtMetadata::Kind::data, piece, total_size, to_buffer(data)}, now);
}

bool Connection::reject_metadata(std::uint32_t piece, Instant now) {
  return send_extension(wire::UtMetadata{wire::UtMetadata::Kind::reject, piece, 0, {}}, now);
}

void Connection::set_upload_only(bool upload_only, Instant now) {
  at(now);
  if (!local_.torrent || std::exchange(local_.torrent->upload_only, upload_only) == upload_only)
    return;
  if (!open() || !extended_) return;
  if (!send_extension(wire::UploadOnly{upload_only}, now)) send_extended_handshake(true);
}

void Connection::set_listen_port(std::uint16_t port, Instant now) {
  at(now);
  if (std::exchange(local_.listen_port, port) == port) return;
  if (open() && extended_) send_extended_handshake(false);
}

void Connection::send_extended_handshake(bool takes_back) {
  Buffer payload;
  extended_handshake_of(local_, takes_back).encode(payload);
  emit(wire::Extended{0, payload});
}

}  // namespace seed::peer

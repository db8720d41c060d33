#include "core/peer/event.h"

namespace seed::peer {

std::string_view name_of(ViolationCode code) {
  switch (code) {
    case ViolationCode::bad_handshake:
      return "bad_handshake";
    case ViolationCode::wrong_info_hash:
      return "wrong_info_hash";
    case ViolationCode::self_connection:
      return "self_connection";
    case ViolationCode::handshake_timeout:
      return "handshake_timeout";
    case ViolationCode::idle:
      return "idle";
    case ViolationCode::message_too_large:
      return "message_too_large";
    case ViolationCode::malformed_message:
      return "malformed_message";
    case ViolationCode::malformed_extension:
      return "malformed_extension";
    case ViolationCode::not_negotiated:
      return "not_negotiated";
    case ViolationCode::misplaced_bitfield:
      return "misplaced_bitfield";
    case ViolationCode::bad_bitfield:
      return "bad_bitfield";
    case ViolationCode::out_of_range:
      return "out_of_range";
    case ViolationCode::request_too_long:
      return "request_too_long";
    case ViolationCode::unrequested_blocks:
      return "unrequested_blocks";
    case ViolationCode::too_many_lost:
      return "too_many_lost";
    case ViolationCode::early_flood:
      return "early_flood";
    case ViolationCode::plain_refused:
      return "plain_refused";
    case ViolationCode::no_encryption:
      return "no_encryption";
    case ViolationCode::bad_encryption:
      return "bad_encryption";
    case ViolationCode::unknown_torrent:
      return "unknown_torrent";
  }
  return "unknown";
}

bool blames_peer(ViolationCode code) {
  switch (code) {
    case ViolationCode::self_connection:
    case ViolationCode::handshake_timeout:
    case ViolationCode::idle:
    case ViolationCode::wrong_info_hash:
    case ViolationCode::plain_refused:
    case ViolationCode::no_encryption:
    case ViolationCode::unknown_torrent:
      return false;
    default:
      return true;
  }
}

}  // namespace seed::peer

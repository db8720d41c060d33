#include "core/wire/mse/failure.h"

namespace seed::wire::mse {

std::string_view text_of(Failure failure) {
  switch (failure) {
    case Failure::not_encrypted:
      return "answered in plain to an encrypted handshake";
    case Failure::degenerate_key:
      return "sent a public key that is none";
    case Failure::no_sync:
      return "no encrypted handshake";
    case Failure::unknown_torrent:
      return "encrypted handshake for a torrent that is not here";
    case Failure::bad_verification:
      return "the encrypted handshake does not decrypt";
    case Failure::no_common_method:
      return "provides no method of encryption that is taken here";
    case Failure::bad_selection:
      return "selected a method of encryption that was not provided";
    case Failure::padding_too_long:
      return "too much padding in the encrypted handshake";
    case Failure::held_too_much:
      return "too much sent before the encrypted handshake was answered";
  }
  return "unknown";
}

}  // namespace seed::wire::mse

// Failure: why a handshake of Message Stream Encryption came to nothing.
#pragma once

#include <cstdint>
#include <string_view>

namespace seed::wire::mse {

enum class Failure : std::uint8_t {
  not_encrypted,     ///< the other end speaks plain BitTorrent
  degenerate_key,    ///< Y is 0, 1, or P - 1 and above
  no_sync,           ///< what ends the padding did not come where it must
  unknown_torrent,   ///< refuse()
  bad_verification,  ///< VC is not zero
  no_common_method,  ///< none is provided that we take
  bad_selection,     ///< not one of those we provided
  padding_too_long,  ///< beyond padding_bytes_max
  held_too_much,     ///< beyond held_bytes_max
};
/// For people: "the padding is too long".
std::string_view text_of(Failure failure);

}  // namespace seed::wire::mse

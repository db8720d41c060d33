// client_name: which program a peer runs, by its peer id or by what it says of itself.
//
// BEP 20 (Azureus style "-TR4100-", Shadow's style "S58B-----"); BEP 10 `v`. For display only: it
// is a claim, and nothing may depend on it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/digest.h"

namespace seed::wire {

/// BEP 20, Azureus style: seedd 0.1.0. No list that we know has these letters for another program,
/// in upper case or lower: not BEP 20's, not those of other clients, and not those of whom to ban.
inline constexpr std::string_view own_peer_id_prefix = "-EE0100-";

/// Octets kept of a peer's `v`. Beyond: cut.
inline constexpr std::size_t client_name_bytes_max = 96;

/// "Transmission 4.1.0", or "XY 1.2.3.4" for an unknown program in a known style, or "" for an id
/// in no known style. Printable ASCII.
std::string client_name(const PeerId& peer_id);

/// What a peer calls itself, made well-formed UTF-8 without control characters and cut at
/// client_name_bytes_max.
std::string client_name_from_version(Bytes v);

}  // namespace seed::wire

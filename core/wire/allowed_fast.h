// allowed_fast_set: the pieces that one peer may ask for while it is choked.
//
// BEP 6 "allowed fast set generation": the same set for all peers of one /24, so that changing the
// address within a network gains nothing. IPv4 only, as in BEP 6.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/base/digest.h"
#include "core/base/endpoint.h"
#include "core/base/piece.h"

namespace seed::wire {

/// BEP 6 proposes ten.
inline constexpr std::size_t allowed_fast_count = 10;

/// min(count, piece_count) different pieces in the order of BEP 6; none for an IPv6 address.
std::vector<PieceIndex> allowed_fast_set(const Sha1& info_hash, const IpAddress& peer,
                                         std::uint32_t piece_count,
                                         std::size_t count = allowed_fast_count);

}  // namespace seed::wire

// RequestBody: a request's body, read off its connection by length or by chunks (RFC 9112, sections
// 6 and 7). Trailers are read over. Knows no sockets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "rpc/request_head.h"

namespace seed::rpc {

/// Why there is no body.
enum class BodyFault : std::uint8_t {
  broken,     ///< it broke off, or its chunks are none
  too_large,  ///< more than is allowed
  no_room,    ///< too many others are in memory
};

/// Reads up to `size` octets of the connection and says how many; 0: there are no more.
using BodySource = std::function<std::size_t(char* to, std::size_t size)>;
/// Takes a piece of the body; false ends the reading with no_room.
using BodySink = std::function<bool(std::string_view piece)>;

/// Gives all of the body to `sink`, piece by piece; at most `bytes_max`. What is too large by its
/// own account is not read at all. Chunks may cost six times their octets, as those of one octet
/// do.
std::optional<BodyFault> read_body(const BodyFraming& framing, std::uint64_t bytes_max,
                                   const BodySource& source, const BodySink& sink);

}  // namespace seed::rpc

// krpc::encode: a Message to the octets of its datagram (BEP 5, "KRPC Protocol"), in canonical
// bencoding and within a size.
#pragma once

#include <cstddef>

#include "core/base/bytes.h"
#include "core/dht/krpc_message.h"

namespace seed::dht::krpc {

/// BEP 32, "Maximum packet size": "must not send UDP datagrams with a payload larger than 1024
/// octets".
inline constexpr std::size_t answer_bytes_max = 1024;
/// What carries an item's value (BEP 44), which may have a thousand octets by itself: still one
/// piece on every link of the Internet in use.
inline constexpr std::size_t value_answer_bytes_max = 1400;

/// What an answer may give up to fit is left out from the end, as little as will do: first values,
/// then samples, then contacts of the family that has more of them. Larger than `bytes_max` is only
/// what does not fit without all these.
Buffer encode(const Message& message, std::size_t bytes_max = value_answer_bytes_max);

}  // namespace seed::dht::krpc

// Carrier: how a tracker is spoken to.
#pragma once

#include <cstdint>

namespace seed::tracker {

enum class Carrier : std::uint8_t { http, udp };

}  // namespace seed::tracker

// Level: how much a line matters, in rising order. `off` is for thresholds only.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace seed::log {

enum class Level : std::uint8_t { trace, debug, info, warn, error, off };

/// "info"; as settings and lines spell it.
std::string_view name_of(Level level);
/// Nothing for any other text.
std::optional<Level> parse_level(std::string_view text);

}  // namespace seed::log

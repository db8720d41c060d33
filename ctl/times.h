// Times: how people name them on a command line.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace seed::ctl {

/// "45s", "30m", "12h", "30d" or "2w" from `now` on; "2027-01-31" or "2027-01-31 18:00" as local
/// time; a number of 10 digits or more as seconds since 1970. Nothing for anything else.
std::optional<std::int64_t> parse_when(std::string_view text, std::int64_t now);

}  // namespace seed::ctl

// Words: small parsing of what stands on the command line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace seed::ctl {

/// Numbers in one list such as 0-99999; more is a slip of the finger.
inline constexpr std::size_t numbers_max = 1'000'000;

/// The parts between the separators, empty ones as well.
std::vector<std::string_view> split(std::string_view text, char separator);
/// The parts are views: none of a text that is gone when the line ends.
std::vector<std::string_view> split(std::string&& text, char separator) = delete;

/// "0,2,5-7" as 0, 2, 5, 6, 7 in the order given; nothing for anything else.
std::optional<std::vector<std::int64_t>> parse_numbers(std::string_view text);

/// ASCII letters in lower case, all else as it is.
std::string lower_case(std::string_view text);

/// "host: cannot find host" without the front, as what follows names it again; other text as it is.
std::string said_once(std::string_view text);

bool is_decimal(std::string_view text);
bool is_hex(std::string_view text);

}  // namespace seed::ctl

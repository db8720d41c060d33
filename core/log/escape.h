// Escape: makes foreign text fit for a terminal, a file and the journal. What comes out has no
// control character (ESC and line ends too), no ill-formed UTF-8 and nothing that turns the
// direction of writing, so that no peer can forge a line or steer a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace seed::log {

/// Octets of one value; the rest is cut and "…" stands for it.
inline constexpr std::size_t value_bytes_max = 512;
/// Octets of one message, which is ours but may hold a Fault's text.
inline constexpr std::size_t message_bytes_max = 2048;

/// Appends `text` with each octet of what is harmful as \xNN; quotes and backslashes stay.
void append_message(std::string& out, std::string_view text);
/// Appends a value of key=value: as it is when it is one plain word, else in double quotes with
/// \xNN, \" and \\ .
void append_value(std::string& out, std::string_view text);
/// Appends a JSON string (RFC 8259) with its quotes. Harmful characters become \uNNNN; octets of
/// ill-formed UTF-8 become the four characters \xNN.
void append_json(std::string& out, std::string_view text, std::size_t bytes_max = value_bytes_max);

}  // namespace seed::log

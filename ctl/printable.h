// Printable: text from torrents, peers and trackers made safe to show, and how wide it is.
//
// Names in torrents are written by strangers. ESC and the C1 controls drive a terminal, directional
// marks (UAX 9) reorder what stands around them, and newlines forge lines: none of these gets out.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace seed::ctl {

/// Whether printable() writes everything but ASCII as \u00e4 too: for terminals that do not take
/// UTF-8. One for the process, as its locale is; said before anything is written.
void show_ascii_only(bool only);

/// `text` with control characters, invisible and directional marks written as \n, \x1b or \u202e,
/// and octets that are not UTF-8 as \xff. Text without such is returned as it is.
std::string printable(std::string_view text);

/// The same for a JSON document that is UTF-8: \uXXXX, which its readers take for the same.
std::string escape_for_json(std::string_view document);

/// Columns that printable text takes: 2 for wide characters (UAX 11), 0 for combining ones.
std::size_t display_width(std::string_view text);

/// `text` in at most `columns` columns; what had to be cut ends in "…", or "~" if not `utf8`.
std::string cut(std::string_view text, std::size_t columns, bool utf8 = true);

}  // namespace seed::ctl

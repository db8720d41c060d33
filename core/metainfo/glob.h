// Glob: patterns of file names, as a shell has them: "*.nfo", "sub/**/x?.txt".
//
//   ?      one character (of UTF-8; an ill-formed octet counts as one), not '/'
//   *      any number of them
//   **     any number of characters, '/' too; "**/" also stands for no folder at all
//   \x     the character x itself
//
// All else stands for itself, upper and lower case apart. Cost: pattern times text, whatever is in
// them. Bounds: pattern_bytes_max.
#pragma once

#include <cstddef>
#include <string_view>

namespace seed::metainfo {

/// Octets of one pattern: as long as a name on disk may be. Beyond: it matches nothing.
inline constexpr std::size_t pattern_bytes_max = 4096;

bool glob_matches(std::string_view pattern, std::string_view text);

/// Whether a pattern leaves out the file at `path` (components joined by '/'): one without '/' by
/// any component's name, one with '/' by the whole path or that of a folder around it.
bool excludes(std::string_view pattern, std::string_view path);

}  // namespace seed::metainfo

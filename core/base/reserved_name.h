// Names that seedd keeps for itself in download folders: nothing of a torrent bears one.
#pragma once

#include <algorithm>
#include <string_view>

namespace seed {

/// The file by which a download folder is known again (storage/roots.h).
inline constexpr std::string_view root_marker = ".seedd-root";

/// The marker, and what it is called while it is written. Some file systems take capitals and small
/// letters for the same.
inline bool is_reserved_name(std::string_view name) {
  constexpr std::string_view fresh = ".new";
  const auto is = [](std::string_view left, std::string_view right) {
    return std::ranges::equal(left, right, [](char a, char b) {
      return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
    });
  };
  if (name.size() < root_marker.size() || !is(name.substr(0, root_marker.size()), root_marker))
    return false;
  const auto rest = name.substr(root_marker.size());
  return rest.empty() || is(rest, fresh);
}

}  // namespace seed

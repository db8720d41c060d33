// Names that seedd keeps for itself in download folders: nothing of a torrent bears one.
#pragma once

#include <string_view>

#include "core/base/ascii.h"

namespace seed {

/// The file by which a download folder is known again (storage/roots.h).
inline constexpr std::string_view root_marker = ".seedd-root";

/// The marker, and what it is called while it is written. Some file systems take capitals and small
/// letters for the same.
inline bool is_reserved_name(std::string_view name) {
  constexpr std::string_view fresh = ".new";
  if (!same_but_for_case(name.substr(0, root_marker.size()), root_marker)) return false;
  const auto rest = name.substr(root_marker.size());
  return rest.empty() || same_but_for_case(rest, fresh);
}

}  // namespace seed

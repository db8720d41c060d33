// KnownRoot: by what a download root is known again; see roots.h.
#pragma once

#include <string>
#include <string_view>

#include "core/base/reserved_name.h"
#include "core/io/files.h"

namespace seed::storage {

inline constexpr std::string_view root_marker_name = root_marker;

struct KnownRoot {
  io::RootIdentity identity;
  std::string marker;  ///< 32 hexadecimal digits; empty when the root cannot be written
  bool operator==(const KnownRoot&) const = default;
};

}  // namespace seed::storage

// CheckRoot: looks whether a download root is there and is the one we know; see roots.h.
#pragma once

#include <optional>
#include <string>

#include "core/base/result.h"
#include "core/io/workers.h"
#include "core/storage/known_root.h"

namespace seed::storage {

struct CheckRoot {
  SafePath root;
  std::optional<KnownRoot> known;
  std::string fresh_marker;  ///< for a root that gets its first marker
  bool make = false;         ///< a root that is not there, unless its disk is not either

  /// What is known of it from now on.
  Result<KnownRoot> operator()(const io::JobTools& tools);
};

}  // namespace seed::storage

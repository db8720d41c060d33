// DropSuffixes: gives files that are complete their last names. One whose last name is taken keeps
// its suffix and all that is in it.
#pragma once

#include <optional>
#include <vector>

#include "core/base/result.h"
#include "core/base/safe_path.h"
#include "core/io/workers.h"

namespace seed::storage {

struct DropOutcome {
  std::vector<bool> dropped;   ///< one a file
  std::optional<Fault> fault;  ///< of the first that was not
};

struct DropSuffixes {
  struct File {
    SafePath from;
    SafePath to;
  };
  std::vector<File> files;

  DropOutcome operator()(const io::JobTools& tools);
};

}  // namespace seed::storage
